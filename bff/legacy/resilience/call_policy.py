"""Keeps the core from being overrun and the server from waiting in vain: one Protection for each of its services.
Knows nothing of SOAP. Times are seconds, `clock` is monotonic."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from bff.legacy import deadline
from bff.legacy.errors import (
    CoreBadReply,
    CoreClosed,
    CoreError,
    CoreFault,
    CoreHeldBack,
    CoreTimeout,
    CoreUnreachable,
)
from bff.legacy.instrumentation import Attempt, Watching

Answer = TypeVar("Answer")
Clock = Callable[[], float]

RETRIED = (CoreUnreachable, CoreBadReply, CoreFault)
"""Not a timeout, whose time is spent, nor a core that says that it is busy."""
RETRY_PAUSE = 0.2
"""At most; the pause is drawn at random, so that those who failed together do not come back together."""
FULL_RETRY_AFTER = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """`at_once` and `waiting` are calls of one service; `outages` in a row open its breaker for `pause`; after the
    core said that it is closed nothing is sent for `closed_pause`; `retry_share` of the calls may be tried again."""

    at_once: int = 16
    waiting: int = 64
    outages: int = 5
    pause: float = 5.0
    closed_pause: float = 10.0
    retry_share: float = 0.1


@dataclass(slots=True)
class Breaker:
    """Opens after so many failures in a row. After the pause one call goes out as a probe and decides for all."""

    failures: int
    pause: float
    clock: Clock = time.monotonic
    _in_a_row: int = 0
    _open_until: float | None = None
    _probe: object | None = None

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    def wait(self) -> float:
        """How long a call would be too early; 0 when it may go out now."""
        if self._open_until is None:
            return 0.0
        return self.pause if self._probe is not None else max(0.0, self._open_until - self.clock())

    def sent(self) -> object:
        """A mark of the call, which may be the probe."""
        call = object()
        self._probe = call if self.is_open else None
        return call

    def succeeded(self) -> None:
        self._in_a_row, self._open_until, self._probe = 0, None, None

    def failed(self) -> None:
        self._in_a_row += 1
        self._probe = None
        now = self.clock()
        # Calls that were out when it opened do not hold it open for longer.
        if self._in_a_row >= self.failures and (self._open_until is None or self._open_until <= now):
            self._open_until = now + self.pause

    def undecided(self, call: object) -> None:
        """The call was given up: it says nothing, and if it was the probe the next one may be."""
        if self._probe is call:
            self._probe = None


@dataclass(slots=True)
class Budget:
    """Each call earns `share` of a retry, and `most` can be saved: retries never multiply the load of a sick core."""

    share: float
    most: float = 10.0
    saved: float = field(init=False)

    def __post_init__(self) -> None:
        self.saved = self.most if self.share else 0.0

    def earn(self) -> None:
        self.saved = min(self.most, self.saved + self.share)

    def spend(self) -> bool:
        if self.saved < 1:
            return False
        self.saved -= 1
        return True


@dataclass(slots=True)
class Bulkhead:
    """At most `at_once` inside and `waiting` before it, first come, first served. `typical` is how many seconds the
    latest stayed: half of it is the last one's, and one that was given up counts for no less than it took."""

    at_once: int
    waiting: int
    clock: Clock = time.monotonic
    in_flight: int = 0
    queued: int = 0
    typical: float = 0.0
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.at_once)

    @property
    def is_full(self) -> bool:
        """Whether the next one has to wait."""
        return self._places.locked()

    @asynccontextmanager
    async def place(self, within: float | None) -> AsyncIterator[None]:
        """Raises BulkheadFull at once when the queue is full, and when there was no place `within` the time."""
        await self._enter(within)
        self.in_flight += 1
        begun, stayed = self.clock(), self.typical
        try:
            yield
            stayed = (self.typical + self.clock() - begun) / 2
        except BaseException:
            stayed = max(self.typical, self.clock() - begun)
            raise
        finally:
            self.typical = stayed
            self.in_flight -= 1
            self._places.release()

    async def _enter(self, within: float | None) -> None:
        if not self._places.locked():
            await self._places.acquire()  # at once: no queue, and no time limit to set up
            return
        if self.queued >= self.waiting:
            raise BulkheadFull
        self.queued += 1
        try:
            async with asyncio.timeout(within):
                await self._places.acquire()
        except TimeoutError as error:
            raise BulkheadFull from error
        finally:
            self.queued -= 1


class BulkheadFull(Exception):
    """No place."""


