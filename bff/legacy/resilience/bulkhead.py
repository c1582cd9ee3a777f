"""A bulkhead: a bound on the calls of one service that are in flight, with a bounded FIFO queue before it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bff.legacy.resilience.circuit_breaker import Clock


class BulkheadFull(Exception):
    """The queue is full, or no slot became free within the timeout."""


@dataclass(slots=True)
class Bulkhead:
    """At most `max_concurrency` calls in flight and `max_queue` waiting.

    `typical_seconds` is a moving average of how long a call holds its slot: half of it is the latest call's, and a call
    that failed or was cancelled never lowers it.
    """

    max_concurrency: int
    max_queue: int
    clock: Clock = time.monotonic
    in_flight: int = 0
    queued: int = 0
    typical_seconds: float = 0.0
    _slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.max_concurrency)

    @property
    def is_full(self) -> bool:
        """Whether the next call has to wait."""
        return self._slots.locked()

    @asynccontextmanager
    async def slot(self, within: float | None) -> AsyncIterator[None]:
        """Hold a slot. Raises BulkheadFull at once where the queue is full, and when it waited `within` seconds."""
        await self._acquire(within)
        self.in_flight += 1
        started, typical = self.clock(), self.typical_seconds
        try:
            yield
            typical = (self.typical_seconds + self.clock() - started) / 2
        except BaseException:
            typical = max(self.typical_seconds, self.clock() - started)
            raise
        finally:
            self.typical_seconds = typical
            self.in_flight -= 1
            self._slots.release()

    async def _acquire(self, within: float | None) -> None:
        if not self._slots.locked():
            await self._slots.acquire()  # at once: no queue, and no timeout to set up
            return
        if self.queued >= self.max_queue:
            raise BulkheadFull
        self.queued += 1
        try:
            async with asyncio.timeout(within):
                await self._slots.acquire()
        except TimeoutError as error:
            raise BulkheadFull from error
        finally:
            self.queued -= 1
