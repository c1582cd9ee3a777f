"""A flood out of a process of its own, so that it does not slow down who measures."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from bench.attack.frames import message, opened
from bench.attack.raw_http import GONE, Connection, connected

CODE = re.compile(rb'"code":"([A-Z_]+)"')


@dataclass(frozen=True, slots=True)
class Flood:
    """`requests` are sent in turn over each connection, the next one when the last is answered; over WebSockets they
    are payloads of `subscribe`. `source` is the address from which they come."""

    port: int
    source: str
    requests: Sequence[bytes]
    seconds: float
    connections: int = 8
    websocket: bool = False


async def flooded(flood: Flood) -> Counter[str]:
    """Answers by status and code, when the flood is over."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _end_with_parent) as pool:
        return await loop.run_in_executor(pool, _flood, flood)


def _end_with_parent() -> None:
    """In the process of the flood, which would wait for its next task for ever."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _flood(flood: Flood) -> Counter[str]:
    return asyncio.run(_all(flood))


async def _all(flood: Flood) -> Counter[str]:
    answers: Counter[str] = Counter()
    until = time.monotonic() + flood.seconds
    one = _over_websockets if flood.websocket else _over_http
    await asyncio.gather(*(one(flood, until, answers) for _ in range(flood.connections)))
    return answers


async def _over_http(flood: Flood, until: float, answers: Counter[str]) -> None:
    """Over one connection after another: the server may end them."""
    number = 0
    while time.monotonic() < until:
        try:
            async with connected(flood.port, flood.source) as connection:
                while time.monotonic() < until:
                    answers[await _answer(connection, flood.requests[number % len(flood.requests)])] += 1
                    number += 1
        except (*GONE, OSError):
            answers["hung up"] += 1
            await asyncio.sleep(0.01)


async def _answer(connection: Connection, request: bytes) -> str:
    """Status and code of the answer, which has a length as all of ours."""
    await connection.send(request)
    async with asyncio.timeout(20):
        head = await connection.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        body = await connection.reader.readexactly(int(length[1]) if length else 0)
    code = CODE.search(body)
    return f"{head[9:12].decode()} {code[1].decode() if code else ''}".strip()


async def _over_websockets(flood: Flood, until: float, answers: Counter[str]) -> None:
    number = 0
    while time.monotonic() < until:
        try:
            async with opened(flood.port, source=flood.source) as socket:
                await socket.start()
                while time.monotonic() < until:
                    payload = flood.requests[number % len(flood.requests)].decode()
                    number += 1
                    await socket.send(message({"id": str(number), "type": "subscribe", "payload": {"query": payload}}))
                    if (found := await socket.receive(20)) is None:
                        raise ConnectionAbortedError
                    code = CODE.search(found[1].replace(b" ", b""))
                    answers[code[1].decode() if code else "answered"] += 1
        except (*GONE, OSError):
            answers["hung up"] += 1
            await asyncio.sleep(0.01)
