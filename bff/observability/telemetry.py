"""What is seen of operations and of calls to the core: for each a figure, a line in the log and, where traces are on,
a span. They say names, times and outcomes; nothing that a person typed or that the core knows of one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

import structlog
from structlog.contextvars import bind_contextvars, reset_contextvars

from bff.errors import ProblemCode
from bff.legacy import errors as core
from bff.legacy.instrumentation import CallAttempt, CallInstrumentation
from bff.observability.metrics import OTHER, Metrics

if TYPE_CHECKING:
    from bff.observability.tracing import Traces

log = structlog.stdlib.get_logger(__name__)
_SAYS = logging.getLogger(__name__)

CORE_OUTCOMES: Mapping[type[BaseException], str] = {
    core.CoreRejected: "rejected",
    core.CoreClosed: "closed",
    core.CoreCallNotPermitted: "held_back",
    core.CoreUnreachable: "unreachable",
    core.CoreTimeout: "timeout",
    core.CoreBadReply: "bad_reply",
    core.CoreBadData: "bad_data",
    core.CoreFault: "fault",
    core.CoreRefusedMessage: "refused_message",
    core.CoreBusy: "busy",
}
"""Beside "ok", "given_up" (nobody waited any more) and "broken" (a bug of ours)."""
CORE_AWAY = frozenset({ProblemCode.CORE_UNAVAILABLE, ProblemCode.CORE_CLOSED, ProblemCode.CORE_TIMEOUT})
EXPECTED = ("ok", "rejected", "closed", "held_back", "given_up")
"""Outcomes of calls that are no news at INFO."""


@dataclass(slots=True)
class Operation:
    """One that is being answered. `core_calls` counts those that ended for it, each retry as one."""

    name: str
    kind: str
    request_id: str
    core_calls: int = 0
    codes: list[str] = field(default_factory=list)
    began_at: float = field(default_factory=perf_counter)

    def answered(self, answer: Mapping[str, Any]) -> None:
        self.codes += codes_of(answer.get("errors", ()))


_current: ContextVar[Operation | None] = ContextVar("operation", default=None)


def current() -> Operation | None:
    """What this task works for."""
    return _current.get()


def codes_of(errors: Any) -> list[str]:
    """`extensions.code` of a response's errors."""
    return [each["extensions"]["code"] for each in errors]


def outcome_of(codes: list[str]) -> str:
    """`ok`, or the worst of its errors: `internal` for a bug, `timeout`, `store` or `core` when that failed, else
    `client`. Operations that were not executed are `refused`; those whose clients hung up are `left`."""
    if not codes:
        return "ok"
    if ProblemCode.INTERNAL_ERROR in codes:
        return "internal"
    if ProblemCode.TIMEOUT in codes:
        return "timeout"
    if ProblemCode.STORE_UNAVAILABLE in codes:
        return "store"
    if not CORE_AWAY.isdisjoint(codes):
        return "core"
    return "client"


