"""A circuit breaker: closed, open, or half-open with one probe under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Monotonic seconds."""


@dataclass(slots=True)
class CircuitBreaker:
    """Opens for `open_seconds` after `failure_threshold` failures in a row; then one probe decides whether it
    closes."""

    failure_threshold: int
    open_seconds: float
    clock: Clock = time.monotonic
    _failures: int = 0
    _open_until: float | None = None
    _probe: object | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is open or half-open."""
        return self._open_until is not None

    def retry_after(self) -> float:
        """Return the seconds until a call is permitted, 0 where one is permitted now."""
        if self._open_until is None:
            return 0.0
        return self.open_seconds if self._probe is not None else max(0.0, self._open_until - self.clock())

    def start_call(self) -> object:
        """Return a token for a call that is being sent; while the breaker is open this call is the probe."""
        call = object()
        self._probe = call if self.is_open else None
        return call

    def record_success(self) -> None:
        """Close the breaker."""
        self._failures, self._open_until, self._probe = 0, None, None

    def record_failure(self) -> None:
        """Count a failure, and open the breaker at the threshold."""
        self._failures += 1
        self._probe = None
        now = self.clock()
        # Calls that were under way when it opened do not hold it open for longer.
        if self._failures >= self.failure_threshold and (self._open_until is None or self._open_until <= now):
            self._open_until = now + self.open_seconds

    def record_abandoned(self, call: object) -> None:
        """Release the probe where this call is it: an abandoned call proves nothing."""
        if self._probe is call:
            self._probe = None
