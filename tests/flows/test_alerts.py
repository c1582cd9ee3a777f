"""Every alert on series of real servers, at the first event of a label and at the first look at a process, too."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from bff.legacy.errors import CoreError
from bff.observability import logging as logs
from tests.conftest import settings_for
from tests.flows.applying import DUAN, apply
from tests.support.alert_rules import alert_rules, rule_files, seconds_for
from tests.support.servers import OPERATIONS, Bff, Clock, Core, copy_book, running_bff
from tests.support.services import free_port, program
from tests.support.serving import serving, until

pytestmark = pytest.mark.services

RULES = alert_rules()
SCRAPE = 15
QUIET = 80
"""Scrapes before anything happens: more than what the rules look back."""
TARGET = {"job": "gjj-bff", "instance": "a:9464"}
"""What a scrape adds to every series."""
NAME = re.compile(r"\b((?:bff|process)_\w+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(!?[=~]~?)"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
BALANCE = OPERATIONS["AccountInfo"]

Series = dict[str, float]


@dataclass
class Scene:
    """What a server exposed before and after something, by alert; with the labels that the alert is told with. Of what
    `goes_on`, counters grow by as much in each scrape that follows."""

    seen: dict[str, tuple[dict[str, str], Series, Series]] = field(default_factory=dict)
    goes_on: set[str] = field(default_factory=set)

    def shows(self, alert: str, before: Series, after: Series, *, goes_on: bool = False, **labels: str) -> None:
        self.seen[alert] = labels, before, after
        if goes_on:
            self.goes_on.add(alert)


def exposed(text: str) -> Series:
    """Names and labels as PromQL writes them."""
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return {"up" + _labels({}): 1.0} | {each.name + _labels(each.labels): each.value for each in samples}


def series(bff: Bff) -> Series:
    return exposed(generate_latest(bff.services.metrics.registry).decode())


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}={json.dumps(value)}" for name, value in {**labels, **TARGET}.items()) + "}"


def the_core_is_gone(core: Core, folder: Path, scene: Scene) -> None:
    more = {"core_breaker_seconds": 0.01, "core_retry_share": 0}
    with running_bff(settings_for(core, folder, **more)) as bff:
        token, before = bff.sign_in(DUAN), series(bff)
        core.stop()
        for _ in range(8):
            bff.execute(BALANCE, token=token)
        after = series(bff)
    scene.shows("CoreDown", before, after, goes_on=True)
    scene.shows("CoreBreakerOpen", before, after, service="CollectionService")
    scene.shows("OperationsFail", before, after, goes_on=True)
    gone = {name: 0.0 if name.startswith("up{") else value for name, value in after.items()}
    scene.shows("BffDown", after, gone, instance=TARGET["instance"])


def the_core_is_slow(core: Core, folder: Path, scene: Scene) -> None:
    more = {"core_max_concurrency": 1, "core_timeout": 60, "request_timeout": 60}
    with running_bff(settings_for(core, folder, **more)) as bff, ThreadPoolExecutor() as threads:
        token, before = bff.sign_in(DUAN), series(bff)
        core.break_("QueryAccount", "delay", ms=3200)
        asked = [threads.submit(bff.execute, BALANCE, None, token) for _ in range(2)]
        waits = until(lambda: while_calls_wait(bff))
        assert ["errors" in each.result() for each in asked] == [False, False]
        after = series(bff)
    scene.shows("CoreCallsWait", before, waits, goes_on=True, service="CollectionService")
    scene.shows("CoreSlow", before, after, goes_on=True, service="CollectionService")
    scene.shows("OperationsSlow", before, after, goes_on=True)


def while_calls_wait(bff: Bff) -> Series:
    """Empty as long as none does."""
    found = series(bff)
    return found if any(value for name, value in found.items() if name.startswith("bff_core_waiting{")) else {}


def the_core_refuses_messages(core: Core, folder: Path, scene: Scene) -> None:
    with running_bff(settings_for(core, folder, core_password="not-practice"), at_start=None) as bff:
        before = series(bff)
        bff.execute("{ faqs { question } }")
        scene.shows("CoreRefusesMessages", before, series(bff), service="InformationService")


def the_core_sends_a_code_that_nobody_knows(core: Core, folder: Path, scene: Scene) -> None:
    with running_bff(settings_for(core, folder)) as bff:
        token, before = bff.sign_in(DUAN), series(bff)
        with closing(sqlite3.connect(core.book)) as db, db:
            db.execute("UPDATE account SET GRZHZT = '77'")
        bff.data("query AccountInfo { me { account { status } } }", token=token)
        scene.shows("CoreDataOdd", before, series(bff), where="A.6")


def an_application_is_not_confirmed(core: Core, folder: Path, scene: Scene) -> None:
    clock = Clock()
    with running_bff(settings_for(core, folder, confirm_every=0.1), now=clock) as bff:
        token, before = bff.sign_in(DUAN), series(bff)
        broken = [{"operation": each, "kind": "fault"} for each in ("QueryApplication", "QueryApplications")]
        core.control("PUT", "faults", [{"operation": "SubmitApplication", "kind": "lost_reply"}, *broken])
        made = apply(bff, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
        assert made["status"] == "CONFIRMING"
        clock.move(minutes=3)
        until(lambda: value_of(series(bff), "bff_journal_oldest_unconfirmed_seconds") >= 180)
        scene.shows("ApplicationUnconfirmed", before, series(bff))
        clock.move(minutes=13)
        scene.shows("ApplicationStuck", before, series(bff))


def value_of(found: Series, name: str) -> float:
    return found[name + _labels({})]


def the_core_has_lost_an_application(core: Core, folder: Path, scene: Scene) -> None:
    with running_bff(settings_for(core, folder, confirm_every=0.1, follow_every=0.2)) as bff:
        token, before = bff.sign_in(DUAN), series(bff)
        older = copy_book(core.book, folder / "older.sqlite3")
        apply(bff, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")
        with closing(sqlite3.connect(older)) as backup, closing(sqlite3.connect(core.book)) as book:
            backup.backup(book)
        until(lambda: value_of(series(bff), "bff_journal_missing") == 1)
        scene.shows("ApplicationMissing", before, series(bff))


def the_store_takes_nothing(core: Core, folder: Path, scene: Scene) -> None:
    logs.configure("WARNING", "json")  # structlog's pictures of exceptions would take longer than all else
    with running_bff(settings_for(core, folder, confirm_every=0.1)) as bff:
        token, before = bff.sign_in(DUAN), series(bff)
        with read_only(bff):
            bff.execute("SignIn", {"input": {"username": DUAN, "loginPassword": "Practice-2018"}})
        scene.shows("StoreFails", before, series(bff), instance=TARGET["instance"])
        rename(folder, "application", "elsewhere")
        bff.execute("ApplicationRecords", {"first": 5}, token)
        until(lambda: value_of(series(bff), "bff_reconciling_failures_total") > 0)
        scene.shows("InternalErrors", before, series(bff))
        scene.shows("ReconcilingFails", before, series(bff))
        rename(folder, "elsewhere", "application")


@contextmanager
def read_only(bff: Bff) -> Iterator[None]:
    def limit(connection: Any, *_: Any) -> None:
        connection.cursor().execute("PRAGMA query_only = ON")

    def lift(connection: Any, *_: Any) -> None:
        connection.cursor().execute("PRAGMA query_only = OFF")

    engine = bff.services.store.engine.sync_engine
    event.listen(engine, "checkout", limit)
    yield
    event.remove(engine, "checkout", limit)
    event.listen(engine, "checkout", lift)


def rename(folder: Path, table: str, to: str) -> None:
    with closing(sqlite3.connect(folder / "bff.sqlite3", timeout=20)) as db, db:
        db.execute(f"ALTER TABLE {table} RENAME TO {to}")


def passwords_are_guessed_at(core: Core, folder: Path, scene: Scene) -> None:
    more = {
        "sms_codes_an_hour": 1,
        "password_hashes_at_once": 1,
        "password_memory_kib": 32768,
        "password_iterations": 3,
    }
    with running_bff(settings_for(core, folder, trusted_proxies="127.0.0.1", **more), at_start=None) as bff:
        before = series(bff)
        for number in (1, 2):
            asked = {"input": {"phone": f"1380000000{number}", "purpose": "REGISTER"}}
            bff.execute("RequestSmsCode", asked, address=f"203.0.113.{number}")
        scene.shows("SmsBudgetUsedUp", before, series(bff))
        waiting = asyncio.run(while_many_sign_in(bff))
        scene.shows("PasswordHashesWait", before, waiting, goes_on=True, instance=TARGET["instance"])
        for _ in range(30):
            bff.execute("SignIn", {"input": {"username": DUAN, "loginPassword": "Wrong-Rain-8"}}, address="203.0.113.9")
        after = series(bff)
    scene.shows("SignInsFail", before, after, goes_on=True)
    scene.shows("GuessesRefused", before, after, goes_on=True, secret="login password")


async def while_many_sign_in(bff: Bff) -> Series:
    """Of sixty, each under a name of its own from a network of its own."""

    async def sign_in(client: aiohttp.ClientSession, number: int) -> None:
        asked = {"input": {"username": f"199000000{number}", "loginPassword": "Wrong-Rain-8"}}
        body, headers = {"query": OPERATIONS["SignIn"], "variables": asked}, {"X-Forwarded-For": f"198.51.100.{number}"}
        async with client.post(f"{bff.url}/graphql", json=body, headers=headers) as answer:
            await answer.read()

    def waits() -> Series | None:
        found = series(bff)
        return found if value_of(found, "bff_password_hashes_waiting") > 32 else None

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        signing_in = [asyncio.create_task(sign_in(client, 10 + number)) for number in range(60)]
        found = await asyncio.to_thread(until, waits)
        await asyncio.gather(*signing_in)
    assert found is not None
    return found


def the_log_s_disk_is_full(core: Core, folder: Path, scene: Scene) -> None:
    port = free_port()
    with open("/dev/full", "wb") as full, serving(core, folder, log_to=full.fileno(), metrics_port=port):
        text = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=60, trust_env=False).text
    scene.shows("LogLinesDropped", {}, exposed(text), instance=TARGET["instance"], reason="write_failed")


SCENES: dict[Callable[[Core, Path, Scene], None], set[str]] = {
    the_core_is_gone: {"BffDown", "CoreDown", "CoreBreakerOpen", "OperationsFail"},
    the_core_is_slow: {"CoreCallsWait", "CoreSlow", "OperationsSlow"},
    the_core_refuses_messages: {"CoreRefusesMessages"},
    the_core_sends_a_code_that_nobody_knows: {"CoreDataOdd"},
    an_application_is_not_confirmed: {"ApplicationUnconfirmed", "ApplicationStuck"},
    the_core_has_lost_an_application: {"ApplicationMissing"},
    the_store_takes_nothing: {"StoreFails", "InternalErrors", "ReconcilingFails"},
    passwords_are_guessed_at: {"SmsBudgetUsedUp", "PasswordHashesWait", "SignInsFail", "GuessesRefused"},
    the_log_s_disk_is_full: {"LogLinesDropped"},
}
RATES = {"CoreDown", "CoreSlow", "CoreCallsWait", "OperationsFail", "OperationsSlow"}
RATES |= {"SignInsFail", "GuessesRefused", "PasswordHashesWait"}
"""That judge how much happens, for which it has to go on. One event is enough for all others."""


def test_every_alert_has_its_scene() -> None:
    assert set().union(*SCENES.values()) == RULES.keys()


@pytest.mark.parametrize("play", SCENES, ids=lambda play: play.__name__)
def test_alerts_fire_on_what_a_real_server_exposes(
    play: Callable[[Core, Path, Scene], None], fresh_core: Core, tmp_path: Path
) -> None:
    scene = Scene()
    play(fresh_core, tmp_path / "bff", scene)
    assert (set(scene.seen), scene.goes_on) == (SCENES[play], SCENES[play] & RATES)
    for alert, (labels, before, after) in scene.seen.items():
        assert_named(alert, after)
        beginnings = [before] if alert == "BffDown" else [before, {}]
        tests = [case(alert, labels, beginning, after, alert in scene.goes_on) for beginning in beginnings]
        run_rules(tmp_path / f"{alert}.json", tests)


def case(alert: str, labels: Mapping[str, str], before: Series, after: Series, goes_on: bool) -> dict[str, Any]:
    """Quiet before, and loud by the second scrape after it, or after ten minutes of it, and the rule's `for`."""
    asked = "".join(f",{name}={json.dumps(value)}" for name, value in labels.items())
    loud = SCRAPE * (QUIET + 1) + seconds_for(RULES[alert]) + (600 if goes_on else 0)
    fires = f'count(ALERTS{{alertname="{alert}",alertstate="firing"{asked}}}) or vector(0)'
    return {
        "interval": f"{SCRAPE}s",
        "input_series": [written(name, before.get(name), value, goes_on) for name, value in after.items()],
        "promql_expr_test": [
            {"expr": fires, "eval_time": f"{when:.0f}s", "exp_samples": [{"labels": "{}", "value": value}]}
            for when, value in ((SCRAPE * (QUIET - 1), 0), (loud, 1))
        ],
    }


