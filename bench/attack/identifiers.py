"""Every place where a client puts a text or a number, with other members' IDs, NUL, long texts and the like: no answer
may hold what is another member's, and none may be an internal error."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
from graphql import build_schema

from bench.attack.graphql import Client
from bench.attack.questions import Question, questions
from bench.attack.stage import Member, Stage
from bench.postgresql import PostgreSQL, is_installed
from bench.results import Result, none_of
from bench.servers import UNLIMITED

SCHEMA = Path(__file__).parents[2] / "schema.graphql"
AT_ONCE = 4
TEXTS: Mapping[str, Any] = {
    "an empty text": "",
    "a blank": " ",
    "NUL": "\0",
    "NUL inside": "abc\0def",
    "a lone surrogate": "\ud800",
    "10 000 letters": "x" * 10_000,
    "10 000 digits": "9" * 10_000,
    "characters beyond the BMP": "𬱖" * 40,
    "a text that turns round": "\u202eabc",
    "SQL": "' OR 1=1 --",
    "a pattern": "%_%",
    "a path": "../../etc/passwd",
    "XML": "<![CDATA[]]>&lt;&#0;",
    "control characters": "\x01\x08\x1b\x7f",
    "a list": ["1"],
}
NUMBERS: Mapping[str, Any] = {
    "-1": -1,
    "0": 0,
    "2^31": 2**31,
    "2^63": 2**63,
    "40 digits": 10**40,
    "1.5": 1.5,
    "1e308": 1e308,
    "true": True,
    "a text": "1",
    "an object": {},
}
ENUMS: Mapping[str, Any] = {"an unknown name": "NOPE", "NUL": "\0", "a number": 1}
UNKNOWN = "00000000000000000000000000000000"
"""Looks like an ID of ours, and is nobody's."""
EVERYTHING = """{ me { sessions { id } applications { edges { cursor node { id reference } } }
  account { number bankAccount { number(reveal: true) }
    contributions(first: 3) { edges { cursor node { id } } } withdrawals(first: 3) { edges { cursor node { id } } } }
  loans { number contractNumber repayments(first: 3) { edges { cursor node { id } } } } } }"""
APPLY = """mutation { applyPropertyFeeWithdrawal(input: {idempotencyKey: "mine", expectedAmount: "1500.00"}) {
  application { id } } }"""
SETTINGS = {**UNLIMITED, "BFF_PASSWORD_MEMORY_KIB": "64"}


async def attacks(stage: Stage) -> list[Result]:
    results = await _over(stage, "SQLite", stage.members, SETTINGS)
    with ExitStack() as stack:
        if is_installed():
            postgresql = PostgreSQL()
            stack.callback(postgresql.stop)
            members = await stage.registered(postgresql.url, 5)
            results += await _over(stage, "PostgreSQL", members, {**SETTINGS, "BFF_DATABASE_URL": postgresql.url})
    return results


async def _over(stage: Stage, database: str, members: list[Member], settings: Mapping[str, str]) -> list[Result]:
    """The first member attacks the second one."""
    async with stage.server(settings) as target, aiohttp.ClientSession() as session:
        client = Client(session, target.port)
        attacker, owner = members[:2]
        secrets = await _secrets(client, owner)
        asked = list(questions(build_schema(SCHEMA.read_text(encoding="utf-8"))))
        return await attack(client, attacker.token, asked, secrets, database)


async def attack(
    client: Client, token: str, asked: list[Question], secrets: frozenset[str], database: str
) -> list[Result]:
    """`secrets` are texts that only their owner may be told."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(question: Question, name: str, value: Any) -> tuple[str, str]:
        async with gate:
            answer = await _answer(client, token, question, value)
            fault = (
                "broken" if _is_broken(*answer) else "another's" if _tells(answer[1], secrets - {str(value)}) else ""
            )
            return fault, f"{question.place}: {name}"

    async def unlike(question: Question, secret: str) -> str:
        """Another member's ID must look as one that does not exist."""
        async with gate:
            theirs, none = [await _answer(client, token, question, each) for each in (secret, UNKNOWN)]
            same = _without(theirs[1], secret) == _without(none[1], UNKNOWN)
            return "" if same else f"{question.place}: {secret}"

    sent = [(question, name, value) for question in asked for name, value in _values(question, secrets)]
    found = await asyncio.gather(*(one(*each) for each in sent))
    ids = [(question, secret) for question in asked if question.type == "ID" for secret in secrets]
    differing = await asyncio.gather(*(unlike(*each) for each in ids))
    tried = f"{len(asked)} places, {len(sent)} requests over {database}"
    return [
        none_of("hostile values", tried, (place for fault, place in found if fault == "broken"), "internal errors"),
        none_of("hostile values", tried, (place for fault, place in found if fault == "another's"), "that tell"),
        none_of("others' IDs", f"{len(ids)} over {database}", filter(None, differing), "unlike unknown ones"),
    ]


def _values(question: Question, secrets: frozenset[str]) -> Iterator[tuple[str, Any]]:
    if question.type == "enum":
        yield from ENUMS.items()
    elif question.type in ("Int", "Float", "Boolean"):
        yield from NUMBERS.items()
    else:
        yield from TEXTS.items()
        yield from ((f"another's {secret}", secret) for secret in secrets)


async def _answer(client: Client, token: str, question: Question, value: Any) -> tuple[int, str]:
    body = {"query": question.query, "variables": question.with_value(value)}
    return await client.post(body, client.network(), token)


def _is_broken(status: int, text: str) -> bool:
    return status >= 500 or "INTERNAL_ERROR" in text


def _tells(text: str, secrets: frozenset[str]) -> bool:
    return any(secret in text for secret in secrets)


def _without(text: str, value: str) -> str:
    """The answer but for what was sent and what no two have in common."""
    return re.sub(r"[0-9a-f]{32}", "", text.replace(value, ""))


async def _secrets(client: Client, owner: Member) -> frozenset[str]:
    """All IDs, cursors and numbers that the owner is told, and who the owner is."""
    await client.post({"query": APPLY}, client.network(), owner.token)
    _, text = await client.post({"query": EVERYTHING}, client.network(), owner.token)
    answer = json.loads(text)
    assert "errors" not in answer, answer
    found = {each for each in _texts(answer["data"]) if len(each) > 5}
    return frozenset(found | {owner.phone, owner.id_number, owner.account})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)
