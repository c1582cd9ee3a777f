"""Copy of a store's rows to an empty store on another database, in one transaction of each, compared as they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, Column, Insert, Integer, Row, Table, bindparam, func, insert, select, text, tuple_
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from bff.store.database import Store, latest_revision
from bff.store.tables import metadata
from bff.store.unavailable import state_of, told_apart

BATCH = 500
"""Rows that are written and compared at a time."""
LOCK = "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE"


class NotCopied(Exception):
    """The copy was rolled back; the text is for an operator."""


async def copy(source: Store, target: Store) -> Mapping[str, int]:
    """Copy all rows and return how many each table has. The source accepts no writes meanwhile; the target is migrated.

    Raises StoreUnavailable for a database that is away or full.
    """
    with told_apart(target.refused):
        if (revision := await source.revision()) != latest_revision():
            at = revision or "nothing"
            raise NotCopied(f"the tables to copy are at {at}, the code at {latest_revision()}: migrate them")
        await target.migrate()
        async with source.engine.begin() as rows, target.engine.begin() as db:
            await _check_empty(db)
            return {table.name: await _copy_table(rows, db, table) for table in metadata.sorted_tables}


async def _check_empty(db: AsyncConnection) -> None:
    for table in metadata.sorted_tables:
        if db.dialect.name == "postgresql":
            await db.execute(text(LOCK.format(table.name)))
        if (count := await _count(db, table)) > 0:
            raise NotCopied(f"the store to copy to is not empty: {count} rows in {table.name}")


async def _copy_table(rows: AsyncConnection, db: AsyncConnection, table: Table) -> int:
    async with rows.stream(select(table)) as found:
        async for batch in found.partitions(BATCH):
            try:
                await _copy_rows(db, table, batch)
            except StatementError as error:  # without its text, which may quote a row
                if state_of(error) is not None:
                    raise
                cause = type(getattr(error, "orig", None) or error).__name__
                raise NotCopied(f"{table.name} cannot be copied: the database refuses a row ({cause})") from error
    if (count := await _count(db, table)) != await _count(rows, table):
        raise NotCopied(f"{table.name} has another number of rows than before")
    await _go_on_counting(db, table)
    return count


async def _copy_rows(db: AsyncConnection, table: Table, batch: list[Row[Any]] | Any) -> None:
    written = [row._asdict() for row in batch]
    await db.execute(_insert(table), written)
    keys = [column.name for column in table.primary_key.columns]
    query = select(table).where(
        tuple_(*table.primary_key.columns).in_([[each[key] for key in keys] for each in written])
    )
    arrived = {tuple(row._mapping[key] for key in keys): row._asdict() for row in await db.execute(query)}
    if arrived != {tuple(each[key] for key in keys): each for each in written}:
        raise NotCopied(f"rows of {table.name} are not the same as before")


def _insert(table: Table) -> Insert:
    """Make an insert that keeps the database's null in JSON columns, where it would become the text `null`."""
    plain: dict[Column[Any], Any] = {
        column: bindparam(column.name, type_=JSON(none_as_null=True))
        for column in table.columns
        if isinstance(column.type, JSON)
    }
    return insert(table).values(plain) if plain else insert(table)


async def _go_on_counting(db: AsyncConnection, table: Table) -> None:
    """Set PostgreSQL's sequences to go on after the copied numbers."""
    (key, *_) = table.primary_key.columns
    if db.dialect.name == "postgresql" and isinstance(key.type, Integer):
        last = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        await db.execute(select(func.setval(sequence, last, False)))


async def _count(db: AsyncConnection, table: Table) -> int:
    return int((await db.execute(select(func.count()).select_from(table))).scalar_one())
