"""The files in deploy/: alerts that fire when they should, and nothing in them that the server does not have."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from bff.errors import ApiErrorCode
from bff.network.connections import REASONS
from bff.observability.metrics import Metrics
from tests.support.alert_rules import PROMETHEUS, alert_rules, rule_files, rules_in
from tests.support.servers import ROOT
from tests.support.services import program

ELSEWHERE = {"up", "process_cpu_seconds_total", "process_resident_memory_bytes"}
"""Series that are not declared by us."""
NAME = re.compile(r"\b((?:bff|process)_\w+|up)\b(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
FROM_THE_SCRAPE = {"job", "instance", "le"}


def alerts() -> list[dict[str, Any]]:
    return list(alert_rules().values())


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
    return [each for each in dashboard["panels"] if each["type"] != "row"]


def expressions() -> Iterator[str]:
    yield from (each["expr"] for each in alerts())
    yield from (target["expr"] for each in panels() for target in each["targets"])


@pytest.fixture(scope="module")
def series() -> dict[str, set[str]]:
    """Label names by the series' name, of all that the server declares."""
    found: dict[str, set[str]] = {}
    metrics = Metrics.new(ApiErrorCode)
    metrics.watch_connections(int, dict.fromkeys(REASONS, 0))
    for collector, names in metrics.registry._collector_to_names.items():
        labels = set(getattr(collector, "_labelnames", ()))
        labels |= {name for family in collector.collect() for sample in family.samples for name in sample.labels}
        found |= dict.fromkeys(names, labels)
    return found


def test_expressions_name_only_series_that_exist(series: dict[str, set[str]]) -> None:
    named = {found[1] for each in expressions() for found in NAME.finditer(each)}
    assert named - ELSEWHERE <= series.keys()
    assert len(named) > 15


def test_expressions_match_and_group_by_labels_that_exist(series: dict[str, set[str]]) -> None:
    for each in expressions():
        known = set(FROM_THE_SCRAPE)
        for found in NAME.finditer(each):
            labels = series.get(found[1], set()) | FROM_THE_SCRAPE
            assert set(re.findall(r"(\w+)(?:=|!)", found[2] or "")) <= labels, each
            known |= labels
        assert {name.strip() for group in GROUPED.findall(each) for name in group.split(",")} <= known, each


def test_every_figure_is_on_the_dashboard(series: dict[str, set[str]]) -> None:
    shown = {found[1] for each in panels() for target in each["targets"] for found in NAME.finditer(target["expr"])}
    declared = {re.sub(r"_(total|bucket|sum|count|created)$", "", each) for each in series if each.startswith("bff_")}
    assert declared == {re.sub(r"_(total|bucket)$", "", each) for each in shown if each.startswith("bff_")}


def test_titles_and_summaries_are_in_english_and_chinese() -> None:
    texts = [each["annotations"]["summary"] for each in alerts()] + [each["title"] for each in panels()]
    assert [each for each in texts if not re.search(r"[a-z].*[\u4e00-\u9fff]", each)] == []


def test_every_alert_says_in_chinese_what_to_do() -> None:
    texts = [each["annotations"]["description"] for each in alerts()]
    assert [each for each in texts if not each.endswith("。") or not re.search(r"[\u4e00-\u9fff]{4}", each)] == []
    assert len({*texts}) == len(texts)


@pytest.mark.parametrize("name", ["watch.md", "watch.zh.md"])
def test_every_alert_has_its_place_on_the_page_that_says_what_to_do(name: str) -> None:
    page = (ROOT / "docs" / "how-to" / name).read_text(encoding="utf-8")
    assert set(re.findall(r"^### (\w+)$", page, re.MULTILINE)) == {each["alert"] for each in alerts()}


def test_every_rule_is_loaded_under_a_name_of_its_own() -> None:
    files = [each for each in sorted(PROMETHEUS.glob("*.yaml")) if any(rules_in(each))]
    assert files == sorted(rule_files())
    assert sum(1 for each in files for _ in rules_in(each)) == len(alerts()) > 15
    mounts = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]["prometheus"]["volumes"]
    assert {f"./prometheus/{each.name}:/etc/prometheus/{each.name}:ro" for each in files} <= set(mounts)


def test_every_alert_is_tried() -> None:
    tried = (PROMETHEUS / "alerts.test.yaml").read_text(encoding="utf-8")
    fired = {
        case["alertname"]
        for test in yaml.safe_load(tried)["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert fired == {each["alert"] for each in alerts()}


@pytest.mark.services
@pytest.mark.parametrize(
    "command", [("check", "config", "prometheus.yaml"), ("test", "rules", "alerts.test.yaml")], ids=" ".join
)
def test_prometheus_takes_the_files(command: tuple[str, ...]) -> None:
    done = subprocess.run([program("promtool"), *command], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.services
def test_prometheus_understands_the_dashboard(tmp_path: Path) -> None:
    texts = [target["expr"] for each in panels() for target in each["targets"]]
    rules = [
        {"record": f"panel:{number}", "expr": text.replace("$__rate_interval", "5m")}
        for number, text in enumerate(texts)
    ]
    file = tmp_path / "rules.json"  # JSON is YAML, too
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    done = subprocess.run([program("promtool"), "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(texts)} rules found" in done.stdout


@pytest.mark.services
def test_logs_are_rotated_while_they_are_written(tmp_path: Path) -> None:
    rules = (ROOT / "deploy" / "logrotate" / "bff").read_text().replace("/var/lib/bff", str(tmp_path))
    file, log = tmp_path / "rules", tmp_path / "8011.log"
    file.write_text(rules.replace("size 100M", "size 1"))
    file.chmod(0o644)
    with log.open("a", buffering=1) as written:  # as a shell's >> opens it
        for number in range(6):
            written.write(f"line {number}\n")
            command = [program("logrotate"), "--state", str(tmp_path / "state"), str(file)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            assert log.read_text() == ""
    kept = sorted(tmp_path.glob("8011.log.*.gz"))
    assert [gzip.decompress(each.read_bytes()) for each in kept] == [b"line %d\n" % number for number in (5, 4, 3, 2)]
