"""A release is rolled out or back: the wheel of this one runs on tables and rows that a newer one wrote."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Executable, insert, select, text, update

from bff.applications.submission import input_hash
from bff.rules.application_kinds import ApplicationKind
from bff.store.database import Store, latest_revision
from bff.store.tables import application, member
from tests.conftest import on_each_database, settings_for
from tests.support.releases import later, wheel
from tests.support.servers import ROOT, Bff, Core, running_bff
from tests.support.serving import serving, until

DUAN = "13800000001"
NOW = datetime.now(UTC)
STEPS = [
    {"status": "CONFIRMING", "at": "2018-10-25T01:00:00+00:00", "note": None},
    {"status": "FORWARDED", "at": "2018-10-25T01:00:01.000001+00:00", "note": "已转分中心", "by": {"branch": "7"}},
]
REFUSED = {"code": "BRANCH_CLOSED", "message": "该网点已撤并，请到市中心办理。", "branch": "7"}
RAW = text("SELECT *, CAST(history AS TEXT) AS steps FROM application ORDER BY key")


@pytest.fixture(scope="module")
def present(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel(ROOT, tmp_path_factory.mktemp("present"))


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("newer")
    return wheel(later(folder / "tree"), folder)


def test_a_wheel_has_each_file_of_server_and_practice_core_and_nothing_else(present: Path) -> None:
    packages = ("bff", "sandbox")
    assert sorted(path.name.partition("-")[0] for path in present.iterdir()) == ["bff", "bin", "gjj_bff", "sandbox"]
    for name in packages:
        assert files_of(present / name) == files_of(ROOT / name)
    assert "server/graphiql/static/index.html" in files_of(present / "bff")
    assert "schema/failures.toml" in files_of(present / "bff")


def files_of(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in found if not any(part.startswith((".", "__pycache__")) for part in path.parts)}


def ran(url: str, *statements: Executable) -> list[Any]:
    """The rows of the last one."""

    async def run() -> list[Any]:
        store = await Store.open(url)
        async with store.write() as db:
            rows = [(await db.execute(each)) for each in statements][-1]
            found = list(rows.mappings()) if rows.returns_rows else []
        await store.close()
        return found

    return asyncio.run(run())


def written_by_a_newer_release(url: str) -> None:
    """Beside the one application that the core has accepted: one in a stage of a later release, and one refused."""
    ((asked,),) = (found.values() for found in ran(url, select(member.c.id).where(member.c.phone == DUAN)))
    row = {"member_id": asked, "account_number": "1", "amount": "1500.00", "entered": {"floors": [1, 2]}, "checks": 0}
    row |= {"submitted_at": NOW, "history": STEPS, "next_check_at": NOW, "input_hash": "", "reference": None}
    fee = input_hash(ApplicationKind.PROPERTY_FEE, {"expectedAmount": "1500.00"})
    ran(
        url,
        update(application).values(status="CONFIRMING", kind="ELEVATOR", history=STEPS, next_check_at=NOW),
        insert(application).values(
            {**row, "id": "held", "serial": "held", "key": "1", "kind": "RENT", "status": "HELD"}
        ),
        insert(application).values(
            {**row, "id": "no", "serial": "no", "key": "2", "kind": "PROPERTY_FEE", "status": "REFUSED"}
            | {"input_hash": fee, "refusal": REFUSED, "next_check_at": None}
        ),
    )


@on_each_database
def test_rows_of_a_newer_release_are_shown_confirmed_and_kept(
    fresh_core: Core, tmp_path: Path, database: str, present: Path, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(fresh_core, tmp_path / "bff", database_url=database)
    with running_bff(settings) as bff:
        made = _apply(bff, bff.sign_in(DUAN), "0")["application"]
    migrate = [str(Path(sys.executable).with_name("bff")), "migrate"]
    environment = os.environ | {"PYTHONPATH": str(newer), "BFF_DATABASE_URL": settings.store_url}
    subprocess.run(migrate, env=environment, check=True)
    written_by_a_newer_release(settings.store_url)
    before = ran(settings.store_url, RAW)

    monkeypatch.setenv("PYTHONPATH", str(present))
    chosen = {"database_url": database, "confirm_every": 0.1, "metrics_port": 0}
    with serving(fresh_core, tmp_path / "bff", by_command=True, **chosen) as served:
        (line,) = (each for each in served.events() if each["event"] == "store_is_newer")
        assert (line["tables"], line["code"]) == ("9999", latest_revision())
        assert served.client.get("/readyz").json()["store"] == "ok"
        token = served.sign_in(DUAN)
        until(lambda: _record(served, token, made["id"])["status"] == "ACCEPTED")
        listed = served.data("ApplicationRecords", {"first": 5}, token)["me"]["applications"]
        shown = {each["node"]["id"]: each["node"] for each in listed["edges"]}
        assert (listed["totalCount"], set(shown)) == (2, {made["id"], "held"})
        assert (shown["held"]["kind"], shown["held"]["status"]) == ("RENT", "UNKNOWN")
        confirmed = shown[made["id"]]
        assert (confirmed["kind"], confirmed["reference"]) == ("UNKNOWN", made["reference"])
        assert [step["status"] for step in confirmed["history"]] == ["CONFIRMING", "UNKNOWN", "ACCEPTED"]
        assert confirmed["history"][1]["note"] == "已转分中心"
        (error,) = _apply(served, token, "2")["userErrors"]
        assert (error["code"], error["message"]) == ("REFUSED_BY_CORE", REFUSED["message"])
        counted = _counted(served)
    assert all(counted[place] > 0 for place in ("status", "kind", "step", "refusal")), counted

    after = ran(settings.store_url, RAW)
    assert after[1:] == before[1:]
    assert (after[0]["kind"], after[0]["branch"], after[0]["status"]) == ("ELEVATOR", "1", "ACCEPTED")
    assert after[0]["steps"].startswith(before[0]["steps"][:-1] + ",")


def _apply(bff: Bff, token: str, key: str) -> Any:
    asked = {"idempotencyKey": key, "expectedAmount": "1500.00"}
    return bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token)["applyPropertyFeeWithdrawal"]


def _record(bff: Bff, token: str, application_id: str) -> Any:
    return bff.data("ApplicationRecord", {"id": application_id}, token)["me"]["application"]


def _counted(served: Any) -> dict[str, float]:
    (port,) = (each["port"] for each in served.events() if each["event"] == "metrics_listening")
    lines = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=60, trust_env=False).text.splitlines()
    prefix = 'bff_journal_unknown_values_total{place="'
    found = (line.removeprefix(prefix).split('"} ') for line in lines if line.startswith(prefix))
    return {place: float(count) for place, count in found}
