"""Who searches for an application: each is claimed by one process, until its time comes again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from bff import journal
from bff.journal import New
from bff.rules.application import ApplicationKind
from bff.store import Store
from bff.store.tables import member
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
        assert await journal.add(store, new, NOW - timedelta(seconds=30))
    return store


async def claimed(store: Store, now: datetime) -> list[str]:
    return [entry.member_id for entry in await journal.claim(store, now)]


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
