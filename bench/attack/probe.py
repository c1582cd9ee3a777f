"""How others fare during an attack: from an address of their own, over a new connection each time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

from bench.attack.raw_http import GONE, HOST, connected, post
from bench.attack.stage import OTHER

HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
QUESTION = post(b'{"query":"{ faqs { id } }"}', b"Connection: close")
PATIENCE = 10.0


@dataclass
class Times:
    """Seconds of each answer; one that did not come counts as unanswered."""

    took: list[float] = field(default_factory=list)
    unanswered: int = 0

    @property
    def worst(self) -> float:
        return max(self.took, default=PATIENCE) if not self.unanswered else PATIENCE

    def middle_of_last(self, count: int) -> float:
        """Median of the last so many."""
        return median(self.took[-count:]) if self.took else PATIENCE


async def ask(port: int, request: bytes = HEALTH, source: str = OTHER) -> float | None:
    """Seconds until the whole answer, null where there is none or another than 200."""
    begun = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE), connected(port, source) as connection:
            await connection.send(request)
            answer = await connection.reader.read(-1)
    except (*GONE, OSError):
        return None
    return time.monotonic() - begun if answer.startswith(b"HTTP/1.1 200 ") else None


async def recovered(port: int, within: float = 60.0) -> None:
    """Waits until the server answers others at once again. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while (took := await ask(port)) is None or took > 0.1:
            await asyncio.sleep(0.2)


@asynccontextmanager
async def others(port: int, request: bytes = HEALTH, every: float = 0.1) -> AsyncIterator[Times]:
    """Asks all the while."""
    times = Times()
    asking = asyncio.create_task(_ask_all_the_time(port, request, every, times))
    try:
        yield times
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _ask_all_the_time(port: int, request: bytes, every: float, times: Times) -> None:
    while True:
        took = await ask(port, request)
        if took is None:
            times.unanswered += 1
        else:
            times.took.append(took)
        await asyncio.sleep(every)
