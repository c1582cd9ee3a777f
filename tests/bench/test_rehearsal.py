"""The rehearsal tries every alert, and tells what did not hold."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import httpx2
import pytest
import yaml  # type: ignore[import-untyped]

from bench.rehearsal import alerts, first_day, flood, rolling, starting
from bench.rehearsal.__main__ import rehearse
from bench.rehearsal.faults import FAULTS
from bench.rehearsal.monitoring import delivered, webhook
from bench.rehearsal.stage import Stage
from bench.results import Result, report
from tests.processes.asking import FINE
from tests.processes.proxy import Nginx
from tests.support.alert_rules import PROMETHEUS, alert_rules


def test_a_subject_that_breaks_does_not_hold_and_one_that_cannot_be_tried_is_left_out() -> None:
    def breaking(_: Stage) -> list[Result]:
        raise SystemExit("a server did not start")

    def lacking(_: Stage) -> list[Result]:
        pytest.skip("no such program")

    assert [(name, each.held) for name, each in rehearse("rolling", breaking, short=True)] == [("rolling", False)]
    assert rehearse("first-day", lacking, short=True) == []


def test_every_alert_has_a_fault_of_its_own() -> None:
    assert sorted(name for each in FAULTS for name in each.alerts) == sorted(alert_rules())


def test_alerts_that_need_not_be_told_are_those_that_the_delivered_file_holds_back() -> None:
    (rule,) = yaml.safe_load((PROMETHEUS / "alertmanager.yaml").read_text(encoding="utf-8"))["inhibit_rules"]
    (source,), (target,) = ([re.sub(r'^alertname=~?"|"$', "", one) for one in each] for each in rule.values())
    assert source == "CoreDown"
    together = {name for each in FAULTS if source in each.alerts for name in each.alerts}
    assert {name for name in together if re.fullmatch(target, name)} == set(alerts.TOLD_ONCE)
    informing = {name for name, each in alert_rules().items() if each["labels"]["severity"] == "info"}
    assert informing == set(alerts.TOLD_LATER)


@pytest.mark.parametrize(
    ("name", "fired", "told", "held"),
    [
        ("BffDown", 75.0, 90.0, True),
        ("BffDown", 75.0, None, False),
        ("BffDown", None, None, False),
        ("CoreDataOdd", 15.0, None, True),
        ("CoreBreakerOpen", None, None, False),
    ],
)
def test_an_alert_has_to_fire_and_to_be_told(name: str, fired: float | None, told: float | None, held: bool) -> None:
    assert alerts.judged((name, "a fault"), 60, fired, told).held == held


@pytest.mark.parametrize(
    ("ended", "said", "held"),
    [(2, "BFF_PORT: in use", True), (2, "Traceback", False), (1, "BFF_PORT", False), (None, "/readyz 200", False)],
)
def test_a_start_that_has_to_end_ends_with_its_status_and_a_reason(ended: int | None, said: str, held: bool) -> None:
    assert starting.judged(starting.Case("a free port", {}, "BFF_PORT", 2), ended, said, 1).held == held


@pytest.mark.parametrize(
    ("ended", "said", "held"), [(None, "/readyz 200, store ok", True), (None, "", False), (78, "store ok", False)]
)
def test_a_start_that_has_to_work_is_ready(ended: int | None, said: str, held: bool) -> None:
    assert starting.judged(starting.Case("the core", {}, "store ok"), ended, said, 1).held == held


@pytest.mark.parametrize(
    ("answers", "held"), [({FINE: 50}, True), ({FINE: 49}, False), ({FINE: 300, "502 {}": 1}, False), ({}, False)]
)
def test_a_roll_holds_when_many_asked_and_none_failed(answers: dict[str, int], held: bool) -> None:
    assert rolling.judged("a roll", "", answers, 1).held == held


PAGE = """
```console
# set -a
# cat > there <<'END'
# no command
END
# curl \\
    there
{"status":"ready",…
```
and
```console
# for each in 1 2; do
    echo $each
  done
```
"""


def test_the_commands_of_a_page_are_found_with_what_they_show() -> None:
    found = list(first_day.commands_in(PAGE))
    assert [each.name for each in found] == ["set -a", "cat > there <<'END'", "curl \\", "for each in 1 2; do"]
    assert [each.typed.count("\n") for each in found] == [0, 2, 1, 2]
    assert [each.shown for each in found] == [[], [], ['{"status":"ready",…'], []]


@pytest.mark.parametrize(
    ("status", "said", "held"),
    [("0", 'a  b\n{"c":1}', [True, True]), ("1", 'a b\n{"c":1}', [False, True]), ("0", 'a b\n{"d":1}', [True, False])],
)
def test_a_command_has_to_work_and_to_say_what_the_page_shows(status: str, said: str, held: list[bool]) -> None:
    command = first_day.Command("ls", ["a b", '{"c":…', "…"], said, status)
    assert [each.held for each in first_day.judged([command])] == held


def test_a_command_that_was_not_reached_does_not_hold() -> None:
    assert not first_day.judged([first_day.Command("ls")])[0].held


def test_an_nginx_that_is_dead_does_not_hold(tmp_path: Path) -> None:
    dead = Nginx("http://127.0.0.1:1", tmp_path, "", "")
    result = flood.judged("", Counter({"200": 900}), dead, 20)
    assert not result.held
    assert "is dead" in result.figure


def test_what_is_told_is_known_by_its_fault_and_name() -> None:
    with webhook() as hook:
        for name in ("BffDown", "BffDown", "CoreDown"):
            httpx2.post(f"{hook.url}/7", json={"alerts": [{"labels": {"alertname": name}}]}, trust_env=False)
    assert hook.told.keys() == {("7", "BffDown"), ("7", "CoreDown")}


def test_a_delivered_file_that_has_changed_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no longer has"):
        delivered("prometheus.yaml", tmp_path, {"bff-9:9464": "127.0.0.1:1"})


def test_a_table_in_which_something_did_not_hold_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = (Result("a", "b", "c", "d", held) for held in (True, False))
    assert (report([("x", good)]), report([("x", good), ("y", bad)])) == (0, 1)
    assert "**not held**" in capsys.readouterr().out
