"""How calls to one of the core's services are made: bulkhead, circuit breakers, timeout and one retry. Knows nothing of
SOAP; times are seconds."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from bff.legacy import deadline
from bff.legacy.errors import (
    CoreBadReply,
    CoreCallNotPermitted,
    CoreClosed,
    CoreError,
    CoreFault,
    CoreTimeout,
    CoreUnreachable,
)
from bff.legacy.instrumentation import CallAttempt, CallInstrumentation
from bff.legacy.resilience.bulkhead import Bulkhead, BulkheadFull
from bff.legacy.resilience.circuit_breaker import CircuitBreaker, Clock
from bff.legacy.resilience.retry_budget import RetryBudget

Answer = TypeVar("Answer")
Call = Callable[[float], Awaitable[Answer]]
"""Sends the request; the argument is its timeout."""

RETRIED = (CoreUnreachable, CoreBadReply, CoreFault)
"""Neither a timeout, whose time is spent, nor a core that says that it is busy."""
MAX_RETRY_DELAY = 0.2
"""The delay is drawn at random (jitter), so that calls that failed together do not come back together."""
RETRY_AFTER = 5.0
"""For a call that found no slot or no time."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The limits of one service: calls in flight and queued, failures in a row that open the circuit breaker and for
    how long, how long a core that said that it is closed is left alone, and the share of calls that may be retried."""

    max_concurrency: int = 16
    max_queue: int = 64
    breaker_failures: int = 5
    breaker_seconds: float = 5.0
    closed_seconds: float = 10.0
    retry_share: float = 0.1


@dataclass(slots=True)
class CallPolicy:
    """The policy of one service. `timeout` bounds a call that has no deadline; `breaker` opens after outages,
    `closed_breaker` outside the core's hours."""

    service: str
    limits: CallLimits
    timeout: float
    clock: Clock = time.monotonic
    instrumentation: CallInstrumentation = field(default_factory=CallInstrumentation)
    breaker: CircuitBreaker = field(init=False)
    closed_breaker: CircuitBreaker = field(init=False)
    bulkhead: Bulkhead = field(init=False)
    retry_budget: RetryBudget = field(init=False)
    _opens_at: datetime | None = None

    def __post_init__(self) -> None:
        limits = self.limits
        self.breaker = CircuitBreaker(limits.breaker_failures, limits.breaker_seconds, self.clock)
        self.closed_breaker = CircuitBreaker(1, limits.closed_seconds, self.clock)
        self.bulkhead = Bulkhead(limits.max_concurrency, limits.max_queue, self.clock)
        self.retry_budget = RetryBudget(limits.retry_share)

    async def run(self, operation: str, call: Call[Answer], *, writes: bool, bypass_breaker: bool = False) -> Answer:
        """Make a call. A read that met an outage is retried once, if the retry budget and the deadline allow it; a
        write never is, and once it was sent no deadline cuts it. `bypass_breaker` sends it although `breaker` is open.

        Raises what `call` raises; CoreCallNotPermitted or CoreClosed where nothing was sent.
        """
        self.retry_budget.earn()
        try:
            return await self._attempt(operation, call, writes, bypass_breaker)
        except RETRIED as error:
            if writes or not error.is_outage or not await self._may_retry():
                raise
            log.info("core_call_retried", operation=operation, reason=error.reason)
        return await self._attempt(operation, call, writes, bypass_breaker)

    async def _may_retry(self) -> bool:
        delay = random.uniform(0, MAX_RETRY_DELAY)  # noqa: S311 (no secret)
        left = deadline.remaining()
        if self.breaker.is_open or (left is not None and left <= delay) or not self.retry_budget.spend():
            return False
        await asyncio.sleep(delay)
        return True

    async def _attempt(self, operation: str, call: Call[Answer], writes: bool, bypass_breaker: bool) -> Answer:
        attempt = CallAttempt(self.service, operation)
        with self.instrumentation.attempt(attempt):
            self._check_breakers(operation, bypass_breaker)
            queued = self.bulkhead.is_full
            try:
                async with self.bulkhead.slot(self._queue_timeout(writes)):
                    self._check_breakers(operation, bypass_breaker)  # one may have opened while this call waited
                    if queued and self._queue_timeout(writes) == 0.0:  # or the service became slow
                        raise BulkheadFull
                    within = self._call_timeout(operation, writes)
                    attempt.mark_sent()
                    return await self._send(call, within)
            except BulkheadFull as error:
                raise CoreCallNotPermitted(operation, "too many calls at once", RETRY_AFTER) from error

    def _queue_timeout(self, writes: bool) -> float | None:
        """Return how long a call may wait for its slot. A read whose deadline passes is cut here, but not in the core:
        one that has less time left than calls take just now would only add to the core's load."""
        left = deadline.remaining()
        return left if writes or left is None else max(0.0, left - self.bulkhead.typical_seconds)

    def _check_breakers(self, operation: str, bypass_breaker: bool) -> None:
        if self.closed_breaker.retry_after() > 0:
            raise CoreClosed(operation, self._opens_at)
        if not bypass_breaker and (seconds := self.breaker.retry_after()) > 0:
            raise CoreCallNotPermitted(operation, "the service failed just now", seconds)

    def _call_timeout(self, operation: str, writes: bool) -> float:
        left = deadline.remaining()
        if left == 0.0:
            raise CoreCallNotPermitted(operation, "no time left", RETRY_AFTER)
        return self.timeout if writes or left is None else min(self.timeout, left)

    async def _send(self, call: Call[Answer], within: float) -> Answer:
        outage_probe, closed_probe = self.breaker.start_call(), self.closed_breaker.start_call()
        try:
            answer = await call(within)
        except CoreError as error:
            self._record_error(error, outage_probe, full_time=within >= self.timeout)
            raise
        except BaseException:
            self.breaker.record_abandoned(outage_probe)
            self.closed_breaker.record_abandoned(closed_probe)
            raise
        self.breaker.record_success()
        self.closed_breaker.record_success()
        return answer

    def _record_error(self, error: CoreError, outage_probe: object, *, full_time: bool) -> None:
        if isinstance(error, CoreClosed):
            self._opens_at = error.opens_at
            self.closed_breaker.record_failure()
            self.breaker.record_success()
            return
        self.closed_breaker.record_success()
        if isinstance(error, CoreTimeout) and not full_time:
            self.breaker.record_abandoned(outage_probe)  # the request's deadline was shorter than the core's
        elif not error.is_outage:
            self.breaker.record_success()
        else:
            self._record_outage(error)

    def _record_outage(self, error: CoreError) -> None:
        was_open = self.breaker.is_open
        self.breaker.record_failure()
        if self.breaker.is_open and not was_open:
            log.warning("core_breaker_opened", service=self.service, reason=error.reason)
