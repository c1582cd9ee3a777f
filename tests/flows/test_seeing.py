"""What an operator sees of a running server: figures at /metrics, on a port that members cannot reach."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select
from structlog.testing import capture_logs

from bff.applications import journal
from bff.cli.dev_members import register_practice_people
from bff.observability.metrics import Metrics
from bff.observability.metrics_server import serve_metrics
from bff.rules.application_kinds import ApplicationKind
from bff.services import Services, open_services
from bff.store import tables
from tests.conftest import settings_for
from tests.support.servers import ROOT, Bff, Core, running_bff
from tests.support.services import free_port

NOW = datetime(2018, 10, 25, 9, 0, tzinfo=UTC)
DUAN = "13800000001"
BALANCE = "query AccountInfo { me { account { balance { total } } } }"
WRONG = {"username": DUAN, "loginPassword": "Wrong-Rain-8"}


@contextmanager
def watched(core: Core, folder: Path, **more: object) -> Iterator[tuple[Bff, Figures]]:
    with running_bff(settings_for(core, folder, **more)) as bff:
        yield bff, Figures(bff.services.metrics)


class Figures:
    """Series of /metrics as it is at the moment, by name and labels."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def __call__(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


def test_an_operation_its_core_call_and_its_cache_are_counted(fresh_core: Core, tmp_path: Path) -> None:
    with watched(fresh_core, tmp_path, cache=True) as (bff, figure):
        token = bff.sign_in(DUAN)
        for _ in range(3):
            bff.data(BALANCE, token=token)
        account = {"service": "CollectionService", "operation": "QueryAccount"}
        assert figure("bff_operations_total", operation="AccountInfo", type="query", outcome="ok") == 3.0
        assert figure("bff_core_calls_total", outcome="ok", **account) == 1.0
        assert figure("bff_core_call_seconds_count", **account) == 1.0
        assert figure("bff_cache_reads_total", read="account", result="miss") == 1.0
        assert figure("bff_cache_reads_total", read="response", result="hit") == 2.0
        assert figure("bff_security_events_total", event="sign in", outcome="done") == 1.0


def test_a_stale_answer_and_an_open_circuit_breaker_are_seen(fresh_core: Core, tmp_path: Path) -> None:
    more = {
        "cache": True,
        "cache_fresh_at_most": 0,
        "core_breaker_failures": 2,
        "core_breaker_seconds": 60,
        "core_retry_share": 0,
    }
    with watched(fresh_core, tmp_path, **more) as (bff, figure):
        token = bff.sign_in(DUAN)
        bff.data(BALANCE, token=token)
        assert figure("bff_core_breaker_open", service="CollectionService") == 0.0
        fresh_core.break_("*", "html502")
        for _ in range(3):
            bff.data(BALANCE, token=token)
        account = {"service": "CollectionService", "operation": "QueryAccount"}
        assert figure("bff_core_breaker_open", service="CollectionService") == 1.0
        assert figure("bff_core_breaker_open", service="LoanService") == 0.0
        assert figure("bff_core_calls_total", outcome="bad_reply", **account) == 2.0
        assert figure("bff_core_calls_total", outcome="not_permitted", **account) == 1.0
        assert figure("bff_core_call_seconds_count", **account) == 3.0
        assert figure("bff_cache_reads_total", read="account", result="stale") == 3.0


def test_a_closed_core_is_no_outage(fresh_core: Core, tmp_path: Path) -> None:
    with watched(fresh_core, tmp_path, core_closed_pause=60) as (bff, figure):
        token = bff.sign_in(DUAN)
        fresh_core.break_("*", "closed")
        bff.execute(BALANCE, token=token)
        assert figure("bff_core_closed", service="CollectionService") == 1.0
        assert figure("bff_core_breaker_open", service="CollectionService") == 0.0
        assert figure("bff_operations_total", operation="AccountInfo", type="query", outcome="core") == 1.0
        assert figure("bff_errors_total", code="CORE_CLOSED") == 1.0


@pytest.mark.usefixtures("standing_count")
def test_wrong_sign_ins_and_guesses_that_came_too_fast_are_counted_each(fresh_core: Core, tmp_path: Path) -> None:
    with watched(fresh_core, tmp_path) as (bff, figure):
        answers = [bff.data("SignIn", {"input": WRONG})["signIn"]["userErrors"][0]["code"] for _ in range(9)]
        wrong, refused = (float(answers.count(each)) for each in ("WRONG_CREDENTIALS", "TOO_MANY_ATTEMPTS"))
        assert wrong + refused == 9.0
        assert refused > 1.0
        assert figure("bff_security_events_total", event="sign in", outcome="WRONG_CREDENTIALS") == wrong
        assert figure("bff_security_events_total", event="sign in", outcome="TOO_MANY_ATTEMPTS") == refused
        assert figure("bff_guesses_refused_total", secret="login password") == refused
        assert figure("bff_password_hashes_running") == figure("bff_password_hashes_waiting") == 0.0


def test_a_code_that_nobody_knows_is_counted_by_its_table(fresh_core: Core, tmp_path: Path) -> None:
    with watched(fresh_core, tmp_path) as (bff, figure):
        token = bff.sign_in(DUAN)
        with sqlite3.connect(fresh_core.book) as db:
            db.execute("UPDATE account SET GRZHZT = '77'")
        db.close()
        bff.data("query AccountInfo { me { account { status } } }", token=token)
        assert figure("bff_core_oddities_total", where="A.6") == 1.0


