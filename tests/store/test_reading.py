"""Reading: without transactions, and in place where the database is a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import bindparam, create_engine, insert, select

from bff.store.database import Store
from bff.store.tables import audit
from tests.conftest import on_each_database

BY_EVENT = select(audit.c.outcome, audit.c.at).where(audit.c.event == bindparam("event"))
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


async def written(store: Store) -> None:
    row = {"at": NOW, "event": "sign in", "outcome": "done", "address": "203.0.113.1", "request_id": "1"}
    async with store.write() as db:
        await db.execute(insert(audit), [row])


@on_each_database
async def test_a_row_is_found_as_soon_as_it_is_there(store: Store) -> None:
    assert await store.first(BY_EVENT, {"event": "sign in"}) is None
    await written(store)
    row = await store.first(BY_EVENT, {"event": "sign in"})
    assert row is not None
    assert tuple(row) == ("done", NOW)


async def test_what_cannot_be_read_in_place_is_read_the_other_way(store: Store) -> None:
    await written(store)
    elsewhere = replace(store, beside=create_engine("sqlite://"))  # has no table
    row = await elsewhere.first(BY_EVENT, {"event": "sign in"})
    assert row is not None
    assert row.outcome == "done"
    await elsewhere.close()


@on_each_database
async def test_reading_does_not_keep_others_from_writing(store: Store) -> None:
    async with store.read() as db:
        await db.execute(select(audit.c.outcome))
        await written(store)
        assert list((await db.execute(select(audit.c.outcome))).scalars()) == ["done"]
