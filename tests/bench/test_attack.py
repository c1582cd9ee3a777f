"""The attacks tell a server that does not hold: each is run against one that was built wrong on purpose."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from graphql import build_schema

from bench.attack import enumeration, heads, identifiers, persisted, websockets
from bench.attack.graphql import Client
from bench.attack.questions import questions
from bench.attack.ranks import p_value
from bench.attack.stage import Member
from bench.results import Result, all_of, at_most, none_of, table, together

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
MEMBER = Member("段小梅", "13800000001", "99000019850312022X", "1", "token")
STRANGER = Member("欧阳不同", "13800000099", "990000199808124082", "2")


@asynccontextmanager
async def serving(handle: Handle) -> AsyncIterator[int]:
    """A server's port; whoever is still connected in the end is cut off."""
    writers: list[asyncio.StreamWriter] = []

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.transport.abort()

    server = await asyncio.start_server(handled, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for writer in writers:
            writer.transport.abort()
        server.close()
        await server.wait_closed()


async def patient(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Reads for ever and answers nothing."""
    while await reader.read(1 << 20):
        pass


async def credulous(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes each empty line for the end of a request, and every request for a good one."""
    while data := await reader.read(1 << 20):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * max(1, data.count(b"\r\n\r\n")))


async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Shakes hands as a WebSocket, acknowledges and listens to nothing."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(SWITCHING + b"\x81\x02{}")
    while await reader.read(1 << 20):
        pass


def answering(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Handle:
    """Answers each POST with what becomes of its JSON."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            assert found
            text = json.dumps(answer(json.loads(await reader.readexactly(int(found[1]))))).encode()
            lines = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text)
            writer.write(lines + text)

    return handle


@asynccontextmanager
async def client_of(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> AsyncIterator[Client]:
    async with serving(answering(answer)) as port, aiohttp.ClientSession() as session:
        yield Client(session, port)


def refusal(code: str) -> dict[str, Any]:
    return {"data": {"signIn": {"userErrors": [{"code": code, "field": None, "message": code}]}}}


async def test_a_server_that_waits_for_ever_does_not_hold() -> None:
    async with serving(patient) as port:
        (slow,) = await heads.slow(port, within=0.2)
        (endless,) = await heads.endless(port, pieces=160)
    assert not slow.held
    assert "nothing at all" in slow.tried
    assert not endless.held
    assert "a body after 413" in endless.tried


async def test_a_server_that_answers_whatever_it_is_sent_does_not_hold() -> None:
    async with serving(credulous) as port:
        ambiguous = await heads.ambiguous(port, patience=0.1)
    assert not ambiguous.held
    assert "two Hosts" in ambiguous.tried


async def test_a_server_that_answers_twice_does_not_hold() -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1 << 20):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 500)

    async with serving(twice) as port:
        assert not (await heads.pipelined(port, patience=0.1)).held


async def test_a_websocket_that_is_never_closed_does_not_hold() -> None:
    async with serving(deaf) as port:
        never_begun = await websockets.never_begun(port, within=0.1)
        malformed = await websockets.malformed(port, within=0.1)
        many = await websockets.too_many_operations(port, within=0.1)
    assert [never_begun.held, malformed.held, many.held] == [False, False, False]
    assert "no mask" in malformed.tried


@pytest.mark.parametrize(
    ("answer", "held"),
    [
        ({"data": {"me": None}}, [True, True, True]),
        ({"errors": [{"extensions": {"code": "INTERNAL_ERROR"}}]}, [False, True, True]),
        ({"data": {"me": {"application": {"id": "owners-id"}}}}, [True, False, False]),
    ],
)
async def test_an_answer_that_breaks_or_tells_does_not_hold(answer: dict[str, Any], held: list[bool]) -> None:
    asked = list(questions(build_schema("type Query { application(id: ID!): String } type Mutation { a: Int }")))
    async with client_of(lambda _: answer) as client:
        results = await identifiers.attack(client, "token", asked, frozenset({"owners-id"}), "none")
    assert [each.held for each in results] == held


async def test_an_id_of_another_member_that_looks_unlike_an_unknown_one_does_not_hold() -> None:
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        return {"data": {"application": None if asked["variables"]["id"] == identifiers.UNKNOWN else "forbidden"}}

    asked = list(questions(build_schema("type Query { application(id: ID!): String } type Mutation { a: Int }")))
    async with client_of(answer) as client:
        results = await identifiers.attack(client, "token", asked, frozenset({"owners-id"}), "none")
    assert [each.held for each in results] == [True, True, False]


@pytest.mark.parametrize(("code", "told"), [("WRONG_CREDENTIALS", ""), ("TOO_MANY_ATTEMPTS", "at step")])
async def test_a_sequence_that_ends_otherwise_for_members_is_found(code: str, told: str) -> None:
    tries: list[str] = []

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        username = asked["variables"]["i"]["username"]
        tries.append(username)
        if asked["variables"]["i"]["loginPassword"] != enumeration.GUESS:
            return {"data": {"signIn": {"userErrors": []}}}
        is_known = username in (MEMBER.phone, MEMBER.id_number)
        return refusal(code if is_known and tries.count(username) > 1 else "WRONG_CREDENTIALS")

    async with client_of(answer) as client:
        cast = enumeration.Cast(client, [MEMBER, MEMBER, MEMBER], [STRANGER])
        found = await enumeration.differing(cast, enumeration.SEQUENCES["signIn, phone and ID number in turn"])
    assert told in found
    assert bool(found) == bool(told)


async def test_guesses_that_are_compared_are_counted() -> None:
    codes = iter(["WRONG_CREDENTIALS"] * 3 + ["TOO_MANY_ATTEMPTS"] * 2)
    async with client_of(lambda _: refusal(next(codes))) as client:
        assert await persisted.guesses(client, MEMBER.phone, 5) == 3


def test_times_that_differ_are_told_from_times_that_do_not() -> None:
    first, second = [number / 100 for number in range(30)], [0.2 + number / 100 for number in range(30)]
    assert p_value(first, first) == 1
    assert p_value(first, second) < enumeration.CHANCE


def test_the_table_says_what_did_not_hold() -> None:
    results: list[Result] = [
        at_most("a", "b", 2, 1, "s"),
        at_most("a", "b", 1, 1, "s"),
        all_of("a", "b", 1, 2, "answered"),
        none_of("a", "b", ["c"], "that tell"),
        none_of("a", "b", [], "that tell"),
        together("a", "b", at_most("a", "b", 1, 1, "s"), at_most("a", "b", 2, 1, "MiB")),
    ]
    assert [each.held for each in results] == [False, True, False, False, True, False]
    assert table(("x", each) for each in results).count("**not held**") == 4
