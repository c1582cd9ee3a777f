"""Spans by OpenTelemetry, an extra: one an operation and one a call to the core. Their attributes are names, outcomes
and the request ID; no document, no variable, no message."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from bff.legacy.instrumentation import CallAttempt

if TYPE_CHECKING:
    from bff.observability.telemetry import Operation

# Its tracestate and baggage are what a client likes to write there: they go no further.
PARENT = TraceContextTextMapPropagator()
FINE = ("ok", "client", "rejected", "closed")


@dataclass(frozen=True, slots=True)
class Traces:
    provider: TracerProvider

    @contextmanager
    def operation(self, operation: Operation, traceparent: str) -> Iterator[dict[str, str]]:
        """Who is inside tells the `outcome`. `traceparent` is the caller's, empty for none."""
        parent = PARENT.extract({"traceparent": traceparent}, Context())
        with self._span(_name(operation), SpanKind.SERVER, _attributes(operation), parent) as outcome:
            yield outcome

    @contextmanager
    def subscription(self, operation: Operation, traceparent: str) -> Iterator[dict[str, str]]:
        """The same for as long as it is open. Its steps run in different tasks, so calls to the core have spans of
        their own."""
        parent = PARENT.extract({"traceparent": traceparent}, Context())
        tracer = self.provider.get_tracer("bff")
        span = tracer.start_span(_name(operation), parent, SpanKind.SERVER, _attributes(operation))
        told: dict[str, str] = {}
        try:
            yield told
        finally:
            _tell(span, told["outcome"])
            span.end()

    @contextmanager
    def core_call(self, attempt: CallAttempt) -> Iterator[dict[str, str]]:
        """The same; the span has the time before the call was sent, too."""
        attributes = {"rpc.system": "soap", "rpc.service": attempt.service, "rpc.method": attempt.operation}
        with self._span(f"{attempt.service}/{attempt.operation}", SpanKind.CLIENT, attributes, None) as outcome:
            yield outcome

    def headers(self) -> Mapping[str, str]:
        """What tells the core whose call this is."""
        carrier: dict[str, str] = {}
        PARENT.inject(carrier)
        return carrier

    @contextmanager
    def _span(
        self, name: str, kind: SpanKind, attributes: Mapping[str, str], parent: Context | None
    ) -> Iterator[dict[str, str]]:
        tracer = self.provider.get_tracer("bff")
        # Exceptions quote what people typed.
        with tracer.start_as_current_span(
            name, parent, kind, attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            told: dict[str, str] = {}
            try:
                yield told
            finally:
                _tell(span, told["outcome"])


def _name(operation: Operation) -> str:
    return f"{operation.kind} {operation.name}"


def _attributes(operation: Operation) -> dict[str, str]:
    return {
        "graphql.operation.name": operation.name,
        "graphql.operation.type": operation.kind,
        "bff.request_id": operation.request_id,
    }


def _tell(span: Span, outcome: str) -> None:
    span.set_attribute("bff.outcome", outcome)
    if outcome not in FINE:
        span.set_status(StatusCode.ERROR)


def exporting() -> Traces:
    """To where OpenTelemetry's own variables say, by OTLP over HTTP, from a thread of its own."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "gjj-bff")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider)
