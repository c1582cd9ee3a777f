"""Hostile WebSockets: compressed bombs, messages and streams without end, clients that never read or never begin."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import repeat
from math import inf

import aiohttp

from bench.attack import process
from bench.attack.frames import (
    CLOSE,
    COMPRESSED,
    CONTINUATION,
    PING,
    TEXT,
    Socket,
    deflated,
    frame,
    message,
    opened,
)
from bench.attack.probe import others, recovered
from bench.attack.raw_http import pour
from bench.attack.stage import Stage, Target
from bench.failure_drill.requests import Wish, apply
from bench.results import Result, all_of, at_most, together
from bff.rules.application_kinds import ApplicationKind

HOSTILE = 12
"""WebSockets at the same time."""
PEAK, GROWTH = 256.0, 48.0
"""MiB that the worker may have, and may grow under them: a stranger chooses no memory."""
MOST_TAKEN = 8.0
"""MiB of a message without end that may go out before the server hangs up; most of it waits in the kernel's buffers."""
INIT_WITHIN = 5.0
MOST_STREAMS = 10
WAIT = 500.0
"""Milliseconds that others may wait at worst."""
PIECE = 64 * 1024
BIG = "{ bulletins(first: 50) { edges { node { id title summary publishedOn } } } }"

UNBOUNDED = -1.0
Attack = Callable[[Target, int], Awaitable[float]]
"""Gives the MiB of a message that the server took, or UNBOUNDED where that says nothing."""

MALFORMED = {
    "a reserved opcode": frame(0x3, b"x"),
    "a reserved control opcode": frame(0xB, b"x"),
    "no mask": frame(TEXT, b"{}", masked=False),
    "reserved bits": frame(TEXT, b"{}", rsv=2),
    "compression that was not agreed": frame(TEXT, b"\xaa\x56", rsv=COMPRESSED),
    "text that is not UTF-8": frame(TEXT, b"\xff\xfe\xfd"),
    "a ping in two fragments": frame(PING, b"x", fin=False),
    "a ping of 126 bytes": frame(PING, bytes(126)),
    "a continuation of nothing": frame(CONTINUATION, b"x"),
    "a message within a message": frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"),
    "a length of 2^63": frame(TEXT, b"", length=1 << 63),
    "a close code of one byte": frame(CLOSE, b"\x03"),
    "binary that is no message": frame(0x2, b"{}"),
    "a list": message([]),
    "a number": message(1),
    "an unknown type": message({"type": "connection_steal"}),
    "JSON 100 000 deep": frame(TEXT, b"[" * 100_000),
}


async def attacks(stage: Stage) -> list[Result]:
    results = []
    for attack, tried, run in STREAMS:
        async with stage.server() as target:  # a new one: memory that is free again would hide that it is taken again
            await _warm_up(target)
            results.append(await _under(target, attack, tried, run))
    async with stage.server() as target:
        results.append(await never_begun(target.port))
        results.append(await malformed(target.port))
        results.append(await too_many_operations(target.port))
        token = stage.members[0].token
        results.append(await streams_of_one_member(target.port, token, await apply_once(target.port, token)))
    return results


async def apply_once(port: int, token: str) -> str:
    """The ID of an application to watch."""
    async with aiohttp.ClientSession() as session:
        payload = await apply(session, port, token, Wish(ApplicationKind.PROPERTY_FEE, "watched"))
    assert payload is not None
    assert payload["application"], payload
    return str(payload["application"]["id"])


async def _warm_up(target: Target) -> None:
    """What each process has after its first requests is no growth."""
    for deflate in (False, True):
        async with opened(target.port, deflate=deflate) as socket:
            await socket.start()
            await socket.send(message({"id": "1", "type": "subscribe", "payload": {"query": BIG}}))
            await socket.receive()


async def _under(target: Target, attack: str, tried: str, run: Attack) -> Result:
    """Twelve at once: what the worker grew, how others fared, and what the server took where that is bounded."""
    process.forget_peak(target.pid)
    before = process.resident(target.pid)
    async with others(target.port) as times:
        ran = (_let_in(run, target, number) for number in range(HOSTILE))
        took = [each for each in await asyncio.gather(*ran) if each is not None]
    await recovered(target.port)
    tried += "" if len(took) == HOSTILE else f"; {len(took)} let in"
    name = f"{HOSTILE} × {attack}"
    figures = [
        at_most(name, tried, process.peak(target.pid), PEAK, "MiB peak"),
        at_most(name, tried, process.peak(target.pid) - before, GROWTH, "MiB of it growth"),
        at_most(name, tried, times.worst * 1000, WAIT, "ms for others at worst"),
    ]
    if bounded := [each for each in took if each >= 0]:
        figures.append(at_most(name, tried, max(bounded), MOST_TAKEN, "MiB taken"))
    return together(name, tried, *figures)


async def _let_in(run: Attack, target: Target, number: int) -> float | None:
    """Null where the server did not shake hands."""
    try:
        return await run(target, number)
    except (ConnectionRefusedError, OSError):
        return None


async def _bomb(target: Target, _: int) -> float:
    async with opened(target.port, deflate=True) as socket:
        await socket.start()
        await socket.send(frame(TEXT, deflated(256), rsv=COMPRESSED))
        await socket.close_code(10)
    return UNBOUNDED


async def _endless_message(target: Target, _: int) -> float:
    """MiB of one message that the server took."""
    async with opened(target.port) as socket:
        await socket.start()
        return await _poured(socket, _fragments(b" " * PIECE, 1024))


