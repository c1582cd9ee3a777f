"""Prometheus metrics of a process, declared in one place. Labels hold names from our own code, the core's contract and
the registered documents only: nothing that a client sent becomes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bff.observability import logging as logs

log = structlog.get_logger(__name__)

OTHER = "other"
"""In the place of an operation's name that is neither registered nor the app's own."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Metrics:
    """One set an application. Outcomes of operations are those of `bff.observability.operation.outcome_of`, of core
    calls the `outcome` of their errors; `read` is a row of the cache policy, or "response" for the response cache."""

    registry: CollectorRegistry
    connections: ConnectionMetrics
    operations: Counter
    operation_seconds: Histogram
    subscriptions: Gauge
    errors: Counter
    deprecated: Counter
    limited: Counter
    core_calls: Counter
    core_call_seconds: Histogram
    core_wait_seconds: Histogram
    core_in_flight: Gauge
    core_waiting: Gauge
    core_breaker_open: Gauge
    core_closed: Gauge
    oddities: Counter
    cache_reads: Counter
    unconfirmed: Gauge
    oldest_unconfirmed: Gauge
    missing: Gauge
    recovered: Counter
    reconciling_failures: Counter
    unknown_values: Counter
    security_events: Counter
    guesses_refused: Counter
    sms_over_budget: Counter
    hashes: Counter
    hashes_waiting: Gauge
    hashes_running: Gauge

    @classmethod
    def new(cls, error_codes: Iterable[str] = ()) -> Metrics:
        """Declare them. Errors of `error_codes` begin at 0, so that a first one can be seen as an increase."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(LogMetrics())
        connections = ConnectionMetrics()
        registry.register(connections)
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        seconds = partial(Histogram, registry=registry, buckets=SECONDS)
        by_service, by_call = ["service"], ["service", "operation"]
        errors = counter("bff_errors", "Entries of `errors` in answers, by `extensions.code`.", ["code"])
        for code in error_codes:
            errors.labels(str(code))
        unknown = counter(
            "bff_journal_unknown_values",
            "Values read from the journal that only a newer release knows, by place.",
            ["place"],
        )
        for place in ("status", "kind", "step", "refusal"):
            unknown.labels(place)
        return cls(
            registry=registry,
            connections=connections,
            operations=counter("bff_operations", "GraphQL operations that ended.", ["operation", "type", "outcome"]),
            operation_seconds=seconds(
                "bff_operation_seconds", "Time of queries and mutations, from validated to answered.", ["operation"]
            ),
            subscriptions=gauge("bff_subscriptions", "Subscriptions that are open."),
            errors=errors,
            deprecated=counter("bff_deprecated_fields", "Operations that asked for a deprecated field.", ["field"]),
            limited=counter("bff_limited", "Requests beyond a rate limit, by limit: see docs/security.md.", ["limit"]),
            core_calls=counter(
                "bff_core_calls", "Calls to the core, with those that were held back.", [*by_call, "outcome"]
            ),
            core_call_seconds=seconds("bff_core_call_seconds", "Time of calls that were sent to the core.", by_call),
            core_wait_seconds=seconds(
                "bff_core_wait_seconds", "Time that calls waited for a place before they were sent.", by_service
            ),
            core_in_flight=gauge("bff_core_in_flight", "Calls that the core is working on.", by_service),
            core_waiting=gauge("bff_core_waiting", "Calls that wait for a place.", by_service),
            core_breaker_open=gauge(
                "bff_core_breaker_open",
                "1 while the circuit breaker is open, until a call succeeds.",
                by_service,
            ),
            core_closed=gauge("bff_core_closed", "1 while a service is closed, as it said itself.", by_service),
            oddities=counter(
                "bff_core_oddities",
                "Unknown codes and odd values in the core's replies, by code table or element.",
                ["where"],
            ),
            cache_reads=counter(
                "bff_cache_reads",
                "Reads through the cache: hit (fresh), joined (another read's answer), miss (the core was asked), "
                "stale (the core was away) or error.",
                ["read", "result"],
            ),
            unconfirmed=gauge("bff_journal_unconfirmed", "Applications that wait to be confirmed, of all processes."),
            oldest_unconfirmed=gauge(
                "bff_journal_oldest_unconfirmed_seconds", "Age of the oldest of them; 0 when there is none."
            ),
            missing=gauge(
                "bff_journal_missing", "Applications that the core had accepted and no longer knows, of all processes."
            ),
            recovered=counter(
                "bff_journal_recovered", "Applications that the core had and the journal of a restored store had not."
            ),
            reconciling_failures=counter(
                "bff_reconciling_failures", "Rounds of the search for unconfirmed applications that failed."
            ),
            unknown_values=unknown,
            security_events=counter(
                "bff_security_events",
                "Sign-ins and other security events, by outcome: done, or the refusal's code.",
                ["event", "outcome"],
            ),
            guesses_refused=counter(
                "bff_guesses_refused", "Tries of a secret that were refused unseen: too many before.", ["secret"]
            ),
            sms_over_budget=counter(
                "bff_sms_over_budget", "Codes by SMS that were not sent: the budget for all phones was used up."
            ),
            hashes=counter("bff_password_hashes", "Password hashes that were computed."),
            hashes_waiting=gauge("bff_password_hashes_waiting", "Password hashes that wait for their turn."),
            hashes_running=gauge("bff_password_hashes_running", "Password hashes that are being computed."),
        )

    def count_response(self, result: str) -> None:
        """Count a look into the response cache: "hit" or "miss"."""
        self.cache_reads.labels("response", result).inc()

    def watch_connections(self, count: Callable[[], int], ended: Mapping[str, int]) -> None:
        """Take the figures of a server: its open connections, and those that it ended, by the reason."""
        self.connections.count, self.connections.ended = count, ended

    def set_unconfirmed(self, count: int, oldest: datetime | None, now: Callable[[], datetime]) -> None:
        """Set the gauges of the journal. The age grows until they are set again."""
        self.unconfirmed.set(count)
        self.oldest_unconfirmed.set_function(lambda: 0.0 if oldest is None else (now() - oldest).total_seconds())


@dataclass(slots=True, eq=False)
class ConnectionMetrics(Collector):
    """Metrics of the server that runs the application, once it is known."""

    count: Callable[[], int] = int
    ended: Mapping[str, int] = field(default_factory=dict)

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("bff_connections", "Connections of clients that are open.", self.count())
        ended = CounterMetricFamily(
            "bff_connections_ended",
            "Connections that the server ended or refused to keep to its bounds, by the reason.",
            labels=["reason"],
        )
        for reason, number in self.ended.items():
            ended.add_metric([reason], number)
        yield ended

    describe = collect


class LogMetrics(Collector):
    """Metrics of the process's log."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        lost = CounterMetricFamily(
            "bff_log_lines_dropped", "Lines that could not be written to the log, by the reason.", labels=["reason"]
        )
        for reason, lines in logs.dropped().items():
            lost.add_metric([reason], lines)
        yield lost
        yield CounterMetricFamily(
            "bff_log_lines_repeated", "Lines held back, since many like them had just been written.", logs.repeated()
        )

    describe = collect
