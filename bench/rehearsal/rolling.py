"""Releases under load behind nginx: the same one anew, a newer one that adds to the tables, and back again."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic
from uuid import uuid4

from bench.rehearsal.stage import DUAN, PATIENCE, Stage, status
from bench.results import Result
from tests.processes.asking import FINE, asked_meanwhile
from tests.support.releases import later, wheel
from tests.support.servers import ROOT, Bff
from tests.support.serving import until

ENOUGH = 50
"""Requests during a roll, at least, or it shows nothing."""


def rehearse(stage: Stage) -> list[Result]:
    present, newer = wheel(ROOT, stage.folder / "present"), wheel(later(stage.folder / "tree"), stage.folder / "newer")
    stage.start_services()
    for port in stage.servers.ports:
        start(stage, port, present)
    bff = stage.client(stage.start_nginx().url)
    token = bff.sign_in(DUAN.phone)
    results = [
        rolled(stage, bff, token, ("a roll", "the same wheel", present)),
        rolled(stage, bff, token, ("a roll to a newer release", "a wheel with one migration more", newer)),
    ]
    made = apply(bff, token)
    results.append(rolled(stage, bff, token, ("a rollback", "the older wheel on the newer tables", present)))
    return [*results, looked_at(bff, token, made), told_of_newer_tables(stage)]


def start(stage: Stage, port: int, release: Path) -> None:
    stage.servers.start_bff(port, PYTHONPATH=str(release))
    until(lambda: status(f"http://127.0.0.1:{port}/readyz") == 200, PATIENCE)


def rolled(stage: Stage, bff: Bff, token: str, roll: tuple[str, str, Path]) -> Result:
    """One process after the other, without a pause, while members ask."""
    name, tried, release = roll
    begun = monotonic()
    with asked_meanwhile(bff.url, token) as answers:
        for port in stage.servers.ports:
            stage.servers.terminate(port)
            start(stage, port, release)
    return judged(name, tried, answers, monotonic() - begun)


def judged(name: str, tried: str, answers: dict[str, int], seconds: float) -> Result:
    failed = {answer: count for answer, count in answers.items() if answer != FINE}
    asked, held = sum(answers.values()), not failed and answers.get(FINE, 0) >= ENOUGH
    figure = f"{sum(failed.values())} of {asked} requests failed in {seconds:.0f} s {failed or ''}".strip()
    return Result(name, tried, figure, f"0 failed of {ENOUGH} or more", held)


def apply(bff: Bff, token: str) -> dict[str, str]:
    asked = {"input": {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}}
    payload = bff.data("ApplyPropertyFeeWithdrawal", asked, token)["applyPropertyFeeWithdrawal"]
    made: dict[str, str] = payload["application"]
    return made


def looked_at(bff: Bff, token: str, made: dict[str, str]) -> Result:
    found = bff.data("ApplicationRecord", {"id": made["id"]}, token)["me"]["application"]
    again = found["status"] if found else "unknown"
    tried, figure = "an application that the newer release took", f"{made['status']}, then {again}"
    return Result("after the rollback", tried, figure, "the same", made["status"] == again == "ACCEPTED")


def told_of_newer_tables(stage: Stage) -> Result:
    """That the older release ran on them is not taken for granted."""
    logs = [(stage.folder / f"{port}.log").read_text().splitlines() for port in stage.servers.ports]
    events = [json.loads(line) for log in logs for line in log if line.startswith("{")]
    told = sum(each["event"] == "store_is_newer" for each in events)
    return Result("", "its log", f"{told} of 2 processes say that the tables are newer", "2", told == 2)
