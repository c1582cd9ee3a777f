"""From SQLite to PostgreSQL: all rows, as they were, into an empty store or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Table, select, text

from bff.cli.main import main
from bff.store.database import Store
from bff.store.tables import application, metadata
from tests.conftest import settings_for
from tests.support.servers import Bff, Core, running_bff
from tests.support.services import postgresql_database

pytestmark = pytest.mark.services
DUAN = "13800000001"
APPLICATIONS = (
    "{ me { applications { totalCount edges { node { id status amount submittedAt history { status at } } } } } }"
)
BALANCE = "{ me { account { balance { total } } } }"


@pytest.fixture
def database() -> Iterator[str]:
    with postgresql_database() as url:
        yield url


@pytest.fixture
def file(fresh_core: Core, tmp_path: Path) -> Path:
    """Of a server that has had a member, an application and a session that is unlocked."""
    return tmp_path / "bff.sqlite3"


def applied(bff: Bff, token: str) -> Any:
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    return bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token)["applyPropertyFeeWithdrawal"]["application"]


def rows(url: str) -> dict[str, list[Any]]:
    async def read() -> dict[str, list[Any]]:
        store = await Store.open(url)
        async with store.read() as db:
            found = {table.name: await _rows(db, table) for table in metadata.sorted_tables}
        await store.close()
        return found

    return asyncio.run(read())


async def _rows(db: Any, table: Table) -> list[Any]:
    return sorted(str(row._asdict()) for row in await db.execute(select(table)))


def copy(file: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("BFF_DATABASE_URL", database)
    return main(["copy-store", str(file)])


def test_members_go_on_where_they_were(
    fresh_core: Core, file: Path, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_bff(settings_for(fresh_core, tmp_path)) as before:
        token = before.sign_in(DUAN)
        applied(before, token)
        shown = before.data(APPLICATIONS, token=token), before.data(BALANCE, token=token)
    assert copy(file, database, monkeypatch) == 0
    assert rows(database) == rows(f"sqlite+aiosqlite:///{file}")
    assert asyncio.run(null_refusals(database)) == 1
    with running_bff(settings_for(fresh_core, tmp_path / "other", database_url=database), at_start=None) as after:
        assert (after.data(APPLICATIONS, token=token), after.data(BALANCE, token=token)) == shown
        after.sign_in(DUAN)  # writes an audit entry, under a number that no other has


async def null_refusals(url: str) -> int:
    store = await Store.open(url)
    async with store.read() as db:
        found = len((await db.execute(select(application.c.id).where(text("refusal IS NULL")))).all())
    await store.close()
    return found


def test_a_store_that_is_not_empty_is_left_as_it_is(
    fresh_core: Core,
    file: Path,
    tmp_path: Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for folder, url in ((tmp_path, ""), (tmp_path / "other", database)):
        with running_bff(settings_for(fresh_core, folder, database_url=url)):
            pass
    before = rows(database)
    assert copy(file, database, monkeypatch) == 1
    assert "not empty: 7 rows in member" in capsys.readouterr().err
    assert rows(database) == before


def test_what_cannot_be_copied_whole_is_not_copied(
    fresh_core: Core,
    file: Path,
    tmp_path: Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As a row whose text a file of SQLite's holds and PostgreSQL does not."""
    with running_bff(settings_for(fresh_core, tmp_path)):
        pass
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE member SET name = ? WHERE phone = ?", ("段" * 201, DUAN))
    assert copy(file, database, monkeypatch) == 1
    assert capsys.readouterr().err.startswith("member cannot be copied: ")
    assert set(map(len, rows(database).values())) == {0}


@pytest.mark.parametrize("name", ["nothing.sqlite3", "sqlite:////nowhere/bff.sqlite3"])
def test_a_file_that_is_not_there_is_said(
    name: str, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BFF_DATABASE_URL", database)
    assert main(["copy-store", name]) == 1
    assert "is no file" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["migrate"], ["applications"], ["copy-store", "{file}"]])
def test_a_database_that_is_away_is_one_sentence(
    command: list[str],
    fresh_core: Core,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with running_bff(settings_for(fresh_core, tmp_path)):
        pass
    monkeypatch.setenv("BFF_DATABASE_URL", "postgresql://bff:tin-roof-31@127.0.0.1:1/bff")
    assert main([each.format(file=file) for each in command]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == "BFF_DATABASE_URL: the store is away (ConnectionRefusedError)"
