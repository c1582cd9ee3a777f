"""Queries of the journal: one application, a member's, those that wait. Showing one that waits marks its row, so that
it is not removed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from bff.applications.journal.rows import REFUSED, JournalEntry, Status, entry_of
from bff.applications.journal.serials import serial_of
from bff.store.database import Store
from bff.store.tables import application as table

OPEN = tuple(status.value for status in Status if status.is_open)
MISSING = table.c.missing_since.is_not(None)
WAITS = table.c.status == Status.CONFIRMING.value


async def by_key(store: Store, member_id: str, key: str, account_number: str) -> JournalEntry | None:
    """Find an entry by the key, or by the serial that follows from it and any account that the member has had: a row
    that was recovered has no key."""
    numbers = {account_number, *await account_numbers(store, member_id)}
    here = or_(table.c.key == key, table.c.serial.in_([serial_of(each, key) for each in numbers]))
    return await _one(store, table.c.member_id == member_id, here)


async def account_numbers(store: Store, member_id: str) -> tuple[str, ...]:
    """Return the account numbers of the member's applications: their serials follow from the account at that time."""
    query = select(table.c.account_number).where(table.c.member_id == member_id).distinct()
    async with store.read() as db:
        return tuple((await db.execute(query.order_by(table.c.account_number))).scalars())


async def known_serials(store: Store, serials: Sequence[str]) -> Mapping[str, str | None]:
    """Return those of the serials that the journal has, with the core's references."""
    query = select(table.c.serial, table.c.reference).where(table.c.serial.in_(serials))
    async with store.read() as db:
        return {row.serial: row.reference for row in (await db.execute(query)).all()}


async def by_serial(store: Store, serial: str) -> JournalEntry | None:
    """Find an entry by its serial."""
    return await _one(store, table.c.serial == serial)


async def hand_out(store: Store, entry: JournalEntry) -> JournalEntry | None:
    """Mark the entry as shown to the member, so that its row stays. Null when it has just been removed."""
    if entry.stays:
        return entry
    async with store.write() as db:
        await db.execute(update(table).where(table.c.serial == entry.serial).values(handed_out=True))
    return await by_serial(store, entry.serial)


async def by_id(store: Store, member_id: str, application_id: str) -> JournalEntry | None:
    """Find one of the member's own; another member's is like one that does not exist."""
    return await _one(store, *_shown(member_id), table.c.id == application_id)


async def page(store: Store, member_id: str, after: JournalEntry | None, size: int) -> tuple[JournalEntry, ...]:
    """Return a page of the member's, newest first. What is listed is handed out."""
    conditions = [*_shown(member_id)]
    if after is not None:
        at, number = after.application.submitted_at, after.application.id
        conditions.append(or_(table.c.submitted_at < at, and_(table.c.submitted_at == at, table.c.id < number)))
    found = await _all(store, conditions, table.c.submitted_at.desc(), table.c.id.desc(), most=size)
    unseen = [entry for entry in found if not entry.stays]
    for entry in unseen:
        await hand_out(store, entry)
    return await page(store, member_id, after, size) if unseen else found


async def count(store: Store, member_id: str) -> int:
    """Count the member's."""
    query = select(func.count()).select_from(table).where(*_shown(member_id))
    async with store.read() as db:
        return int((await db.execute(query)).scalar_one())


async def open_of(store: Store, member_id: str) -> tuple[JournalEntry, ...]:
    """Return the member's that may still change."""
    return await _all(store, [table.c.member_id == member_id, table.c.status.in_(OPEN)])


async def unconfirmed(store: Store) -> tuple[JournalEntry, ...]:
    """Return all that wait to be confirmed, oldest first."""
    return await _all(store, [WAITS], table.c.submitted_at)


async def count_unconfirmed(store: Store) -> tuple[int, datetime | None]:
    """Count all that wait to be confirmed, and return since when the oldest does."""
    since = func.min(func.coalesce(table.c.confirming_since, table.c.submitted_at))
    async with store.read() as db:
        count, oldest = (await db.execute(select(func.count(), since).where(WAITS))).one()
    return count, oldest


async def missing(store: Store) -> tuple[JournalEntry, ...]:
    """Return all that the core had accepted and no longer knows, the longest first."""
    return await _all(store, [MISSING], table.c.missing_since)


async def count_missing(store: Store) -> int:
    """Count all that the core had accepted and no longer knows."""
    async with store.read() as db:
        return int((await db.execute(select(func.count()).where(MISSING))).scalar_one())


def _shown(member_id: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.member_id == member_id, table.c.status != REFUSED


async def _one(store: Store, *conditions: ColumnElement[bool]) -> JournalEntry | None:
    found = await _all(store, conditions, most=1)
    return found[0] if found else None


async def _all(
    store: Store, conditions: Sequence[ColumnElement[bool]], *order: Any, most: int | None = None
) -> tuple[JournalEntry, ...]:
    query = select(table).where(*conditions).order_by(*order).limit(most)
    async with store.read() as db:
        return tuple(entry_of(row, store.count_unknown) for row in (await db.execute(query)).all())
