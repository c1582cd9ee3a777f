"""The deadline of the request that is being answered: set where the request comes in, read where the core and the cache
are asked."""

from __future__ import annotations

import time
from contextvars import ContextVar

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def start(seconds: float) -> None:
    """Set the deadline of this task, and of those that it starts from here on."""
    _deadline.set(time.monotonic() + seconds)


def clear() -> None:
    """Remove the deadline, for work that serves other requests too or outlives the one that began it."""
    _deadline.set(None)


def remaining() -> float | None:
    """Return the seconds left, not below 0; null without a deadline."""
    deadline = _deadline.get()
    return None if deadline is None else max(0.0, deadline - time.monotonic())
