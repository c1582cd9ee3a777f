"""Who searches for an application: each is claimed by one process, until its time comes again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from bff.applications import journal
from bff.applications.journal import New
from bff.rules.application_kinds import ApplicationKind
from bff.store.database import Store
from bff.store.tables import application, member
from tests.conftest import on_each_database

NOW = datetime(2018, 11, 1, tzinfo=UTC)
MANY = 60


@pytest.fixture
async def waiting(store: Store) -> Store:
    """A store with applications of as many members, all to be searched for now."""
    for number in map(str, range(MANY)):
        names = ("id", "account_number", "name", "phone", "id_number", "login_hash", "query_hash")
        async with store.write() as db:
            await db.execute(insert(member).values({**dict.fromkeys(names, number), "registered_at": NOW}))
        new = New(number, number, "key", "hash", ApplicationKind.PROPERTY_FEE, Decimal(1), {})
        assert await journal.add(store, new, NOW - timedelta(seconds=30), NOW)
    return store


async def claimed(store: Store, now: datetime, limit: int = 20) -> list[str]:
    return [entry.member_id for entry in await journal.claim(store, now, limit)]


@on_each_database
async def test_processes_that_claim_at_once_share_the_work(waiting: Store, store_url: str) -> None:
    processes = [await Store.open(store_url) for _ in range(4)]
    shares = await asyncio.gather(*(claimed(each, NOW) for each in processes))
    for each in processes:
        await each.close()
    taken = [member_id for share in shares for member_id in share]
    assert (len(taken), len(set(taken))) == (MANY, MANY)


@on_each_database
async def test_what_a_dead_process_claimed_is_to_be_had_again_after_a_pause(waiting: Store) -> None:
    claims = [len(await claimed(waiting, NOW)) for _ in range(4)]
    assert claims == [20, 20, 20, 0]
    assert await claimed(waiting, NOW + timedelta(seconds=1.9)) == []
    assert len(await claimed(waiting, NOW + timedelta(seconds=2))) == 20


@on_each_database
async def test_what_was_not_received_is_asked_about_ever_more_seldom_and_what_is_confirmed_first(
    waiting: Store,
) -> None:
    (entry,) = await journal.claim(waiting, NOW, limit=1)
    await journal.not_received(waiting, entry, NOW, "未收到")
    now, pauses = await next_time(waiting, entry), []
    for _ in range(12):
        claims = await claimed(waiting, now, limit=MANY)
        assert claims[-1] == entry.member_id
        now, before = await next_time(waiting, entry), now
        pauses.append((now - before).total_seconds())
    assert pauses == [2.0 * 2**number for number in range(1, 13)]


async def next_time(store: Store, entry: journal.JournalEntry) -> datetime:
    async with store.read() as db:
        query = select(application.c.next_check_at).where(application.c.serial == entry.serial)
        found: datetime = (await db.execute(query)).scalar_one()
    return found
