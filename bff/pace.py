"""How many operations somebody may send: a bound for programs that run wild, far above what a person needs."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from bff.errors import Problem, ProblemCode

PEOPLE = 50_000
"""Of whom counts are kept; whoever was not seen for longest goes first."""
STREAMS = 10
"""Subscriptions of one member that are open at the same time."""


@dataclass(slots=True)
class Pace:
    """Counts in this process alone: it is this process's processor that is spared, and a look costs nothing.

    `who` has `a_minute` operations at once and gets them back evenly over a minute. 0: no limit.
    """

    a_minute: int
    clock: Callable[[], float] = monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _streams: Counter[str] = field(default_factory=Counter)

    def count(self, who: str) -> None:
        """Raises RATE_LIMITED with the seconds until the next operation."""
        if self.a_minute and (seconds := self._wait(who)):
            raise _too_many(seconds)

    @contextmanager
    def stream(self, who: str) -> Iterator[None]:
        """Around a subscription. Raises RATE_LIMITED where too many are open."""
        if self._streams[who] >= STREAMS:
            raise _too_many(5)
        self._streams[who] += 1
        try:
            yield
        finally:
            self._streams[who] -= 1
            self._streams += Counter()  # drops those that are at zero

    def _wait(self, who: str) -> int:
        now, a_second = self.clock(), self.a_minute / 60
        left, at = self._left.pop(who, (self.a_minute, now))
        left = min(self.a_minute, left + (now - at) * a_second)
        counted = left >= 1
        self._left[who] = (left - counted, now)
        if len(self._left) > PEOPLE:
            self._left.popitem(last=False)
        return 0 if counted else ceil((1 - left) / a_second)


def _too_many(seconds: int) -> Problem:
    return Problem(ProblemCode.RATE_LIMITED, f"请求过于频繁，请在{seconds}秒后再试。", retryAfterSeconds=seconds)
