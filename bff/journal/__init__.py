"""The journal of applications in the store: written before the core is called, and corrected by what the core says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bff.journal.rows import REFUSED, Entry, Status, entry_of, history_with, step_out
from bff.rules.application import ApplicationKind, ApplicationStatus, Step
from bff.rules.refusal import Refusal
from bff.store import Store
from bff.store.tables import application as table
from bff.store.tables import storable

__all__ = ["Entry", "New"]

OPEN = tuple(status.value for status in Status if status.is_open)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class New:
    member_id: str
    account_number: str
    key: str
    input_hash: str
    kind: ApplicationKind
    amount: Decimal
    entered: Mapping[str, str]


async def add(store: Store, new: New, now: datetime) -> Entry | None:
    """The row to be confirmed; null when the key is taken or another one of the member waits to be confirmed."""
    serial = uuid4().hex
    values = {
        "id": uuid4().hex,
        "member_id": new.member_id,
        "key": new.key,
        "input_hash": new.input_hash,
        "kind": new.kind.value,
        "amount": str(new.amount),
        "entered": dict(new.entered),
        "serial": serial,
        "account_number": new.account_number,
        "status": Status.CONFIRMING.value,
        "history": [step_out(Step(Status.CONFIRMING, now, None))],
        "submitted_at": now,
        # Not before the call that follows has had its time.
        "next_check_at": now + timedelta(seconds=30),
        "checks": 0,
    }
    try:
        async with store.write() as db:
            await db.execute(insert(table).values(values))
    except IntegrityError:
        return None
    return await by_serial(store, serial)


async def by_key(store: Store, member_id: str, key: str) -> Entry | None:
    return await _one(store, table.c.member_id == member_id, table.c.key == key)


async def by_serial(store: Store, serial: str) -> Entry | None:
    return await _one(store, table.c.serial == serial)


async def by_id(store: Store, member_id: str, application_id: str) -> Entry | None:
    """One of the member's own; somebody else's is like one that does not exist."""
    return await _one(store, table.c.member_id == member_id, table.c.id == application_id, table.c.status != REFUSED)


async def page(store: Store, member_id: str, after: Entry | None, size: int) -> tuple[Entry, ...]:
    """Newest first."""
    query = select(table).where(table.c.member_id == member_id, table.c.status != REFUSED)
    if after is not None:
        at, number = after.application.submitted_at, after.application.id
        query = query.where(or_(table.c.submitted_at < at, and_(table.c.submitted_at == at, table.c.id < number)))
    query = query.order_by(table.c.submitted_at.desc(), table.c.id.desc()).limit(size)
    async with store.read() as db:
        return tuple(entry_of(row, store.count_unknown) for row in (await db.execute(query)).all())


async def count(store: Store, member_id: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.member_id == member_id, table.c.status != REFUSED)
    async with store.read() as db:
        return int((await db.execute(query)).scalar_one())


async def open_of(store: Store, member_id: str) -> tuple[Entry, ...]:
    """Those that may still change."""
    query = select(table).where(table.c.member_id == member_id, table.c.status.in_(OPEN))
    async with store.read() as db:
        return tuple(entry_of(row, store.count_unknown) for row in (await db.execute(query)).all())


async def unconfirmed(store: Store) -> tuple[Entry, ...]:
    """Of everybody, oldest first."""
    query = select(table).where(table.c.status == Status.CONFIRMING.value).order_by(table.c.submitted_at)
    async with store.read() as db:
        return tuple(entry_of(row, store.count_unknown) for row in (await db.execute(query)).all())


async def count_unconfirmed(store: Store) -> tuple[int, datetime | None]:
    """Of everybody, and when the oldest was submitted."""
    query = select(func.count(), func.min(table.c.submitted_at)).where(table.c.status == Status.CONFIRMING.value)
    async with store.read() as db:
        count, oldest = (await db.execute(query)).one()
    return count, oldest


async def settle(
    store: Store,
    entry: Entry,
    status: ApplicationStatus,
    stages: Iterable[Step],
    *,
    reference: str | None,
    interest: Decimal | None,
) -> None:
    """What the core says. A final status is never changed back by an older answer, and one that is not known here is
    left to the release that wrote it."""
    async with store.write() as db:
        row = (await db.execute(select(table).where(table.c.serial == entry.serial).with_for_update())).first()
        if row is None or row.status not in OPEN:
            return
        values = {
            "status": status.value,
            "history": history_with(row.history, stages),
            "reference": reference and storable(reference, 64),
            "interest": None if interest is None else str(interest),
            "next_check_at": None if status.is_final else row.next_check_at,
        }
        if any(getattr(row, name) != value for name, value in values.items()):
            await db.execute(update(table).where(table.c.serial == entry.serial).values(values))


async def refuse(store: Store, entry: Entry, refusal: Refusal) -> None:
    values = {"status": REFUSED, "refusal": {"code": refusal.code.value, "message": refusal.message}}
    async with store.write() as db:
        await db.execute(update(table).where(table.c.serial == entry.serial).values(**values, next_check_at=None))


async def withdraw(store: Store, entry: Entry) -> None:
    """Nothing was sent: as if it had not been asked for, so that the same key can be used again."""
    async with store.write() as db:
        await db.execute(delete(table).where(table.c.serial == entry.serial))


async def claim(store: Store, now: datetime, limit: int = 20) -> tuple[Entry, ...]:
    """Unconfirmed rows whose time has come, each for one process only: the claim moves their next time on."""
    query = (
        select(table)
        .where(table.c.status == Status.CONFIRMING.value, table.c.next_check_at <= now)
        .order_by(table.c.next_check_at)
        .limit(limit)
    )
    claimed = []
    async with store.write() as db:
        if db.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True)
        for row in (await db.execute(query)).all():
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.checks, 10))
            later = update(table).where(table.c.serial == row.serial)
            await db.execute(later.values(next_check_at=now + pause, checks=row.checks + 1))
            claimed.append(entry_of(row, store.count_unknown))
    return tuple(claimed)


async def check_soon(store: Store, entry: Entry, now: datetime) -> None:
    """An answer did not come: the search begins at once."""
    async with store.write() as db:
        later = update(table).where(table.c.serial == entry.serial, table.c.status == Status.CONFIRMING.value)
        await db.execute(later.values(next_check_at=now))


async def _one(store: Store, *conditions: Any) -> Entry | None:
    async with store.read() as db:
        row = (await db.execute(select(table).where(*conditions).limit(1))).first()
    return entry_of(row, store.count_unknown) if row is not None else None
