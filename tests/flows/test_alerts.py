"""Alerts on the series of real servers, as these expose them: at the first event of a label, too."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import settings_for
from tests.servers import ROOT, Bff, Core, running_bff
from tests.services import program

pytestmark = pytest.mark.services

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
DUAN = "13800000001"
QUIET = 80
"""Scrapes before anything happens, a quarter of a minute each."""


def series(bff: Bff) -> dict[str, float]:
    """What /metrics has at this moment, by names and labels as PromQL writes them."""
    families = text_string_to_metric_families(generate_latest(bff.services.metrics.registry).decode())
    return {
        f"{each.name}{{{', '.join(f'{name}={json.dumps(value)}' for name, value in each.labels.items())}}}": each.value
        for family in families
        for each in family.samples
    }


def fired(folder: Path, before: dict[str, float], after: dict[str, float], alert: str, labels: dict[str, str]) -> None:
    """Fails unless the alert is quiet before, and has fired by the second scrape after."""
    (rule,) = [each for each in rules() if each["alert"] == alert]
    started = [{"series": name, "values": f"{_still(before.get(name))} {value}x10"} for name, value in after.items()]
    loud = {"exp_labels": {"severity": rule["labels"]["severity"], **labels}, "exp_annotations": told(rule, labels)}
    cases = [
        {"eval_time": f"{15 * (QUIET - 1)}s", "alertname": alert, "exp_alerts": []},
        {"eval_time": f"{15 * (QUIET + 1)}s", "alertname": alert, "exp_alerts": [loud]},
    ]
    test = {"interval": "15s", "input_series": started, "alert_rule_test": cases}
    file = folder / f"{alert}.json"  # JSON is YAML, too
    file.write_text(json.dumps({"rule_files": [str(ALERTS)], "evaluation_interval": "15s", "tests": [test]}), "utf-8")
    done = subprocess.run([program("promtool"), "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _still(value: float | None) -> str:
    """As many samples, or none."""
    return f"_x{QUIET}" if value is None else f"{value}x{QUIET - 1}"


def rules() -> Any:
    return yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"][0]["rules"]


def told(rule: Any, labels: dict[str, str]) -> dict[str, str]:
    summary = rule["annotations"]["summary"]
    for name, value in labels.items():
        summary = summary.replace("{{ $labels." + name + " }}", value)
    return {"summary": summary}


def test_the_first_message_that_a_core_refuses_is_told(core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(core, tmp_path, core_password="not-practice"), at_start=None) as bff:
        before = series(bff)
        bff.execute("{ faqs { question } }")
        fired(tmp_path, before, series(bff), "CoreRefusesMessages", {"service": "InformationService"})


def test_the_first_code_that_nobody_knows_is_told(fresh_core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(fresh_core, tmp_path)) as bff:
        token, before = bff.sign_in(DUAN), series(bff)
        with closing(sqlite3.connect(fresh_core.book)) as db, db:
            db.execute("UPDATE account SET GRZHZT = '77'")
        bff.data("query AccountInfo { me { account { status } } }", token=token)
        fired(tmp_path, before, series(bff), "CoreDataOdd", {"where": "A.6"})
