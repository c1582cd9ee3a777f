"""Rate limits of a process: how much one member or one network may send, far above what people need. They are counted
in this process alone: they protect its processor, and a look costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from bff.errors import ApiError, ApiErrorCode
from bff.store.lru import LruCache

PEOPLE = 50_000
"""Of whom counts are kept; whoever was not seen for longest goes first."""
STREAMS = 10
"""Subscriptions of one member that are open at the same time."""


@dataclass(slots=True)
class Buckets:
    """A token bucket for each key: `most` at once, which come back evenly over `period` seconds. 0: no limit."""

    most: int
    clock: Callable[[], float] = monotonic
    period: float = 60.0
    _left: LruCache[str, tuple[float, float]] = field(default_factory=lambda: LruCache(PEOPLE))

    def take(self, who: str, amount: float = 1) -> int:
        """Take tokens. Return the seconds until so many may be taken, 0 when they were. What is refused is not
        taken."""
        if not self.most:
            return 0
        left, now = self._refilled(who)
        seconds = self._seconds_until(min(amount, self.most), left)
        self._left.put(who, (left if seconds else left - min(amount, self.most), now))
        return seconds

    def wait(self, who: str, amount: float = 1) -> int:
        """Return the seconds until so many may be taken."""
        return self._seconds_until(amount, self._refilled(who)[0]) if self.most else 0

    def _refilled(self, who: str) -> tuple[float, float]:
        """What is left now, and now."""
        now = self.clock()
        left, at = self._left.get(who) or (self.most, now)
        return min(self.most, left + (now - at) * self.most / self.period), now

    def _seconds_until(self, amount: float, left: float) -> int:
        return max(0, ceil((amount - left) * self.period / self.most))


@dataclass(slots=True)
class OperationRateLimiter:
    """Counts operations of members by their number, those of networks where no member is signed in by their cost:
    thousands may share the address of a mobile network, and one of them may ask for what costs most."""

    a_minute: int
    cost_a_minute: int = 0
    clock: Callable[[], float] = monotonic
    limited: Callable[[str], None] = lambda _: None
    _members: Buckets = field(init=False)
    _networks: Buckets = field(init=False)
    _streams: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._members = Buckets(self.a_minute, self.clock)
        self._networks = Buckets(self.cost_a_minute, self.clock)

    def count(self, member: str) -> None:
        """Count an operation of a member. Raises RATE_LIMITED with the seconds until the next one."""
        self._check("operations", self._members.take(member))

    def count_signed_out(self, network: str, cost: int) -> None:
        """Count an operation of a network by its cost. Raises RATE_LIMITED with the seconds until the next one."""
        self._check("network_cost", self._networks.take(network, cost))

    @contextmanager
    def stream(self, who: str) -> Iterator[None]:
        """Count a subscription while it is open. Raises RATE_LIMITED where too many are."""
        if self._streams[who] >= STREAMS:
            raise too_many(5)
        self._streams[who] += 1
        try:
            yield
        finally:
            self._streams[who] -= 1
            self._streams += Counter()  # drops those that are at zero

    def _check(self, limit: str, seconds: int) -> None:
        if seconds:
            self.limited(limit)
            raise too_many(seconds)


def too_many(seconds: int) -> ApiError:
    return ApiError(ApiErrorCode.RATE_LIMITED, f"操作过于频繁，请在{seconds}秒后再试。", retryAfterSeconds=seconds)
