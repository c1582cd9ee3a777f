"""What a balancer is told, and an operator who asks why."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bff.server import readiness
from bff.services import open_services
from bff.store.database import Store
from tests.conftest import settings_for
from tests.support.servers import Bff, Core, running_bff

SERVICES = ("CustomerService", "CollectionService", "LoanService", "ApplicationService", "InformationService")
BALANCE = "{ me { account { balance { total } } } }"


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "HOLDS", 0.0)


def readyz(bff: Bff) -> tuple[int, Any]:
    answer = bff.client.get("/readyz")
    return answer.status_code, answer.json()


def test_a_server_with_all_its_parts_is_ready(core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(core, tmp_path, cache=True)) as bff:
        status, said = readyz(bff)
    assert (status, said) == (
        200,
        {"status": "ready", "store": "ok", "cache": "ok", "core": dict.fromkeys(SERVICES, "ok")},
    )


def test_a_core_that_is_down_or_closed_is_named_and_takes_nobody_out(fresh_core: Core, tmp_path: Path) -> None:
    settings = settings_for(
        fresh_core, tmp_path, core_breaker_failures=1, core_breaker_seconds=60, core_closed_pause=60
    )
    with running_bff(settings) as bff:
        token = bff.sign_in("13800000001")
        fresh_core.break_("QueryAccount", "html502")
        bff.execute(BALANCE, token=token)
        fresh_core.break_("*", "closed")
        bff.execute("{ me { loans { balance } } }", token=token)
        status, said = readyz(bff)
    assert status == 200
    assert said["core"] == {
        **dict.fromkeys(SERVICES, "ok"),
        "CollectionService": "breaker_open",
        "LoanService": "closed",
    }


def test_a_cache_that_is_away_is_named_and_takes_nobody_out(core: Core, tmp_path: Path) -> None:
    settings = settings_for(core, tmp_path, cache=True, cache_url="redis://127.0.0.1:1/0")
    with running_bff(settings) as bff:
        status, said = readyz(bff)
    assert (status, said["status"], said["cache"]) == (200, "ready", "away")


def change(store: Path, statement: str) -> None:
    with closing(sqlite3.connect(store)) as db, db:
        db.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE alembic_version SET version_num = '0001'", "DROP TABLE alembic_version"])
def test_a_store_with_older_tables_takes_the_process_out(statement: str, core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(core, tmp_path)) as bff:
        change(tmp_path / "bff.sqlite3", statement)
        status, said = readyz(bff)
    assert (status, said["status"], said["store"]) == (503, "not ready", "not migrated")


def test_the_older_processes_of_a_rolling_update_stay_in(core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(core, tmp_path)) as bff:
        change(tmp_path / "bff.sqlite3", "UPDATE alembic_version SET version_num = '9999'")
        assert readyz(bff)[0] == 200


async def test_a_store_that_is_away_is_named(core: Core, tmp_path: Path) -> None:
    store = await Store.open("postgresql+asyncpg://bff@127.0.0.1:1/bff")
    async with open_services(settings_for(core, tmp_path)) as services:
        said = await readiness.parts(replace(services, store=store))
    await store.close()
    assert said["store"] == "away"


def test_who_asks_often_asks_the_store_once(core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "HOLDS", 60.0)
    with running_bff(settings_for(core, tmp_path)) as bff:
        assert readyz(bff)[0] == 200
        change(tmp_path / "bff.sqlite3", "DROP TABLE alembic_version")
        assert readyz(bff)[0] == 200
