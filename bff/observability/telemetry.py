"""Metrics, log lines and spans for GraphQL operations and core calls. They hold names, times and outcomes, and nothing
that a client sent or that the core knows of a member."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import structlog
from structlog.contextvars import bind_contextvars, reset_contextvars

from bff.observability.metrics import OTHER, Metrics
from bff.observability.operation import CURRENT, SUBSCRIPTION, CallResult, CoreAttempt, Operation, current, outcome_of

log = structlog.stdlib.get_logger(__name__)
_LEVEL = logging.getLogger(__name__)

EXPECTED = ("ok", "rejected", "closed", "not_permitted", "given_up")
"""Outcomes of core calls that are logged at DEBUG only."""
NO_SPAN = nullcontext()


class Tracing(Protocol):
    """Spans; each has the outcome that its operation or call has at the end."""

    def operation(self, operation: Operation, traceparent: str) -> AbstractContextManager[None]: ...
    def core_call(self, attempt: CoreAttempt, result: CallResult) -> AbstractContextManager[None]: ...
    def headers(self) -> Mapping[str, str]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One of an application. `names` are the operations that have series of their own."""

    metrics: Metrics
    names: frozenset[str] = frozenset()
    tracing: Tracing | None = None

    @contextmanager
    def operation(self, name: str, kind: str, request_id: str, traceparent: str = "") -> Iterator[Operation]:
        """Observe an operation from its validation to the end of its response; the caller reports responses by
        `answered`. Of a query or mutation, log lines inside have the request ID."""
        operation = Operation(self._bounded(name), kind, request_id)
        end = self._begin(operation)
        try:
            with self.tracing.operation(operation, traceparent) if self.tracing else NO_SPAN:
                yield operation
                operation.outcome = outcome_of(operation.codes)
        finally:
            end()
            self._ended(operation, perf_counter() - operation.began_at)

    def refused(self, request_id: str, codes: list[str]) -> None:
        """Count and log a request that was not executed, whose operation is not known."""
        self._ended(Operation(OTHER, "unknown", request_id, codes=codes, outcome="refused"), 0.0)

    @contextmanager
    def core_call(self, attempt: CoreAttempt) -> Iterator[None]:
        """Observe one attempt at a call to the core."""
        result = CallResult()
        try:
            with self.tracing.core_call(attempt, result) if self.tracing else NO_SPAN:
                try:
                    yield
                except BaseException as error:
                    result.failed(error)
                    raise
        finally:
            self._called(attempt, result)

    def core_headers(self) -> Mapping[str, str]:
        """Return headers of a call to the core: the request's ID, by which its operators find the call in their log,
        and the trace."""
        traced = self.tracing.headers() if self.tracing else {}
        return {**traced, "X-Request-ID": operation.request_id} if (operation := current()) else traced

    def _begin(self, operation: Operation) -> Callable[[], None]:
        """Return what ends it. The steps of a subscription run in different tasks, so it is no task's operation."""
        if operation.kind == SUBSCRIPTION:
            self.metrics.subscriptions.inc()
            return self.metrics.subscriptions.dec
        token, bound = CURRENT.set(operation), bind_contextvars(request_id=operation.request_id)

        def end() -> None:
            CURRENT.reset(token)
            reset_contextvars(**bound)
            self.metrics.operation_seconds.labels(operation.name).observe(perf_counter() - operation.began_at)

        return end

    def _bounded(self, name: str) -> str:
        return name if name in self.names else OTHER

    def _ended(self, operation: Operation, seconds: float) -> None:
        self.metrics.operations.labels(operation.name, operation.kind, operation.outcome).inc()
        for code in operation.codes:
            self.metrics.errors.labels(code).inc()
        more = {"codes": sorted(set(operation.codes))} if operation.codes else {}
        log.info(
            "request",
            request_id=operation.request_id,
            operation=operation.name,
            type=operation.kind,
            outcome=operation.outcome,
            ms=_ms(seconds),
            core_calls=operation.core_calls,
            **more,
        )

    def _called(self, attempt: CoreAttempt, result: CallResult) -> None:
        service, operation, now = attempt.service, attempt.operation, perf_counter()
        self.metrics.core_calls.labels(service, operation, result.outcome).inc()
        if attempt.sent_at is not None:
            self.metrics.core_wait_seconds.labels(service).observe(attempt.sent_at - attempt.began_at)
            self.metrics.core_call_seconds.labels(service, operation).observe(now - attempt.sent_at)
            if (asking := current()) is not None:
                asking.core_calls += 1
        expected = result.outcome in EXPECTED
        if expected and not _LEVEL.isEnabledFor(logging.DEBUG):
            return  # structlog takes ten times as long to find that out
        write = log.debug if expected else log.warning
        write(
            "core_call",
            service=service,
            operation=operation,
            outcome=result.outcome,
            ms=_ms(now - attempt.began_at),
            sent=attempt.sent_at is not None,
            **({"reason": result.reason} if result.reason else {}),
        )


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)
