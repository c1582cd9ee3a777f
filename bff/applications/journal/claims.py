"""Claims of the reconciler: each row is claimed by one process, until its time comes again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bff.applications.journal.queries import WAITS
from bff.applications.journal.rows import FOLLOWED, REFUSED, JournalEntry, Status, entry_of
from bff.store.database import Store
from bff.store.tables import application as table

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)
DAY = timedelta(days=1)
"""Between two looks at what was posted: a bank may send the payment back."""
SEARCHED = (Status.CONFIRMING.value, Status.NOT_RECEIVED.value, Status.REJECTED.value, REFUSED)
"""What the core may have without our knowing; a final row has no next time."""


async def claim(store: Store, now: datetime, limit: int = 20) -> tuple[JournalEntry, ...]:
    """Claim rows whose time has come, those that wait to be confirmed first. The claim moves their next time on."""
    return await _claim(store, now, SEARCHED, limit, _pause)


async def claim_under_way(store: Store, now: datetime, every: timedelta, limit: int = 2) -> tuple[JournalEntry, ...]:
    """Claim rows that the core has and may still change, a few at a time, since there may be thousands of them."""
    return await _claim(store, now, FOLLOWED, limit, lambda status, _: DAY if status == Status.COMPLETED else every)


async def _claim(
    store: Store, now: datetime, statuses: Sequence[str], limit: int, pause: Callable[[str, int], timedelta]
) -> tuple[JournalEntry, ...]:
    query = (
        select(table)
        .where(table.c.status.in_(statuses), table.c.next_check_at <= now)
        .order_by(WAITS.desc(), table.c.next_check_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = []
    async with store.write() as db:
        for row in (await db.execute(query)).all():
            later = update(table).where(table.c.serial == row.serial)
            await db.execute(later.values(next_check_at=now + pause(row.status, row.checks), checks=row.checks + 1))
            claimed.append(entry_of(row, store.count_unknown))
    return tuple(claimed)


def _pause(status: str, checks: int) -> timedelta:
    """Return the pause until the next claim. What was not received is asked about ever more seldom, and for ever:
    should the core have it, that counts."""
    if status == Status.NOT_RECEIVED:
        return FIRST_PAUSE * (1 << min(checks, 24))
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(checks, 10)))
