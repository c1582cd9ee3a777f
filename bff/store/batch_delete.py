"""Deletion of rows in batches, which holds no lock for long and skips rows that another process has locked."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Table, delete, select, tuple_

from bff.store.database import Store

BATCH = 1000
"""Rows of one transaction."""


async def remove(store: Store, table: Table, due: ColumnElement[bool], *belonging: Column[str]) -> int:
    """Delete the rows of `table` that are `due`, after those that refer to them by the columns `belonging`, and
    return how many. Locked rows stay for the next time."""
    removed = 0
    while some := await _remove_some(store, table, due, belonging):
        removed += some
    return removed


async def _remove_some(store: Store, table: Table, due: ColumnElement[bool], belonging: tuple[Column[str], ...]) -> int:
    keys = tuple(table.primary_key.columns)
    query = select(*keys).where(due).limit(BATCH).with_for_update(skip_locked=True)
    async with store.write() as db:
        found = [tuple(row) for row in (await db.execute(query)).all()]
        if found:
            for column in belonging:
                await db.execute(delete(column.table).where(column.in_([key[0] for key in found])))
            await db.execute(delete(table).where(tuple_(*keys).in_(found)))
    return len(found)
