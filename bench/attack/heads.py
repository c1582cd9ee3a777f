"""Hostile HTTP: heads and bodies that never end or never come, requests that say two things at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from math import inf

from bench.attack import process
from bench.attack.probe import others
from bench.attack.raw_http import ASK, ATTACKER, HOST, connected, post, pour, statuses
from bench.attack.stage import Stage
from bench.results import Result, all_of, at_most

WITHIN = 12.0
"""Seconds in which a head or a body that does not come has to end its connection: 10, and some for the look."""
MOST_TAKEN = 8.0
"""MiB of what never ends that may go out before the server hangs up; most of it waits in the kernel's buffers."""
LINE = b"POST /graphql HTTP/1.1\r\n"
JSON = b"Content-Type: application/json\r\n"
CHUNKED = LINE + HOST + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = LINE + HOST + JSON + b"Content-Length: 100000000000\r\n\r\n"
HIDDEN = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"


@dataclass(frozen=True, slots=True)
class Slow:
    """What is sent at once, and then again and again every half second."""

    first: bytes
    more: bytes = b""


SLOW = {
    "nothing at all": Slow(b""),
    "half a line": Slow(b"POST /gra"),
    "a line byte by byte": Slow(b"GET /", b"a"),
    "a header byte by byte": Slow(LINE + HOST + b"X-A: ", b"a"),
    "a header at a time": Slow(LINE + HOST, b"X-A: a\r\n"),
    "empty lines": Slow(b"", b"\r\n"),
    "a second head that does not come": Slow(post() + b"POST /graphql HT"),
    "a second head byte by byte": Slow(post() + LINE + b"X-A: ", b"a"),
    "a body that does not come": Slow(LONG),
    "a body byte by byte": Slow(LONG, b" "),
    "chunks of one byte": Slow(CHUNKED, b"1\r\n \r\n"),
    "a chunk's size byte by byte": Slow(CHUNKED, b"0"),
    "a trailer byte by byte": Slow(CHUNKED + b"0\r\nX-A: ", b"a"),
    "100-continue and no body": Slow(LINE + HOST + JSON + b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n"),
    "a WebSocket's head without its end": Slow(b"GET /graphql HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\n"),
}
PIECE = b"a" * (64 * 1024)
ENDLESS = {
    "a line": (b"GET /", PIECE),
    "a header's name": (LINE + HOST, PIECE),
    "a header": (LINE + HOST + b"X-A: ", PIECE),
    "headers": (LINE + HOST, b"X-A: a\r\n" * 8000),
    "empty lines": (b"", b"\r\n" * 32000),
    "a chunk's extension": (CHUNKED + b"1;a=", PIECE),
    "a trailer": (CHUNKED + b"0\r\nX-A: ", PIECE),
    "a body after 413": (LONG, PIECE),
    "a chunked body after 413": (CHUNKED, b"10000\r\n" + PIECE + b"\r\n"),
    "a body of an unknown path": (LONG.replace(b"/graphql", b"/nowhere"), PIECE),
    "a body for /healthz": (LONG.replace(b"/graphql", b"/healthz"), PIECE),
    "a body with GET": (LONG.replace(b"POST", b"GET"), PIECE),
    "a body after 415": (LONG.replace(b"application/json", b"text/plain"), PIECE),
    "a body after 405": (LONG.replace(b"POST", b"PUT"), PIECE),
}


def _with(*headers: bytes, body: bytes = ASK) -> bytes:
    lines = (JSON.strip(), *headers)
    return LINE + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


SIZE = b"Content-Length: %d" % len(ASK)
HOST_LINE = HOST.strip()
TWICE = b"0\r\n\r\n" + HIDDEN
AMBIGUOUS = {
    "no Host": _with(SIZE),
    "two Hosts": _with(HOST_LINE, b"Host: other.example", SIZE),
    "the same Host twice": _with(HOST_LINE, HOST_LINE, SIZE),
    "an empty Host": _with(b"Host:", SIZE),
    "a Host with a path": _with(b"Host: bff.example/other", SIZE),
    "a Host with a space": _with(b"Host: bff.example other", SIZE),
    "a Host with a user": _with(b"Host: a@bff.example", SIZE),
    "a space before the colon": _with(b"Host : bff.example", SIZE),
    "a folded header": _with(HOST_LINE, b"X-A: a\r\n b", SIZE),
    "NUL in a header": _with(HOST_LINE, b"X-A: a\0b", SIZE),
    "a bare CR in a header": _with(HOST_LINE, b"X-A: a\rX-B: b", SIZE),
    "two lengths": _with(HOST_LINE, SIZE, b"Content-Length: 0"),
    "a length with a sign": _with(HOST_LINE, b"Content-Length: +%d" % len(ASK)),
    "a negative length": _with(HOST_LINE, b"Content-Length: -1"),
    "a length in hexadecimal": _with(HOST_LINE, b"Content-Length: 0x1a"),
    "a length of 30 digits": _with(HOST_LINE, b"Content-Length: " + b"9" * 30),
    "length and chunks": _with(HOST_LINE, b"Content-Length: 5", b"Transfer-Encoding: chunked", body=TWICE),
    "chunks and length": _with(HOST_LINE, b"Transfer-Encoding: chunked", b"Content-Length: 5", body=TWICE),
    "chunked twice": _with(HOST_LINE, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=TWICE),
    "chunked, then identity": _with(HOST_LINE, b"Transfer-Encoding: chunked, identity", body=TWICE),
    "an unknown coding": _with(HOST_LINE, b"Transfer-Encoding: xchunked", SIZE),
    "a coding with a tab": _with(HOST_LINE, b"Transfer-Encoding:\tchunked\x0b", SIZE),
    "a chunk of a negative size": _with(HOST_LINE, b"Transfer-Encoding: chunked", body=b"-1\r\n{}\r\n" + TWICE),
    "a chunk of 2^64": _with(HOST_LINE, b"Transfer-Encoding: chunked", body=b"10000000000000000\r\n{}\r\n" + TWICE),
    "a chunk with 0x": _with(HOST_LINE, b"Transfer-Encoding: chunked", body=b"0x2\r\n{}\r\n" + TWICE),
    "a chunk without its end": _with(HOST_LINE, b"Transfer-Encoding: chunked", body=b"2\r\n{}X" + TWICE),
    "a chunk ended by LF": _with(HOST_LINE, b"Transfer-Encoding: chunked", body=b"2\n{}\n0\n\n" + HIDDEN),
    "HTTP/1.2": _with(HOST_LINE, SIZE).replace(b"HTTP/1.1", b"HTTP/1.2"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /graphql\r\n",
    "TLS": bytes.fromhex("160301020001000001fc0303") + bytes(500),
}
"""Each of which two readers could read differently: none may be answered with a success, and nothing hidden in it be
taken for a request."""


async def attacks(stage: Stage) -> list[Result]:
    async with stage.server() as target:
        process.forget_peak(target.pid)
        before = process.resident(target.pid)
        async with others(target.port) as times:
            results = [
                *await slow(target.port),
                *await endless(target.port),
                await ambiguous(target.port),
                await pipelined(target.port),
            ]
        grown = process.peak(target.pid) - before
        return [
            *results,
            at_most("all of these", "", grown, 48, "MiB of growth"),
            at_most("all of these", "others meanwhile", times.worst * 1000, 500, "ms at worst"),
        ]


async def slow(port: int, within: float = WITHIN) -> list[Result]:
    """Heads and bodies that do not come: the server has to give them up, one row for the longest."""
    took = await asyncio.gather(*(_seconds_open(port, each, 2 * within) for each in SLOW.values()))
    return [_worst("slow", dict(zip(SLOW, took, strict=True)), within, "s until closed")]


async def _seconds_open(port: int, slow: Slow, at_most: float) -> float:
    begun = time.monotonic()
    async with connected(port) as connection:
        closing = asyncio.create_task(connection.until_closed(at_most))
        await connection.send(slow.first)
        while not (await asyncio.wait((closing,), timeout=0.5))[0]:
            await connection.send(slow.more)
        return time.monotonic() - begun if closing.result() is not None else inf


async def endless(port: int, pieces: int = 1024) -> list[Result]:
    """Heads and bodies without end, up to so many pieces of 64 KiB: how much goes out until the server hangs up."""
    taken = [await _taken(port, first, repeat(more, pieces)) for first, more in ENDLESS.values()]
    return [_worst("endless", dict(zip(ENDLESS, taken, strict=True)), MOST_TAKEN, "MiB taken")]


async def _taken(port: int, first: bytes, more: Iterable[bytes]) -> float:
    async with connected(port) as connection:
        return await pour(connection, _after(first, more)) / (1 << 20)


def _after(first: bytes, more: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from more


def _worst(attack: str, figures: dict[str, float], bound: float, unit: str) -> Result:
    """One row of many kinds: the worst, and which of them do not hold."""
    broken = [name for name, figure in figures.items() if figure > bound]
    named = "; not: " + "; ".join(broken) if broken else f"; the worst: {max(figures, key=lambda name: figures[name])}"
    return at_most(attack, f"{len(figures)} kinds{named}", max(figures.values()), bound, unit)


async def ambiguous(port: int, patience: float = 2.0) -> Result:
    """`patience` is how long a second answer is waited for."""
    refused = await asyncio.gather(*(_is_refused(port, data, patience) for data in AMBIGUOUS.values()))
    missed = "; ".join(name for name, good in zip(AMBIGUOUS, refused, strict=True) if not good)
    tried = f"{len(AMBIGUOUS)} kinds" + (f"; not: {missed}" if missed else "")
    return all_of("ambiguous requests", tried, sum(refused), len(refused), "refused once")


async def _is_refused(port: int, data: bytes, patience: float) -> bool:
    """At most one answer, of the 400s, or a closed connection."""
    async with connected(port, ATTACKER) as connection:
        await connection.send(data)
        found = statuses(await connection.answers(patience))
    return len(found) <= 1 and all(400 <= status < 500 or status in (501, 505) for status in found)


async def pipelined(port: int, patience: float = 2.0) -> Result:
    """Requests in one go: each is answered in turn, or the connection ends; none is answered twice."""
    many = 200
    async with connected(port) as connection:
        await connection.send(post() * many)
        found = statuses(await connection.answers(patience))
        closed = await connection.until_closed(patience) is not None
    good = found == [200] * len(found) and (len(found) == many or closed)
    figure = f"{len(found)} answers, {'closed' if closed else 'open'}"
    return Result("pipelining", f"{many} requests at once", figure, "in turn, or closed", good)