async def _endless_compressed_message(target: Target, _: int) -> float:
    """Fragments that are small, and each a mebibyte when inflated."""
    async with opened(target.port, deflate=True) as socket:
        await socket.start()
        payload = deflated(1)
        pieces = [
            frame(TEXT, payload, fin=False, rsv=COMPRESSED),
            *repeat(frame(CONTINUATION, payload, fin=False), 500),
        ]
        await pour(socket.http, pieces)
        await socket.close_code(5)
    return UNBOUNDED


async def _empty_fragments(target: Target, _: int) -> float:
    async with opened(target.port) as socket:
        await socket.start()
        many = frame(CONTINUATION, b"", fin=False) * 1000
        await pour(socket.http, [frame(TEXT, b"", fin=False), *repeat(many, 20)])
    return UNBOUNDED


async def _pings(target: Target, _: int) -> float:
    """Whose answers are never read."""
    async with opened(target.port) as socket:
        await socket.start()
        await pour(socket.http, repeat(frame(PING, bytes(125)) * 100, 100))
    return UNBOUNDED


async def _pings_of_the_protocol(target: Target, _: int) -> float:
    async with opened(target.port) as socket:
        await socket.start()
        await pour(socket.http, repeat(message({"type": "ping"}) * 50, 40))
    return UNBOUNDED


async def _slow_reader(target: Target, number: int) -> float:
    """Asks for much and reads nothing of it."""
    async with opened(target.port) as socket:
        await socket.start()
        for turn in range(60):
            asked = {"id": f"{number}-{turn}", "type": "subscribe", "payload": {"query": BIG}}
            if not await socket.send(message(asked)):
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)
    return UNBOUNDED


def _fragments(payload: bytes, times: int) -> Iterator[bytes]:
    yield frame(TEXT, payload, fin=False)
    yield from repeat(frame(CONTINUATION, payload, fin=False), times)


async def _poured(socket: Socket, pieces: Iterator[bytes]) -> float:
    before = socket.http.sent
    return (await pour(socket.http, pieces) - before) / (1 << 20)


STREAMS: tuple[tuple[str, str, Attack], ...] = (
    ("bomb", "a frame of 256 kB that inflates to 256 MiB", _bomb),
    ("endless message", "fragments of 64 KiB up to 64 MiB", _endless_message),
    ("endless compressed message", "fragments of 1 kB that inflate to 1 MiB each", _endless_compressed_message),
    ("empty fragments", "20 000", _empty_fragments),
    ("pings", "10 000 of 125 bytes, no pong read", _pings),
    ("protocol pings", "2 000, no pong read", _pings_of_the_protocol),
    ("slow reader", "60 operations, no answer read", _slow_reader),
)


async def never_begun(port: int, within: float = INIT_WITHIN) -> Result:
    """Connections without `connection_init`: silent, with pings, with a message that comes byte by byte."""
    ping = frame(PING)
    noises = ((b"", b""), (ping, ping), (frame(TEXT, b" ", fin=False), frame(CONTINUATION, b" ", fin=False)))
    opening = (_seconds_open(port, *noises[number % 3], at_most=3 * within) for number in range(HOSTILE))
    took = await asyncio.gather(*opening)
    tried = f"{HOSTILE}: silent, pinging, a message byte by byte"
    return at_most("never initialised", tried, max(took), within + 1, "s until closed")


async def _seconds_open(port: int, first: bytes, more: bytes, *, at_most: float) -> float:
    """How long the server keeps a WebSocket that makes such noise."""
    begun = time.monotonic()
    async with opened(port) as socket:
        closing = asyncio.create_task(socket.close_code(at_most))
        await socket.send(first)
        while not (await asyncio.wait((closing,), timeout=0.25))[0]:
            await socket.send(more)
        return time.monotonic() - begun if closing.result() is not None else inf


async def malformed(port: int, within: float = 2.0) -> Result:
    """Each has to end its connection within so many seconds, and none the server."""

    async def ends(data: bytes) -> bool:
        async with opened(port) as socket:
            await socket.start()
            await socket.send(data)
            return await socket.close_code(within) is not None

    ended = await asyncio.gather(*(ends(data) for data in MALFORMED.values()))
    missed = "; ".join(name for name, good in zip(MALFORMED, ended, strict=True) if not good)
    tried = f"{len(MALFORMED)} kinds" + (f"; not: {missed}" if missed else "")
    return all_of("malformed frames and messages", tried, sum(ended), len(ended), f"closed within {within:g} s")


async def too_many_operations(port: int, within: float = 10.0) -> Result:
    """On one connection at the same time; the surplus closes it."""
    async with opened(port) as socket:
        await socket.start()
        many = (message({"id": str(n), "type": "subscribe", "payload": {"query": BIG}}) for n in range(1000))
        await socket.send(b"".join(many))
        code = await socket.close_code(within)
    return Result("many operations", "1 000 at once on one WebSocket", f"closed with {code}", "4429", code == 4429)


async def streams_of_one_member(port: int, token: str, application: str) -> Result:
    """Subscriptions over several WebSockets; those that are too many are refused."""
    query = f'subscription {{ applicationProgress(id: "{application}") {{ status }} }}'
    started = await asyncio.gather(*(_started(port, token, query, 10) for _ in range(4)))
    return at_most("many subscriptions", "40 of one member on four WebSockets", sum(started), MOST_STREAMS, "running")


async def _started(port: int, token: str, query: str, times: int) -> int:
    """Of as many subscriptions, those that begin to answer."""
    begun = 0
    async with opened(port) as socket:
        await socket.start(token)
        for number in range(times):
            await socket.send(message({"id": str(number), "type": "subscribe", "payload": {"query": query}}))
        while found := await socket.receive(2):
            answer = json.loads(found[1]) if found[0] == TEXT else {}
            begun += answer.get("type") == "next" and "errors" not in answer["payload"]
    return begun
