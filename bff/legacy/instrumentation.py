"""Hooks around calls to the core, for metrics, logs and traces: services, operations, times and outcomes, but no
content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter

from bff.legacy.standard.transport import HttpReply


@dataclass(slots=True)
class CallAttempt:
    """One attempt at a call. `sent_at` is null while it waits for its slot, and where it was not permitted; both
    times are `perf_counter`'s seconds."""

    service: str
    operation: str
    began_at: float = field(default_factory=perf_counter)
    sent_at: float | None = None

    def mark_sent(self) -> None:
        """Record the time at which the request goes out."""
        self.sent_at = perf_counter()


def _no_attempt(_: CallAttempt) -> AbstractContextManager[None]:
    return nullcontext()


def _no_reply(_: str, __: HttpReply) -> None:
    pass


@dataclass(frozen=True, slots=True)
class CallInstrumentation:
    """`attempt` is entered around each attempt and sees how it ends; `headers` are added to the request that is being
    sent; `reply` receives an operation and its reply as it came, for probes that ask about no real person."""

    attempt: Callable[[CallAttempt], AbstractContextManager[None]] = _no_attempt
    headers: Callable[[], Mapping[str, str]] = dict
    reply: Callable[[str, HttpReply], None] = _no_reply