@dataclass(slots=True)
class Protection:
    """Of one service. `timeout` is that of one call with nobody waiting."""

    service: str
    limits: Limits
    timeout: float
    clock: Clock = time.monotonic
    watching: Watching = field(default_factory=Watching)
    outages: Breaker = field(init=False)
    hours: Breaker = field(init=False)
    bulkhead: Bulkhead = field(init=False)
    budget: Budget = field(init=False)
    _opens_at: datetime | None = None

    def __post_init__(self) -> None:
        self.outages = Breaker(self.limits.outages, self.limits.pause, self.clock)
        self.hours = Breaker(1, self.limits.closed_pause, self.clock)
        self.bulkhead = Bulkhead(self.limits.at_once, self.limits.waiting, self.clock)
        self.budget = Budget(self.limits.retry_share)

    async def run(
        self, operation: str, call: Callable[[float], Awaitable[Answer]], *, writes: bool, persistent: bool = False
    ) -> Answer:
        """`call` is given its own timeout. A read that met an outage is tried once more, if the budget and the
        deadline allow it; a write never is, and once it was sent no deadline cuts it. A `persistent` call goes out
        while the breaker is open.

        Raises what `call` raises, and CoreHeldBack or CoreClosed for what was not sent at all.
        """
        self.budget.earn()
        try:
            return await self._once(operation, call, writes, persistent)
        except RETRIED as error:
            if writes or not error.is_outage or not await self._may_retry():
                raise
            log.info("core_call_retried", operation=operation, reason=error.reason)
        return await self._once(operation, call, writes, persistent)

    async def _may_retry(self) -> bool:
        pause = random.uniform(0, RETRY_PAUSE)  # noqa: S311 (no secret)
        left = deadline.left()
        if self.outages.is_open or (left is not None and left <= pause) or not self.budget.spend():
            return False
        await asyncio.sleep(pause)
        return True

    async def _once(
        self, operation: str, call: Callable[[float], Awaitable[Answer]], writes: bool, persistent: bool
    ) -> Answer:
        attempt = Attempt(self.service, operation)
        with self.watching.attempt(attempt):
            self._check(operation, persistent)
            waits = self.bulkhead.is_full
            try:
                async with self.bulkhead.place(self._patience(writes)):
                    self._check(operation, persistent)  # it may have failed or closed while this one waited
                    if waits and self._patience(writes) == 0.0:  # or become slow
                        raise BulkheadFull
                    within = self._time_of(operation, writes)
                    attempt.sent()
                    return await self._sent(call, within)
            except BulkheadFull as error:
                raise CoreHeldBack(operation, "too many calls at once", FULL_RETRY_AFTER) from error

    def _patience(self, writes: bool) -> float | None:
        """How long a call may wait for its place. A read whose time is over is cut here, but not in the core: one that
        has less left than calls take just now would only add to what the core has to do."""
        left = deadline.left()
        return left if writes or left is None else max(0.0, left - self.bulkhead.typical)

    def _check(self, operation: str, persistent: bool) -> None:
        if self.hours.wait() > 0:
            raise CoreClosed(operation, self._opens_at)
        if not persistent and (wait := self.outages.wait()) > 0:
            raise CoreHeldBack(operation, "the service failed just now", wait)

    def _time_of(self, operation: str, writes: bool) -> float:
        left = deadline.left()
        if left == 0.0:
            raise CoreHeldBack(operation, "no time left", FULL_RETRY_AFTER)
        return self.timeout if writes or left is None else min(self.timeout, left)

    async def _sent(self, call: Callable[[float], Awaitable[Answer]], within: float) -> Answer:
        outage_probe, hours_probe = self.outages.sent(), self.hours.sent()
        try:
            answer = await call(within)
        except CoreError as error:
            self._failed(error, outage_probe, full_time=within >= self.timeout)
            raise
        except BaseException:
            self.outages.undecided(outage_probe)
            self.hours.undecided(hours_probe)
            raise
        self.outages.succeeded()
        self.hours.succeeded()
        return answer

    def _failed(self, error: CoreError, call: object, *, full_time: bool) -> None:
        if isinstance(error, CoreClosed):
            self._opens_at = error.opens_at
            self.hours.failed()
            self.outages.succeeded()
            return
        self.hours.succeeded()
        if isinstance(error, CoreTimeout) and not full_time:
            self.outages.undecided(call)  # the request's deadline was shorter than the core's
        elif not error.is_outage:
            self.outages.succeeded()
        else:
            was_open = self.outages.is_open
            self.outages.failed()
            if self.outages.is_open and not was_open:
                log.warning("core_service_held_back", service=self.service, reason=error.reason)
