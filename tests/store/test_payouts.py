"""What was posted is looked at for as long as a bank may send the payment back, and then no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from bff.applications import journal
from bff.applications.journal import New
from bff.rules.application import ApplicationStatus, Step
from bff.rules.application_kinds import ApplicationKind
from bff.store.database import Store
from bff.store.tables import member
from tests.conftest import on_each_database

NOW = datetime(2018, 11, 1, tzinfo=UTC)
DAYS = 15


async def settled(store: Store, status: ApplicationStatus, now: datetime) -> ApplicationStatus:
    (entry,) = await journal.open_of(store, "1") or (await journal.by_key(store, "1", "key", "1"),)
    assert entry is not None
    step = Step(status, NOW + timedelta(hours=status is ApplicationStatus.PAYOUT_FAILED), None)
    await journal.settle(
        store,
        entry,
        status,
        [step],
        reference="SL1",
        interest=None,
        again=Step(status, now, None),
        follow_every=timedelta(hours=1),
        payout_days=DAYS,
    )
    entry = await journal.by_key(store, "1", "key", "1")
    assert entry is not None
    return entry.status


@pytest.fixture
async def posted(store: Store) -> Store:
    names = ("id", "account_number", "name", "phone", "id_number", "login_hash", "query_hash")
    async with store.write() as db:
        await db.execute(insert(member).values({**dict.fromkeys(names, "1"), "registered_at": NOW}))
    new = New("1", "1", "key", "hash", ApplicationKind.PROPERTY_FEE, Decimal(1), {})
    assert await journal.add(store, new, NOW, NOW)
    await settled(store, ApplicationStatus.COMPLETED, NOW)
    return store


@on_each_database
async def test_what_was_posted_is_looked_at_once_a_day_for_as_long_as_a_bank_may_send_it_back(posted: Store) -> None:
    looks = []
    for hour in range(24 * (DAYS + 5)):
        now = NOW + timedelta(hours=hour)
        if await journal.claim_under_way(posted, now, timedelta(hours=1)):
            looks.append(hour)
            await settled(posted, ApplicationStatus.COMPLETED, now)
    assert looks == [24 * day for day in range(1, DAYS + 1)]


@on_each_database
async def test_a_look_that_the_core_did_not_answer_is_made_another_day(posted: Store) -> None:
    for day in range(1, DAYS + 3):
        assert await journal.claim_under_way(posted, NOW + timedelta(days=day), timedelta(hours=1))
    await settled(posted, ApplicationStatus.COMPLETED, NOW + timedelta(days=DAYS + 2))
    assert not await journal.claim_under_way(posted, NOW + timedelta(days=99), timedelta(hours=1))


@on_each_database
@pytest.mark.parametrize("said", ["ACCEPTED", "IN_REVIEW", "APPROVED", "REJECTED"])
async def test_what_was_posted_can_only_be_sent_back(posted: Store, said: str) -> None:
    assert await settled(posted, ApplicationStatus(said), NOW) == "COMPLETED"
    assert await settled(posted, ApplicationStatus.PAYOUT_FAILED, NOW) == "PAYOUT_FAILED"
    assert await settled(posted, ApplicationStatus.COMPLETED, NOW) == "PAYOUT_FAILED"
    assert not await journal.claim_under_way(posted, NOW + timedelta(days=99), timedelta(hours=1))
