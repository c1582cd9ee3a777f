"""The alerts of deploy/: the rules in all files that its Prometheus loads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from pydantic import TypeAdapter

from tests.support.servers import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"


def rule_files() -> list[Path]:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yaml").read_text(encoding="utf-8"))
    return [PROMETHEUS / name for name in config["rule_files"]]


def rules_in(file: Path) -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(file.read_text(encoding="utf-8")).get("groups", ()):
        yield from group["rules"]


def alert_rules() -> dict[str, dict[str, Any]]:
    """By their names, in the order of the files."""
    return {rule["alert"]: rule for file in rule_files() for rule in rules_in(file)}


def seconds_for(rule: dict[str, Any]) -> float:
    """How long what a rule asks for has to last."""
    duration = TypeAdapter(timedelta).validate_python(f"PT{rule.get('for', '0s').upper()}")
    return duration.total_seconds()
