"""Spans by OpenTelemetry, an extra: one an operation and one a call to the core. Their attributes are names, outcomes
and the request ID; no document, no variable, no message."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, StatusCode, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from bff.observability.operation import SUBSCRIPTION, CallResult, CoreAttempt, Operation

# Tracestate and baggage are whatever a client writes there: they go no further.
PARENT = TraceContextTextMapPropagator()
FINE = ("ok", "client", "rejected", "closed")
"""Outcomes of spans that are no errors."""


@dataclass(frozen=True, slots=True)
class OpenTelemetryTracing:
    provider: TracerProvider

    @contextmanager
    def operation(self, operation: Operation, traceparent: str) -> Iterator[None]:
        """Open an operation's span. `traceparent` is the caller's, empty for none. The steps of a subscription run in
        different tasks, so its span is not the current one, and calls to the core have traces of their own."""
        parent = PARENT.extract({"traceparent": traceparent}, Context())
        name = f"{operation.kind} {operation.name}"
        span = self.provider.get_tracer("bff").start_span(name, parent, SpanKind.SERVER, _attributes(operation))
        try:
            with nullcontext() if operation.kind == SUBSCRIPTION else _current(span):
                yield
        finally:
            _end(span, operation.outcome)

    @contextmanager
    def core_call(self, attempt: CoreAttempt, result: CallResult) -> Iterator[None]:
        """Open a call's span, which has the time before the call was sent, too."""
        attributes = {"rpc.system": "soap", "rpc.service": attempt.service, "rpc.method": attempt.operation}
        name = f"{attempt.service}/{attempt.operation}"
        span = self.provider.get_tracer("bff").start_span(name, None, SpanKind.CLIENT, attributes)
        try:
            with _current(span):
                yield
        finally:
            _end(span, result.outcome)

    def headers(self) -> Mapping[str, str]:
        """Return the headers that propagate the current span."""
        carrier: dict[str, str] = {}
        PARENT.inject(carrier)
        return carrier

    def close(self) -> None:
        """Export what is left."""
        self.provider.shutdown()


def _current(span: Span) -> AbstractContextManager[Span]:
    # Exceptions quote what people typed.
    return use_span(span, record_exception=False, set_status_on_exception=False)


def _attributes(operation: Operation) -> dict[str, str]:
    return {
        "graphql.operation.name": operation.name,
        "graphql.operation.type": operation.kind,
        "bff.request_id": operation.request_id,
    }


def _end(span: Span, outcome: str) -> None:
    span.set_attribute("bff.outcome", outcome)
    if outcome not in FINE:
        span.set_status(StatusCode.ERROR)
    span.end()


def otlp_tracing() -> OpenTelemetryTracing:
    """Export by OTLP over HTTP, from a thread of its own, to where OpenTelemetry's variables say."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "gjj-bff")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OpenTelemetryTracing(provider)
