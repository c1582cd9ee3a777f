"""What the database itself refuses, whoever is connected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from bff.security.audit_log import AuditLog
from bff.store.database import Store
from bff.store.tables import audit as table
from tests.conftest import on_each_database

NOW = datetime.now(UTC)  # the triggers ask the database's clock


async def written(store: Store, *ages: timedelta) -> None:
    row = {"event": "sign in", "outcome": "done", "address": "203.0.113.1", "request_id": "1"}
    async with store.write() as db:
        await db.execute(insert(table), [{"at": NOW - age, **row} for age in ages])


async def outcomes(store: Store) -> list[str]:
    async with store.read() as db:
        return list((await db.execute(select(table.c.outcome))).scalars())


@on_each_database
@pytest.mark.parametrize("statement", ["UPDATE audit SET outcome = 'refused'", "DELETE FROM audit"])
async def test_a_young_entry_is_neither_changed_nor_removed(store: Store, statement: str) -> None:
    await written(store, timedelta(days=179))
    with pytest.raises(DBAPIError, match=r"append-only|half a year"):
        async with store.write() as db:
            await db.execute(text(statement))
    assert await outcomes(store) == ["done"]


@on_each_database
async def test_an_old_entry_is_not_changed_either(store: Store) -> None:
    await written(store, timedelta(days=2000))
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.write() as db:
            await db.execute(text("UPDATE audit SET outcome = 'refused'"))
    assert await outcomes(store) == ["done"]


@pytest.mark.services
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_it_is_not_emptied_as_a_whole(store: Store) -> None:
    await written(store, timedelta(days=2000))
    with pytest.raises(DBAPIError, match="half a year"):
        async with store.write() as db:
            await db.execute(text("TRUNCATE audit"))
    assert await outcomes(store) == ["done"]


@on_each_database
async def test_entries_leave_by_age(store: Store) -> None:
    await written(store, timedelta(days=1096), timedelta(days=1094))
    assert await AuditLog(store, lambda: NOW, lambda *_: None).expire(NOW - timedelta(days=1095)) == 1
    assert await outcomes(store) == ["done"]