@dataclass(frozen=True, slots=True)
class Watch:
    """One an application. `names` are the operations that are told apart."""

    metrics: Metrics
    names: frozenset[str] = frozenset()
    traces: Traces | None = None

    @contextmanager
    def operation(self, name: str, kind: str, request_id: str, traceparent: str = "") -> Iterator[Operation]:
        """Around a query or a mutation; whoever runs it tells what was `answered`. Whatever is logged meanwhile has
        its request ID."""
        operation = Operation(self._bounded(name), kind, request_id)
        token, bound = _current.set(operation), bind_contextvars(request_id=request_id)
        outcome = "left"  # unless it comes to its end
        span = self.traces.operation(operation, traceparent) if self.traces else _no_span()
        try:
            with span as attributes:
                try:
                    yield operation
                    outcome = outcome_of(operation.codes)
                finally:
                    attributes["outcome"] = outcome
        finally:
            _current.reset(token)
            reset_contextvars(**bound)
            seconds = perf_counter() - operation.began_at
            self.metrics.operation_seconds.labels(operation.name).observe(seconds)
            self._ended(operation, outcome, seconds)

    @contextmanager
    def subscription(self, name: str, request_id: str, traceparent: str = "") -> Iterator[Operation]:
        """The same around a subscription, whose steps run in different tasks."""
        operation = Operation(self._bounded(name), "subscription", request_id)
        self.metrics.subscriptions.inc()
        outcome = "left"
        span = self.traces.subscription(operation, traceparent) if self.traces else _no_span()
        try:
            with span as attributes:
                try:
                    yield operation
                    outcome = outcome_of(operation.codes)
                finally:
                    attributes["outcome"] = outcome
        finally:
            self.metrics.subscriptions.dec()
            self._ended(operation, outcome, perf_counter() - operation.began_at)

    def refused(self, request_id: str, codes: list[str]) -> None:
        """A request that was not executed, nor looked at closely enough to have a name."""
        operation = Operation(OTHER, "unknown", request_id, codes=codes)
        self._ended(operation, "refused", 0.0)

    def _bounded(self, name: str) -> str:
        return name if name in self.names else OTHER

    def _ended(self, operation: Operation, outcome: str, seconds: float) -> None:
        self.metrics.operations.labels(operation.name, operation.kind, outcome).inc()
        for code in operation.codes:
            self.metrics.errors.labels(code).inc()
        more = {"codes": sorted(set(operation.codes))} if operation.codes else {}
        log.info(
            "request",
            request_id=operation.request_id,
            operation=operation.name,
            type=operation.kind,
            outcome=outcome,
            ms=_ms(seconds),
            core_calls=operation.core_calls,
            **more,
        )

    def watching(self) -> CallInstrumentation:
        """For the gateways."""
        return CallInstrumentation(self.core_call, self._headers)

    def _headers(self) -> Mapping[str, str]:
        """By the request's ID the core's operators find its calls in their log."""
        traced = self.traces.headers() if self.traces else {}
        return {**traced, "X-Request-ID": working_for.request_id} if (working_for := current()) else traced

    @contextmanager
    def core_call(self, attempt: CallAttempt) -> Iterator[None]:
        """Around one attempt at a call."""
        outcome, reason = "ok", ""
        span = self.traces.core_call(attempt) if self.traces else _no_span()
        try:
            with span as attributes:
                try:
                    yield
                except BaseException as error:
                    outcome, reason = core_outcome_of(error), getattr(error, "reason", "")
                    raise
                finally:
                    attributes["outcome"] = outcome
        finally:
            self._called(attempt, outcome, reason)

    def _called(self, attempt: CallAttempt, outcome: str, reason: str) -> None:
        service, operation, now = attempt.service, attempt.operation, perf_counter()
        self.metrics.core_calls.labels(service, operation, outcome).inc()
        if attempt.sent_at is not None:
            self.metrics.core_wait_seconds.labels(service).observe(attempt.sent_at - attempt.began_at)
            self.metrics.core_call_seconds.labels(service, operation).observe(now - attempt.sent_at)
            if (asking := current()) is not None:
                asking.core_calls += 1
        expected = outcome in EXPECTED
        if expected and not _SAYS.isEnabledFor(logging.DEBUG):
            return  # to find that out costs structlog ten times as much
        say = log.debug if expected else log.warning
        say(
            "core_call",
            service=service,
            operation=operation,
            outcome=outcome,
            ms=_ms(now - attempt.began_at),
            sent=attempt.sent_at is not None,
            **({"reason": reason} if reason else {}),
        )


def _no_span() -> AbstractContextManager[dict[str, str]]:
    return nullcontext({})


def core_outcome_of(error: BaseException) -> str:
    if isinstance(error, Exception):
        return CORE_OUTCOMES.get(type(error), "broken")
    return "given_up"


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)
