"""The journal of applications in the store: written before the core is called, and corrected by what the core says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from bff.rules.application import Application, ApplicationKind, ApplicationStatus, Step
from bff.store import Store
from bff.store.tables import application as table

Status = ApplicationStatus
REFUSED = "REFUSED"
"""In the journal only: the core said no, so it never became an application; its key answers so again."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row, with what only the server needs of it."""

    application: Application
    member_id: str
    key: str
    input_hash: str
    serial: str
    account_number: str
    refusal: Mapping[str, str] | None
    checks: int


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
        "history": [_step_out(Step(Status.CONFIRMING, now, None))],
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


async def has_unconfirmed(store: Store, member_id: str) -> bool:
    return await _one(store, table.c.member_id == member_id, table.c.status == Status.CONFIRMING.value) is not None


async def page(store: Store, member_id: str, after: Entry | None, size: int) -> tuple[Entry, ...]:
    """Newest first."""
    query = select(table).where(table.c.member_id == member_id, table.c.status != REFUSED)
    if after is not None:
        at, number = after.application.submitted_at, after.application.id
        query = query.where(or_(table.c.submitted_at < at, and_(table.c.submitted_at == at, table.c.id < number)))
    query = query.order_by(table.c.submitted_at.desc(), table.c.id.desc()).limit(size)
    async with store.read() as db:
        return tuple(_entry(row) for row in (await db.execute(query)).all())


async def count(store: Store, member_id: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.member_id == member_id, table.c.status != REFUSED)
    async with store.read() as db:
        return int((await db.execute(query)).scalar_one())


async def open_of(store: Store, member_id: str) -> tuple[Entry, ...]:
    """Those that may still change."""
    statuses = [Status.CONFIRMING.value, Status.ACCEPTED.value, Status.IN_REVIEW.value]
    query = select(table).where(table.c.member_id == member_id, table.c.status.in_(statuses))
    async with store.read() as db:
        return tuple(_entry(row) for row in (await db.execute(query)).all())


async def unconfirmed(store: Store) -> tuple[Entry, ...]:
    """Of everybody, oldest first."""
    query = select(table).where(table.c.status == Status.CONFIRMING.value).order_by(table.c.submitted_at)
    async with store.read() as db:
        return tuple(_entry(row) for row in (await db.execute(query)).all())


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
    history: Sequence[Step],
    *,
    reference: str | None,
    interest: Decimal | None,
) -> None:
    """What the core says. A final status is never changed back by an older answer."""
    final = [Status.COMPLETED.value, Status.REJECTED.value]
    values = {
        "status": status.value,
        "history": [_step_out(step) for step in history],
        "reference": reference,
        "interest": None if interest is None else str(interest),
        "next_check_at": None,
    }
    async with store.write() as db:
        await db.execute(
            update(table).where(table.c.serial == entry.serial, table.c.status.not_in(final)).values(values)
        )


async def refuse(store: Store, entry: Entry, refusal: Mapping[str, str]) -> None:
    async with store.write() as db:
        await db.execute(
            update(table)
            .where(table.c.serial == entry.serial)
            .values(status=REFUSED, refusal=dict(refusal), next_check_at=None)
        )


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
            claimed.append(_entry(row))
    return tuple(claimed)


async def check_soon(store: Store, entry: Entry, now: datetime) -> None:
    """An answer did not come: the search begins at once."""
    async with store.write() as db:
        later = update(table).where(table.c.serial == entry.serial, table.c.status == Status.CONFIRMING.value)
        await db.execute(later.values(next_check_at=now))


async def _one(store: Store, *conditions: Any) -> Entry | None:
    async with store.read() as db:
        row = (await db.execute(select(table).where(*conditions).limit(1))).first()
    return _entry(row) if row is not None else None


def _entry(row: Row[Any]) -> Entry:
    status = Status.REJECTED if row.status == REFUSED else Status(row.status)
    application = Application(
        id=row.id,
        kind=ApplicationKind(row.kind),
        status=status,
        amount=Decimal(row.amount),
        interest=None if row.interest is None else Decimal(row.interest),
        reference=row.reference,
        submitted_at=row.submitted_at,
        entered=row.entered,
        history=tuple(Step(Status(s["status"]), datetime.fromisoformat(s["at"]), s["note"]) for s in row.history),
    )
    return Entry(
        application=application,
        member_id=row.member_id,
        key=row.key,
        input_hash=row.input_hash,
        serial=row.serial,
        account_number=row.account_number,
        refusal=row.refusal,
        checks=row.checks,
    )


def _step_out(step: Step) -> dict[str, Any]:
    return {"status": step.status.value, "at": step.at.isoformat(), "note": step.note}