def written(name: str, before: float | None, after: float, goes_on: bool) -> dict[str, str]:
    counts = re.search(r"_(total|count|sum|bucket)\{", name)
    step = after - (before or 0.0) if goes_on and counts else 0.0
    still = f"_x{QUIET}" if before is None else f"{before}x{QUIET - 1}"
    return {"series": name, "values": f"{still} {after}+{step}x120"}


def run_rules(file: Path, tests: list[dict[str, Any]]) -> None:
    rules = [str(each) for each in rule_files()]
    file.write_text(json.dumps({"rule_files": rules, "evaluation_interval": f"{SCRAPE}s", "tests": tests}), "utf-8")
    done = subprocess.run([program("promtool"), "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def assert_named(alert: str, after: Series) -> None:
    """That the server has every series which the rule names, with its labels; of values that have to be equal, one."""
    rule, known = RULES[alert], set(TARGET)
    found = [(name.partition("{")[0], dict(re.findall(r'(\w+)="([^"]*)"', name))) for name in after]
    for name, matchers in NAME.findall(rule["expr"]):
        labels = [each for series_name, each in found if series_name == name]
        assert labels, f"{alert}: {name}"
        known |= labels[0].keys()
        for label, operator, value in MATCHER.findall(matchers):
            assert label in labels[0], f"{alert}: {name}, {label}"
            assert operator[0] == "!" or any(re.fullmatch(value, each[label]) for each in labels), f"{alert}: {value}"
    named = {each.strip() for group in GROUPED.findall(rule["expr"]) for each in group.split(",")}
    named |= set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert named <= known, alert


def core_errors(of: type[CoreError] = CoreError) -> Iterator[type[CoreError]]:
    for each in of.__subclasses__():
        yield each
        yield from core_errors(each)


def test_rules_name_outcomes_of_core_calls_that_there_are() -> None:
    text = " ".join(rule["expr"] for rule in RULES.values())
    named = {
        value
        for name, matchers in NAME.findall(text)
        for label, _, values in MATCHER.findall(matchers)
        if (name, label) == ("bff_core_calls_total", "outcome")
        for value in values.split("|")
    }
    assert named <= {*(each.outcome for each in core_errors()), "given_up"}
    assert len(named) > 5
