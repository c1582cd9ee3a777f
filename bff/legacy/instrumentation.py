"""What whoever runs the gateways may see of their calls: names, times and outcomes, nothing of their content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter

from bff.legacy.standard.transport import HttpReply


@dataclass(slots=True)
class Attempt:
    """A call that is to be sent, once. `sent_at` is null as long as it waits for its place, and when it was held
    back; both moments are `perf_counter`'s seconds."""

    service: str
    operation: str
    began_at: float = field(default_factory=perf_counter)
    sent_at: float | None = None

    def sent(self) -> None:
        self.sent_at = perf_counter()


def _nobody_watches(_: Attempt) -> AbstractContextManager[None]:
    return nullcontext()


def _nobody_listens(_: str, __: HttpReply) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Watching:
    """`attempt` is entered around each attempt and sees how it ends; `headers` go with the one that is being sent;
    `reply` is given an operation and its reply as it came, for those who ask about nobody."""

    attempt: Callable[[Attempt], AbstractContextManager[None]] = _nobody_watches
    headers: Callable[[], Mapping[str, str]] = dict
    reply: Callable[[str, HttpReply], None] = _nobody_listens
