"""The GraphQL operations and core calls that metrics, log lines and spans describe, and how they ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

SUBSCRIPTION = "subscription"
CLIENT_LEFT = "left"
OUTCOMES = (
    ("INTERNAL_ERROR", "internal"),
    ("TIMEOUT", "timeout"),
    ("STORE_UNAVAILABLE", "store"),
    ("CORE_UNAVAILABLE", "core"),
    ("CORE_CLOSED", "core"),
    ("CORE_TIMEOUT", "core"),
)
"""Outcomes by the codes of errors, the worst first."""


@dataclass(slots=True)
class Operation:
    """An operation that is being executed. `core_calls` counts the calls that ended for it, each retry as one;
    `outcome` is that of a client that left until the operation ends."""

    name: str
    kind: str
    request_id: str
    core_calls: int = 0
    codes: list[str] = field(default_factory=list)
    outcome: str = CLIENT_LEFT
    began_at: float = field(default_factory=perf_counter)

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Add the error codes of a response."""
        self.codes += codes_of(answer.get("errors", ()))


class CoreAttempt(Protocol):
    """An attempt at a call to the core. `sent_at` is null until it is sent; moments are `perf_counter`'s seconds."""

    @property
    def service(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def began_at(self) -> float: ...
    @property
    def sent_at(self) -> float | None: ...


@dataclass(slots=True)
class CallResult:
    """How an attempt ended, and why when it failed."""

    outcome: str = "ok"
    reason: str = ""

    def failed(self, error: BaseException) -> None:
        """Take the outcome from the error: its own `outcome`, "broken" for a bug, "given_up" when it was cancelled."""
        self.outcome = getattr(error, "outcome", "broken") if isinstance(error, Exception) else "given_up"
        self.reason = getattr(error, "reason", "")


CURRENT: ContextVar[Operation | None] = ContextVar("operation", default=None)


def current() -> Operation | None:
    """Return the operation that this task works for."""
    return CURRENT.get()


def codes_of(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the `extensions.code` of a response's errors."""
    return [each["extensions"]["code"] for each in errors]


def outcome_of(codes: list[str]) -> str:
    """Return `ok`, or the worst outcome of the codes; `client` for all that are not in the table. Operations that were
    not executed are `refused`; those whose clients disconnected are `left`."""
    if not codes:
        return "ok"
    return next((outcome for code, outcome in OUTCOMES if code in codes), "client")
