"""Spans of what a server does: one an operation, one a call to the core, and the core is told whose call it is."""

from __future__ import annotations

import gzip
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from bff.app import TRACES_TO, tracing_of_environment
from bff.legacy.instrumentation import CallInstrumentation
from bff.observability.metrics import Metrics
from bff.observability.telemetry import Telemetry
from bff.observability.tracing import OpenTelemetryTracing
from tests.conftest import settings_for
from tests.legacy.conftest import playing, recorded
from tests.support.servers import OPERATIONS, Bff, Core, running_bff

DUAN = "13800000001"
BALANCE = "query AccountInfo { me { account { balance { total } } } }"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "who=13800000001", "baggage": "who=13800000001"}


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(spans: InMemorySpanExporter) -> OpenTelemetryTracing:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return OpenTelemetryTracing(provider)


@contextmanager
def signed_in(tracing: OpenTelemetryTracing, core: Core, folder: Path, **more: object) -> Iterator[tuple[Bff, str]]:
    with running_bff(settings_for(core, folder, **more), tracing=tracing) as bff:
        yield bff, bff.sign_in(DUAN)


def ask(bff: Bff, token: str, **headers: str) -> Any:
    headers |= {"Authorization": f"Bearer {token}", "X-Request-ID": "r-1"}
    return bff.client.post("/graphql", json={"query": BALANCE}, headers=headers).json()


def said(found: Sequence[ReadableSpan]) -> list[tuple[str, dict[str, Any]]]:
    return [(each.name, dict(each.attributes or {})) for each in found]


def test_an_operation_and_its_call_to_the_core_are_a_span_each(
    fresh_core: Core, tmp_path: Path, spans: InMemorySpanExporter, tracing: OpenTelemetryTracing
) -> None:
    with signed_in(tracing, fresh_core, tmp_path) as (bff, token):
        spans.clear()
        ask(bff, token, **HEADERS)
        call, operation = spans.get_finished_spans()
    names = {"graphql.operation.name": "AccountInfo", "graphql.operation.type": "query", "bff.request_id": "r-1"}
    rpc = {"rpc.system": "soap", "rpc.service": "CollectionService", "rpc.method": "QueryAccount"}
    assert said((operation, call)) == [
        ("query AccountInfo", {**names, "bff.outcome": "ok"}),
        ("CollectionService/QueryAccount", {**rpc, "bff.outcome": "ok"}),
    ]
    assert operation.parent is not None
    assert (f"{operation.parent.trace_id:032x}", f"{operation.parent.span_id:016x}") == (TRACE, PARENT)
    assert call.parent == operation.context
    assert not operation.context.trace_state


def test_a_call_by_way_of_the_cache_belongs_to_the_operation_that_needed_it(
    fresh_core: Core, tmp_path: Path, spans: InMemorySpanExporter, tracing: OpenTelemetryTracing
) -> None:
    with signed_in(tracing, fresh_core, tmp_path, cache=True) as (bff, token):
        spans.clear()
        ask(bff, token)
        ask(bff, token)
        call, first, second = spans.get_finished_spans()
    assert call.parent == first.context
    assert first.context.trace_id != second.context.trace_id


def test_a_failure_is_an_outcome_and_no_message(
    fresh_core: Core, tmp_path: Path, spans: InMemorySpanExporter, tracing: OpenTelemetryTracing
) -> None:
    with signed_in(tracing, fresh_core, tmp_path, core_retry_share=0) as (bff, token):
        spans.clear()
        fresh_core.break_("*", "fault")
        ask(bff, token)
        call, operation = spans.get_finished_spans()
    assert [(each.attributes or {})["bff.outcome"] for each in (call, operation)] == ["fault", "core"]
    assert [each.status.is_ok for each in (call, operation)] == [False, False]
    assert [(each.status.description, each.events) for each in (call, operation)] == [(None, ()), (None, ())]


def test_a_subscription_is_a_span_for_as_long_as_it_is_open(
    fresh_core: Core, tmp_path: Path, spans: InMemorySpanExporter, tracing: OpenTelemetryTracing
) -> None:
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": "0" * 32}}
    with signed_in(tracing, fresh_core, tmp_path) as (bff, token):
        spans.clear()
        headers = {**HEADERS, "Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        assert "event: complete" in bff.client.post("/graphql", json=body, headers=headers).text
        # The core is asked for an ID that the journal does not know.
        call, subscription = spans.get_finished_spans()
    assert call.name.endswith("QueryApplications")
    assert (subscription.name, (subscription.attributes or {})["bff.outcome"]) == (
        "subscription ApplicationProgress",
        "client",
    )
    assert f"{subscription.context.trace_id:032x}" == TRACE


async def test_the_core_is_told_the_trace_and_nothing_else(
    spans: InMemorySpanExporter, tracing: OpenTelemetryTracing
) -> None:
    telemetry = Telemetry(Metrics.new(), tracing=tracing)
    async with playing(
        recorded("account_good.xml"), CallInstrumentation(telemetry.core_call, telemetry.core_headers)
    ) as (core, played):
        with telemetry.operation("AccountInfo", "query", "r-1", HEADERS["traceparent"]):
            await core.account.account("990140300001")
    (call, _) = spans.get_finished_spans()
    head = played.requests[0].partition(b"\r\n\r\n")[0].decode()
    assert re.findall(r"(?mi)^(traceparent|tracestate|baggage): (\S+)", head) == [
        ("traceparent", f"00-{TRACE}-{call.context.span_id:016x}-01")
    ]


@pytest.mark.parametrize("parent", ["", "00-zz-zz-01", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "段小梅"])
def test_a_parent_that_is_none_starts_a_new_trace(
    parent: str, spans: InMemorySpanExporter, tracing: OpenTelemetryTracing
) -> None:
    with Telemetry(Metrics.new(), tracing=tracing).operation("AccountInfo", "query", "r-1", parent):
        pass
    assert [each.parent for each in spans.get_finished_spans()] == [None]


def test_without_an_endpoint_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in TRACES_TO:
        monkeypatch.delenv(each, raising=False)
    assert tracing_of_environment() is None


def test_with_an_endpoint_and_without_the_extra_the_server_says_so_and_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "bff.observability.tracing", None)
    with capture_logs() as said:
        assert tracing_of_environment() is None
    assert [each["event"] for each in said] == ["traces_need_an_extra"]


def test_spans_are_sent_to_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as (url, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        tracing = tracing_of_environment()
        assert tracing is not None
        with Telemetry(Metrics.new(), frozenset({"AccountInfo"}), tracing).operation("AccountInfo", "query", "r-1"):
            pass
        tracing.close()
    ((path, body),) = received
    assert path == "/v1/traces"
    assert b"query AccountInfo" in body
    assert b"gjj-bff" in body


@contextmanager
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Takes what is posted to it."""
    received: list[tuple[str, bytes]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()
