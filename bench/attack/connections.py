"""Idle connections, more than the process has descriptors for."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from bench.attack import process
from bench.attack.frames import LINES, opened
from bench.attack.probe import QUESTION, Times, ask, others, recovered
from bench.attack.raw_http import HOST, Connection, connected
from bench.attack.stage import Stage, Target
from bench.results import Result, all_of, at_most, together

IDLE, DESCRIPTORS = 620, 256
LASTING = 12.0
"""Seconds for which the attacker holds on: longer than a head may take."""
LOG, PEAK = 64.0, 256.0
"""KiB that the server may log meanwhile, and MiB that it may have."""
HALF = b"GET /graphql HTTP/1.1\r\n" + HOST


async def attacks(stage: Stage) -> list[Result]:
    results = []
    for wave in WAVES:
        async with stage.server(descriptors=DESCRIPTORS) as target:
            results.append(await _under(target, wave))
    async with stage.server(descriptors=DESCRIPTORS) as target:
        results.append(await _initialised(target))
    return results


@dataclass(frozen=True, slots=True)
class Wave:
    """Connections that send `first` and then nothing. `answered` is the share of others' requests that has to be
    answered: among more networks than there are connections, a member's is one of many alike."""

    tried: str
    first: bytes = b""
    networks: int = 1
    answered: float = 1.0


WAVES = (
    Wave("from one address"),
    Wave("half a head each", HALF),
    Wave("WebSocket handshakes without an init", LINES + b"\r\n"),
    Wave("from 200 addresses", networks=200, answered=0.5),
)


async def _under(target: Target, wave: Wave) -> Result:
    """620 connections that are made anew when the server ends them, for longer than a head may take."""
    name, tried = f"{IDLE} idle connections, {DESCRIPTORS} descriptors", wave.tried
    assert await ask(target.port, QUESTION) is not None
    process.forget_peak(target.pid)
    logged = target.log_bytes()
    stop = asyncio.Event()
    holding = [
        asyncio.create_task(_hold(target.port, f"127.0.1.{1 + number % wave.networks}", wave.first, stop))
        for number in range(IDLE)
    ]
    await asyncio.sleep(2)
    async with others(target.port) as health, others(target.port, QUESTION) as members:
        await asyncio.sleep(LASTING)
    kibibytes, peak = (target.log_bytes() - logged) / 1024, process.peak(target.pid)
    stop.set()
    await asyncio.gather(*holding)
    return together(
        name,
        tried,
        _answered(name, health, wave.answered, "/healthz answered"),
        _answered(name, members, wave.answered, "questions answered"),
        at_most(name, tried, kibibytes, LOG, f"KiB logged in {LASTING:.0f} s"),
        at_most(name, tried, peak, PEAK, "MiB peak"),
        await _recovers(name, tried, target),
    )


def _answered(attack: str, times: Times, share: float, what: str) -> Result:
    asked = max(1, len(times.took) + times.unanswered)
    if share == 1:
        return all_of(attack, "", len(times.took), asked, what)
    figure, bound = f"{len(times.took)} of {asked} {what}", f"≥ {share:.0%} of {what}"
    return Result(attack, "", figure, bound, len(times.took) >= share * asked)


async def _recovers(attack: str, tried: str, target: Target) -> Result:
    begun = time.monotonic()
    try:
        await recovered(target.port)
    except TimeoutError:
        return Result(attack, tried, "no answer", "answered", held=False)
    return at_most(attack, tried, time.monotonic() - begun, 5, "s until all is well again")


async def _hold(port: int, source: str, first: bytes, stop: asyncio.Event) -> None:
    """Keeps a connection open, and opens another whenever it is closed."""
    while not stop.is_set():
        with suppress(OSError):
            async with connected(port, source) as connection:
                await connection.send(first)
                await _until_closed_or(stop, connection)
        await _pause(stop)


async def _until_closed_or(stop: asyncio.Event, connection: Connection) -> None:
    closed = asyncio.create_task(connection.until_closed(2 * LASTING))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((closed, stopped), return_when=asyncio.FIRST_COMPLETED)
    for each in (closed, stopped):
        each.cancel()
    await asyncio.gather(closed, stopped, return_exceptions=True)


async def _pause(stop: asyncio.Event) -> None:
    """Half a second, as an attacker who spares nothing but the own processor."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await stop.wait()


async def _initialised(target: Target) -> Result:
    """WebSockets that began as they should and then only stay: others must still get in."""
    name = f"{IDLE} idle WebSockets, {DESCRIPTORS} descriptors"
    async with AsyncExitStack() as stack:
        entered = 0
        for _ in range(IDLE):
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(2):
                    socket = await stack.enter_async_context(opened(target.port))
                    entered += await socket.start()
        took = [await ask(target.port, QUESTION) for _ in range(5)]
    answered = sum(each is not None for each in took)
    return all_of(name, f"after connection_init, {entered} let in", answered, len(took), "answered")
