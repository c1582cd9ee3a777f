"""Rate limit of log lines: what a client can cause must not fill the disk."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from time import monotonic

BURST = 100
"""Lines of one kind that may be logged at once."""
RATE = 10.0
"""Lines of one kind a second, after that."""
KINDS = 2000
"""Kinds that are remembered. A kind is a place in the code; should one be made of data, all begin anew."""


@dataclass(slots=True)
class LogRateLimiter:
    """A token bucket for each kind of line. `repeated` counts the lines that were held back."""

    clock: Callable[[], float] = monotonic
    repeated: int = 0
    _kinds: dict[Hashable, _Bucket] = field(default_factory=dict)

    def passes(self, kind: Hashable) -> int | None:
        """Count a line. Return how many of its kind were held back since the last one; null when this one is held
        back."""
        bucket = self._kinds.get(kind) or self._new(kind)
        now = self.clock()
        bucket.tokens = min(BURST, bucket.tokens + RATE * (now - bucket.at))
        bucket.at = now
        if bucket.tokens < 1:
            bucket.held_back += 1
            self.repeated += 1
            return None
        bucket.tokens -= 1
        held_back, bucket.held_back = bucket.held_back, 0
        return held_back

    def _new(self, kind: Hashable) -> _Bucket:
        if len(self._kinds) >= KINDS:
            self._kinds.clear()
        bucket = self._kinds[kind] = _Bucket(self.clock())
        return bucket


@dataclass(slots=True)
class _Bucket:
    at: float
    tokens: float = BURST
    held_back: int = 0
