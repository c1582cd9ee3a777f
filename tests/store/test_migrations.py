"""The tables come out the same from nothing, again, and from two processes at once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, select, text

from bff.cli.main import main
from bff.store.database import MIGRATIONS, Store
from bff.store.tables import application, metadata
from tests.conftest import on_each_database
from tests.support import forking
from tests.support.services import postgresql_database


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Without tables, unlike that of other tests."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield ""
        return
    with postgresql_database() as url:
        yield url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """Migrated from nothing."""
    opened = await Store.open(store_url)
    await opened.migrate()
    yield opened
    await opened.close()


NOW = datetime(2018, 10, 25, 1, 0, tzinfo=UTC)


def differences(connection: Connection) -> list[object]:
    """Between the tables that are there and those that the statements are written for."""
    found: list[object] = list(compare_metadata(MigrationContext.configure(connection), metadata))
    return found


async def state(store: Store) -> tuple[list[str], list[object]]:
    async with store.engine.connect() as connection:
        versions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
        return list(versions), await connection.run_sync(differences)


async def state_at(url: str) -> tuple[list[str], list[object]]:
    store = await Store.open(url)
    found = await state(store)
    await store.close()
    return found


def newest() -> list[str]:
    return ScriptDirectory(str(MIGRATIONS)).get_heads()


@on_each_database
async def test_from_nothing_they_make_the_tables_that_the_statements_know(store: Store) -> None:
    assert await state(store) == (newest(), [])


@on_each_database
async def test_a_second_time_they_change_nothing(store: Store) -> None:
    await store.migrate()
    assert await state(store) == (newest(), [])


NEVER = {"status": "REJECTED", "at": "2018-10-25T01:10:00+00:00", "note": "业务系统未收到该申请，请重新提交。"}
DECIDED = {"status": "REJECTED", "at": "2018-10-25T01:10:00+08:00", "note": "材料不清晰"}
OLD_ROWS: dict[str, dict[str, object]] = {
    "accepted": {"status": "ACCEPTED", "reference": "SL1", "history": [{**DECIDED, "status": "ACCEPTED"}]},
    "decided": {"status": "REJECTED", "reference": "SL2", "history": [DECIDED]},
    "never": {"status": "REJECTED", "reference": None, "history": [{**NEVER, "status": "CONFIRMING"}, NEVER]},
    "refused": {"status": "REFUSED", "reference": None, "history": [], "refusal": {"code": "TOO_EARLY", "message": ""}},
}


def written_at_0003(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0003")
    then = reflected(connection)
    names = ("id", "account_number", "name", "phone", "id_number", "login_hash", "query_hash")
    connection.execute(insert(then["member"]).values({**dict.fromkeys(names, "1"), "registered_at": NOW}))
    same = {"member_id": "1", "account_number": "1", "input_hash": "", "kind": "RENT", "amount": "1.00", "entered": {}}
    for name, row in OLD_ROWS.items():
        keys = {"id": name, "key": name, "serial": name, "submitted_at": NOW, "checks": 3}
        connection.execute(insert(then["application"]).values({**same, **keys, **row}))


def reflected(connection: Connection) -> dict[str, Table]:
    found = MetaData()
    found.reflect(connection)
    return dict(found.tables)


@on_each_database
async def test_what_never_arrived_is_not_received_and_what_may_change_is_asked_about(store_url: str) -> None:
    store = await Store.open(store_url)
    async with store.write() as db:
        await db.run_sync(written_at_0003)
    await store.migrate()
    async with store.read() as db:
        rows = {row.id: row for row in (await db.execute(select(application))).all()}
    await store.close()
    assert {name: row.status for name, row in rows.items()} == {
        "accepted": "ACCEPTED",
        "decided": "REJECTED",
        "never": "NOT_RECEIVED",
        "refused": "REFUSED",
    }
    assert [step["status"] for step in rows["never"].history] == ["CONFIRMING", "NOT_RECEIVED"]
    assert rows["never"].history[-1]["note"] == NEVER["note"]
    assert {name for name, row in rows.items() if row.next_check_at is not None} == {"accepted", "never"}
    assert {name: row.history for name, row in rows.items() if name != "never"} == {
        name: row["history"] for name, row in OLD_ROWS.items() if name != "never"
    }


@on_each_database
def test_four_processes_at_once_make_them_once(store_url: str, tmp_path: Path) -> None:
    log, environment = tmp_path / "log", os.environ | {"BFF_DATABASE_URL": store_url}
    with log.open("w") as written:
        processes = [forking.server(["migrate"], environment, written.fileno()) for _ in range(4)]
        statuses = [each.wait(60) for each in processes]
    assert (log.read_text(), statuses) == ("", [0] * 4)
    for each in processes:
        each.stdout.close()
    assert asyncio.run(state_at(store_url)) == (newest(), [])


@on_each_database
def test_a_command_over_a_store_without_tables_says_what_to_run(
    store_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BFF_DATABASE_URL", store_url)
    monkeypatch.setenv("BFF_DEVELOPMENT", "true")
    assert main(["applications"]) == 2
    said = capsys.readouterr().err
    assert said.splitlines()[-1].endswith("the store lacks tables that this release needs; run bff migrate")
    assert "Traceback" not in said
