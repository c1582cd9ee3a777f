"""What is written into the journal: an application before it is sent, and what became of it. Each change looks at its
row as it is at that moment, since other processes change it, too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bff.applications.journal.claims import DAY
from bff.applications.journal.rows import (
    FOLLOWED,
    REFUSED,
    JournalEntry,
    Status,
    entry_of,
    history_with,
    may_settle,
    step_out,
)
from bff.applications.journal.serials import id_of, serial_of
from bff.rules.application import ApplicationStatus, Step
from bff.rules.application_kinds import ApplicationKind
from bff.rules.refusal import Refusal
from bff.store.database import Store
from bff.store.tables import application as table
from bff.store.tables import storable

SEND_TAKES = timedelta(seconds=30)
"""The search does not begin before a call has had its time."""


@dataclass(frozen=True, slots=True)
class New:
    """An application that is about to be sent."""

    member_id: str
    account_number: str
    key: str
    input_hash: str
    kind: ApplicationKind
    amount: Decimal
    entered: Mapping[str, str]


async def add(store: Store, new: New, now: datetime, may_arrive_until: datetime) -> JournalEntry | None:
    """Add the row of an application that is about to be sent; null when the key is taken or another one of the member
    waits to be confirmed."""
    serial = serial_of(new.account_number, new.key)
    values = {
        "id": id_of(serial),
        "member_id": new.member_id,
        "key": new.key,
        "input_hash": new.input_hash,
        "kind": new.kind.value,
        "amount": str(new.amount),
        "entered": dict(new.entered),
        "serial": serial,
        "account_number": new.account_number,
        "submitted_at": now,
        "handed_out": False,
        **_about_to_be_sent([], now, may_arrive_until),
    }
    try:
        async with store.write() as db:
            row = (await db.execute(insert(table).values(values).returning(table))).one()
    except IntegrityError:
        return None
    return entry_of(row, store.count_unknown)


async def send_again(store: Store, entry: JournalEntry, now: datetime, may_arrive_until: datetime) -> bool:
    """Take an application that was not received for one sender; false when another one has it, or another one of the
    member waits to be confirmed."""
    try:
        async with _changing(store, entry) as (row, change):
            if row is None or row.status != Status.NOT_RECEIVED:
                return False
            await change(handed_out=True, **_about_to_be_sent(row.history, now, may_arrive_until))
    except IntegrityError:
        return False
    return True


async def settle(
    store: Store,
    entry: JournalEntry,
    status: ApplicationStatus,
    stages: Iterable[Step],
    *,
    reference: str,
    interest: Decimal | None,
    again: Step,
    follow_every: timedelta,
    payout_days: int,
) -> None:
    """Record what the core says of an application that it has. `again` is the step for one that it did not know
    meanwhile. What is posted is looked at once a day, `payout_days` times; what is neither posted nor refused each
    `follow_every`."""
    async with _changing(store, entry) as (row, change):
        if row is not None and may_settle(row, status):
            history = history_with(row.history, stages)
            await change(
                status=status.value,
                history=history if row.missing_since is None else [*history, step_out(again)],
                missing_since=None,
                reference=storable(reference, 64),
                interest=None if interest is None else str(interest),
                refusal=None,
                next_check_at=_next_look(row, status, again.at, follow_every, payout_days),
                checks=row.checks if row.status == status else 0,
            )


def _next_look(
    row: Row[Any], status: ApplicationStatus, now: datetime, follow_every: timedelta, payout_days: int
) -> datetime | None:
    """Return when to ask the core next; null after its last word. A row that is as it was keeps the time to which its
    claim moved it."""
    posted = status is Status.COMPLETED
    if status not in FOLLOWED or (posted and row.status == status and row.checks >= payout_days):
        return None
    if row.status == status:
        found: datetime | None = row.next_check_at
        return found
    return now + (DAY if posted else follow_every)


@dataclass(frozen=True, slots=True)
class Recovered:
    """An application that the core has under a serial of ours, and the journal does not."""

    member_id: str
    account_number: str
    serial: str
    kind: ApplicationKind
    amount: Decimal
    interest: Decimal | None
    reference: str
    history: Sequence[Step]


async def recover(store: Store, found: Recovered, next_look: datetime) -> bool:
    """Take an application in again under its ID. Its key and its input are not known any more: `input_hash` is empty,
    and no key of a client looks like the one that stands in. False when the serial is there."""
    status = found.history[-1].status
    values: dict[str, Any] = {
        "id": id_of(found.serial),
        "member_id": found.member_id,
        "key": f"\n{found.serial}",
        "input_hash": "",
        "kind": found.kind.value,
        "amount": str(found.amount),
        "entered": {},
        "serial": found.serial,
        "account_number": found.account_number,
        "status": status.value,
        "reference": storable(found.reference, 64),
        "interest": None if found.interest is None else str(found.interest),
        "history": [step_out(step) for step in found.history],
        "submitted_at": found.history[0].at,
        "next_check_at": next_look if status in FOLLOWED else None,
        "checks": 0,
        "handed_out": True,
    }
    try:
        async with store.write() as db:
            await db.execute(insert(table).values(values))
    except IntegrityError:
        return False
    return True


async def correct(store: Store, entry: JournalEntry, kind: ApplicationKind, amount: Decimal) -> None:
    """Replace kind and amount: the core has another application under this serial, from before the store was
    restored."""
    async with _changing(store, entry) as (row, change):
        if row is not None:
            await change(kind=kind.value, amount=str(amount), entered={}, input_hash="")


async def refuse(store: Store, entry: JournalEntry, refusal: Refusal, now: datetime, *, ask: bool) -> None:
    """Record that the core refused. Where the ID was given away the application stays with its reason; `ask` says
    whether it is still to be found out that the core does not have it."""
    async with _changing(store, entry) as (row, change):
        if row is not None and row.status == Status.CONFIRMING:
            await change(
                status=Status.REJECTED.value if row.handed_out else REFUSED,
                refusal={"code": refusal.code.value, "message": refusal.message},
                history=[*row.history, step_out(Step(Status.REJECTED, now, refusal.message))],
                next_check_at=now if ask else None,
            )


async def not_sent(store: Store, entry: JournalEntry, now: datetime, why: str) -> None:
    """Remove the row of what was not sent, as if it had not been asked for. Where the ID was given away the core is
    asked first."""
    mine = table.c.serial == entry.serial, table.c.status == Status.CONFIRMING.value
    async with store.write() as db:
        await db.execute(delete(table).where(*mine, table.c.handed_out.is_(False)))
    async with _changing(store, entry) as (row, change):
        if row is not None and row.status == Status.CONFIRMING:
            step = step_out(Step(Status.CONFIRMING, now, why))
            await change(history=[*row.history, step], may_arrive_until=now, next_check_at=now)


async def not_answered(store: Store, entry: JournalEntry, now: datetime, may_arrive_until: datetime) -> None:
    """Record that it was sent and the answer did not come: the search begins at once, and the ID is given away."""
    async with _changing(store, entry) as (row, change):
        if row is not None and row.status == Status.CONFIRMING:
            await change(handed_out=True, may_arrive_until=may_arrive_until, next_check_at=now)


async def not_received(store: Store, entry: JournalEntry, now: datetime, why: str) -> None:
    """Record that the core was asked and does not have it, unless it was sent again meanwhile."""
    async with _changing(store, entry) as (row, change):
        same = row is not None and row.confirming_since == entry.confirming_since
        if row is not None and same and row.status == Status.CONFIRMING:
            step = step_out(Step(Status.NOT_RECEIVED, now, why))
            await change(status=step["status"], history=[*row.history, step], handed_out=True)


async def note_missing(store: Store, entry: JournalEntry, now: datetime, why: str) -> bool:
    """Record that the core no longer knows what it had accepted; false where that is known, or the row is not as it
    was."""
    async with _changing(store, entry) as (row, change):
        if row is None or row.missing_since is not None or row.status not in FOLLOWED:
            return False
        step = step_out(Step(Status(row.status), now, why))
        await change(missing_since=now, history=[*row.history, step], handed_out=True)
        return True


async def stop_asking(store: Store, entry: JournalEntry) -> None:
    """Record that the core does not have what it refused, so that it is not asked again."""
    async with _changing(store, entry) as (row, change):
        if row is not None and row.status in (REFUSED, Status.REJECTED):
            await change(next_check_at=None)


def _about_to_be_sent(history: Sequence[Any], now: datetime, may_arrive_until: datetime) -> dict[str, Any]:
    return {
        "status": Status.CONFIRMING.value,
        "history": [*history, step_out(Step(Status.CONFIRMING, now, None))],
        "confirming_since": now,
        "may_arrive_until": may_arrive_until,
        "next_check_at": now + SEND_TAKES,
        "checks": 0,
    }


@asynccontextmanager
async def _changing(store: Store, entry: JournalEntry) -> AsyncIterator[tuple[Row[Any] | None, Any]]:
    """Lock the row, and yield it as it is now with the function that changes it."""
    async with store.write() as db:
        mine = table.c.serial == entry.serial
        row = (await db.execute(select(table).where(mine).with_for_update())).first()

        async def change(**values: Any) -> None:
            changed = {name: value for name, value in values.items() if getattr(row, name) != value}
            if changed:
                await db.execute(update(table).where(mine).values(changed))

        yield row, change
