"""What the endpoint tells of the operations that it answered: by name, type and outcome, for any schema."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import generate_latest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from bff.errors import ApiErrorCode
from bff.observability.metrics import Metrics
from bff.observability.operation import OUTCOMES
from bff.observability.telemetry import Telemetry
from bff.server import operation_names
from tests.graphql.small import client_of
from tests.support.servers import OPERATIONS

Counted = dict[tuple[str, ...], float]


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry(Metrics.new(), frozenset({"Rate", "Ticks"}))


@pytest.fixture
def client(telemetry: Telemetry) -> TestClient:
    return client_of(telemetry)


@pytest.fixture
def hurried(telemetry: Telemetry) -> TestClient:
    return client_of(telemetry, request_timeout=0.2)


def ask(client: TestClient, query: str) -> Any:
    return client.post("/graphql", json={"query": query}).json()


def counted(metric: Any) -> Counted:
    """Label values and figure of a counter's series."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in metric.collect()
        for sample in family.samples
        if sample.name.endswith("_total") and sample.value
    }


@pytest.mark.parametrize(
    ("query", "series"),
    [
        ("query Rate { rate }", ("Rate", "query", "ok")),
        ("{ rate }", ("other", "query", "ok")),
        ("query Mine { rate }", ("other", "query", "ok")),
        ("query Rate { broken }", ("Rate", "query", "internal")),
        ("query Rate($year: Int!) { rate(year: $year) }", ("Rate", "query", "client")),
        ("query Rate { nothing }", ("other", "unknown", "refused")),
        ("query Rate {", ("other", "unknown", "refused")),
    ],
)
def test_an_operation_is_counted_by_name_type_and_outcome(
    query: str, series: tuple[str, ...], client: TestClient, telemetry: Telemetry
) -> None:
    ask(client, query)
    assert counted(telemetry.metrics.operations) == {series: 1.0}


def test_the_apps_own_operations_are_told_apart() -> None:
    assert set(OPERATIONS) <= operation_names.APP


def test_registered_documents_are_told_apart() -> None:
    assert operation_names.names_in(["query A { rate } mutation B { rate }", "{ rate }"]) == {"A", "B"}


def test_errors_are_counted_by_their_codes(client: TestClient, telemetry: Telemetry) -> None:
    ask(client, "{ broken }")
    ask(client, "{ rate broken }")
    ask(client, "{ nothing }")
    assert counted(telemetry.metrics.errors) == {("INTERNAL_ERROR",): 2.0, ("GRAPHQL_VALIDATION_FAILED",): 1.0}


def test_outcomes_are_told_by_codes_that_there_are() -> None:
    assert {code for code, _ in OUTCOMES} <= {*ApiErrorCode}


def test_a_thousand_names_make_no_more_series_than_one(client: TestClient, telemetry: Telemetry) -> None:
    ask(client, "query Mine { rate }")
    before = len(generate_latest(telemetry.metrics.registry).splitlines())
    with capture_logs():
        for number in range(1000):
            with telemetry.operation(f"Mine{number}", "query", uuid4().hex):
                pass
    assert len(generate_latest(telemetry.metrics.registry).splitlines()) == before
    assert counted(telemetry.metrics.operations) == {("other", "query", "ok"): 1001.0}


def test_a_request_is_one_line_in_the_log(client: TestClient) -> None:
    with capture_logs() as said:
        headers = {"X-Request-ID": "r-1"}
        client.post("/graphql", json={"query": "query Mine13800000006 { rate broken }"}, headers=headers)
    (line,) = [each for each in said if each["event"] == "request"]
    assert 0 < line.pop("ms") < 60_000
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "r-1",
        "operation": "other",
        "type": "query",
        "outcome": "internal",
        "codes": ["INTERNAL_ERROR"],
        "core_calls": 0,
    }


def test_the_time_of_an_operation_is_that_until_its_answer(hurried: TestClient, telemetry: Telemetry) -> None:
    ask(hurried, "query Rate { waiting }")
    assert counted(telemetry.metrics.operations) == {("Rate", "query", "timeout"): 1.0}
    value = telemetry.metrics.registry.get_sample_value
    assert value("bff_operation_seconds_count", {"operation": "Rate"}) == 1.0
    assert 0.2 <= (value("bff_operation_seconds_sum", {"operation": "Rate"}) or 0) < 60.0


def test_a_subscription_is_counted_while_it_is_open_and_when_it_ends(client: TestClient, telemetry: Telemetry) -> None:
    body = {"query": "subscription Ticks { ticks }"}
    answer = client.post("/graphql", json=body, headers={"Accept": "text/event-stream"})
    assert "event: complete" in answer.text
    assert counted(telemetry.metrics.operations) == {("Ticks", "subscription", "ok"): 1.0}
    assert telemetry.metrics.registry.get_sample_value("bff_subscriptions") == 0.0
    assert telemetry.metrics.registry.get_sample_value("bff_operation_seconds_count", {"operation": "Ticks"}) is None


def test_use_of_a_deprecated_field_is_counted_by_operations_not_by_places(
    client: TestClient, telemetry: Telemetry
) -> None:
    ask(client, "{ former again: former ...Part } fragment Part on Query { former rate }")
    ask(client, "{ former }")
    ask(client, "{ rate }")
    assert counted(telemetry.metrics.deprecated) == {("Query.former",): 2.0}