async def test_the_journals_count_and_the_age_of_its_oldest_are_seen(core: Core, tmp_path: Path) -> None:
    clock = [NOW]
    async with open_services(settings_for(core, tmp_path), lambda: clock[0]) as services:
        await register_practice_people(services)
        await services.reconciler.count_unconfirmed()
        assert _journal(services) == (0.0, 0.0)
        await journal.add(services.store, await _application(services, DUAN), NOW, NOW)
        clock[0] += timedelta(minutes=2)
        await journal.add(services.store, await _application(services, "13800000002"), clock[0], clock[0])
        await services.reconciler.count_unconfirmed()
        clock[0] += timedelta(minutes=3)
        assert _journal(services) == (2.0, 300.0)


def _journal(services: Services) -> tuple[float | None, float | None]:
    value = services.metrics.registry.get_sample_value
    return value("bff_journal_unconfirmed"), value("bff_journal_oldest_unconfirmed_seconds")


async def _application(services: Services, phone: str) -> journal.New:
    async with services.store.read() as db:
        query = select(tables.member.c.id).where(tables.member.c.phone == phone)
        member = (await db.execute(query)).scalar_one()
    return journal.New(member, "990100000001", uuid4().hex, "", ApplicationKind.PROPERTY_FEE, Decimal(100), {})


def test_figures_are_on_a_port_of_their_own(fresh_core: Core, tmp_path: Path) -> None:
    with said_by_serve(fresh_core, tmp_path) as (url, said):
        (port,) = ports_in(said)
        assert httpx2.get(f"{url}/metrics", timeout=60, trust_env=False).status_code == 404
        httpx2.post(f"{url}/graphql", json={"query": "query Outlets { __typename }"}, timeout=60, trust_env=False)
        assert scraped(port)["bff_operations_total", "Outlets", "ok", "query"] == 1.0


def test_what_is_logged_of_a_call_to_the_core_has_its_requests_id(fresh_core: Core, tmp_path: Path) -> None:
    fresh_core.break_("*", "html502")
    with said_by_serve(fresh_core, tmp_path) as (url, said):
        ports_in(said)
        body = {"query": "query Faqs { faqs { question } }"}
        httpx2.post(f"{url}/graphql", json=body, headers={"X-Request-ID": "r-1"}, timeout=60, trust_env=False)
        lines = lines_to(said, "request")
    named = ("event", "request_id", "operation", "outcome")
    assert [tuple(line[name] for name in named) for line in lines if line["event"] in ("core_call", "request")] == [
        ("core_call", "r-1", "QueryFaqs", "bad_reply"),
        ("core_call", "r-1", "QueryFaqs", "bad_reply"),
        ("request", "r-1", "Faqs", "core"),
    ]


def test_each_of_two_processes_has_its_own_figures(fresh_core: Core, tmp_path: Path) -> None:
    with said_by_serve(fresh_core, tmp_path, "--workers", "2") as (url, said):
        first, second = ports_in(said, 2)
        for _ in range(20):
            httpx2.post(f"{url}/graphql", json={"query": "query Outlets { __typename }"}, timeout=60, trust_env=False)
        key = ("bff_operations_total", "Outlets", "ok", "query")
        assert scraped(first).get(key, 0.0) + scraped(second).get(key, 0.0) == 20.0
    assert first != second


def test_processes_take_the_ports_from_the_one_that_is_set_on() -> None:
    with ExitStack() as stack:
        port = _free_pair(stack)
        found = [stack.enter_context(serve_metrics(Metrics.new().registry, "127.0.0.1", port, 2)) for _ in range(2)]
        assert found == [port, port + 1]
        with capture_logs() as said, serve_metrics(Metrics.new().registry, "127.0.0.1", port, 2) as third:
            assert third is None
        assert [(each["event"], each["ports"]) for each in said] == [("metrics_not_listening", [port, port + 1])]
    with serve_metrics(Metrics.new().registry, "127.0.0.1", port, 2) as again:
        assert again == port  # which free_port still holds


def _free_pair(held: ExitStack) -> int:
    """A port that is free, and the next one, too. They stay bound here, as those of `free_port`."""
    while True:
        port, after = free_port(), held.enter_context(socket.socket())
        after.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            after.bind(("127.0.0.1", port + 1))
            return port


@contextmanager
def said_by_serve(core: Core, folder: Path, *options: str) -> Iterator[tuple[str, IO[str]]]:
    """`bff serve` on free ports, its address, and what it says."""
    port = free_port()
    environment = os.environ | {"BFF_PORT": str(port), "BFF_METRICS_PORT": "0", "BFF_DATA_DIR": str(folder)}
    environment |= {"BFF_CORE_URL": core.url, "BFF_PASSWORD_MEMORY_KIB": "64"}
    command = [str(Path(sys.executable).with_name("bff")), "serve", *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        yield f"http://127.0.0.1:{port}", process.stderr
    finally:
        process.terminate()
        process.communicate()


def ports_in(said: IO[str], processes: int = 1) -> list[int]:
    """Of so many processes, when all of them are ready."""
    found: list[int] = []
    for line in said:
        if (event := json.loads(line))["event"] == "metrics_listening":
            found.append(event["port"])
        if len(found) == processes and "startup complete" in line:
            return found
    raise AssertionError("the server ended")


def lines_to(said: IO[str], event: str) -> list[dict[str, Any]]:
    """Of the log, up to the first of these."""
    found: list[dict[str, Any]] = []
    for line in said:
        found.append(json.loads(line))
        if found[-1]["event"] == event:
            break
    return found


def scraped(port: int) -> dict[tuple[str, ...], float]:
    """Figures by the series' name and label values, in the order of the labels' names."""
    text = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=60, trust_env=False).text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
