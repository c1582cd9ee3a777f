"""When the request that is being answered has to be answered: set where it comes in, read where the core and the
cache are asked."""

from __future__ import annotations

import time
from contextvars import ContextVar

_until: ContextVar[float | None] = ContextVar("deadline", default=None)


def start(seconds: float) -> None:
    """For this task and those that it starts from here on."""
    _until.set(time.monotonic() + seconds)


def lift() -> None:
    """For work that serves others, too, or outlives the request that began it."""
    _until.set(None)


def left() -> float | None:
    """Seconds, not below 0; null where nobody waits."""
    until = _until.get()
    return None if until is None else max(0.0, until - time.monotonic())
