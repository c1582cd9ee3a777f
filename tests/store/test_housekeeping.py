"""What has had its time goes, by the server's clock, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from math import inf
from pathlib import Path

import pytest
from sqlalchemy import Table, func, insert, select

from bff.context import Context
from bff.resolvers.reveal import revealed
from bff.security.client_address import Client
from bff.security.current_session import CurrentSession, Member
from bff.security.sms_codes import SmsPurpose
from bff.services import Services, open_services
from bff.store.batch_delete import BATCH, remove
from bff.store.database import Store
from bff.store.tables import audit as audit_table
from bff.store.tables import known_network, member, session, sms_code, spent_refresh_token
from tests.conftest import on_each_database, settings_for
from tests.support.servers import Clock, Core, running_bff
from tests.support.serving import until

CLIENT = Client(address="203.0.113.1", user_agent="phone", request_id="1")
NOTHING = {"codes": 0, "sessions": 0, "networks": 0, "audit_entries": 0}


@pytest.fixture
def clock() -> Clock:
    # Long ago: the database itself keeps audit entries that are young by the real time.
    return Clock(days_ago=1200)


@pytest.fixture
async def services(core: Core, tmp_path: Path, database: str, clock: Clock) -> AsyncIterator[Services]:
    async with open_services(settings_for(core, tmp_path, database_url=database), clock) as services:
        async with services.store.write() as db:
            await db.execute(insert(member).values(person("1", clock())))
        yield services


def person(number: str, now: datetime) -> dict[str, object]:
    same = dict.fromkeys(("id", "account_number", "name", "phone", "id_number", "login_hash", "query_hash"), number)
    return {**same, "registered_at": now}


async def rows(store: Store, table: Table) -> int:
    async with store.read() as db:
        return int((await db.execute(select(func.count()).select_from(table))).scalar_one())


@on_each_database
async def test_a_session_that_is_over_goes_with_its_spent_tokens(services: Services, clock: Clock) -> None:
    tokens = await services.sessions.start("1", "phone", unlock=False)
    assert await services.sessions.refresh(tokens.refresh)
    clock.move(days=14)
    used = await services.sessions.start("1", "phone", unlock=False)
    clock.move(minutes=59)
    assert await services.retention.tidy() == NOTHING
    clock.move(minutes=1)
    assert await services.retention.tidy() == {**NOTHING, "sessions": 1}
    assert await rows(services.store, spent_refresh_token) == 0
    assert await services.sessions.refresh(used.refresh)


@on_each_database
async def test_nonces_go_once_no_token_follows_from_them(services: Services, clock: Clock) -> None:
    tokens = await services.sessions.start("1", "phone", unlock=False)
    assert await services.sessions.refresh(tokens.refresh)
    clock.move(seconds=29)
    await services.sessions.forget_successors()
    assert await nonces(services.store) == (1, 1)
    clock.move(seconds=1)
    await services.sessions.forget_successors()
    assert await nonces(services.store) == (1, 0)
    clock.move(minutes=75)
    await services.retention.tidy()
    assert await nonces(services.store) == (0, 0)


async def nonces(store: Store) -> tuple[int, int]:
    """Of sessions and of spent tokens."""
    async with store.read() as db:
        found = [await db.execute(select(func.count(each.c.nonce))) for each in (session, spent_refresh_token)]
    return found[0].scalar_one(), found[1].scalar_one()


@on_each_database
async def test_a_session_that_was_ended_goes_after_an_hour(services: Services, clock: Clock) -> None:
    await services.sessions.start("1", "phone", unlock=False)
    await services.sessions.end("1")
    assert await services.retention.tidy() == NOTHING
    clock.move(hours=1)
    assert await services.retention.tidy() == {**NOTHING, "sessions": 1}
    assert await rows(services.store, session) == 0


@on_each_database
async def test_a_code_goes_an_hour_after_its_end(services: Services, clock: Clock) -> None:
    await services.sms_codes.create("13800000001", SmsPurpose.REGISTER, CLIENT.network)
    clock.move(minutes=64)
    assert await services.retention.tidy() == NOTHING
    clock.move(minutes=1)
    assert await services.retention.tidy() == {**NOTHING, "codes": 1}
    assert await rows(services.store, sms_code) == 0


@on_each_database
async def test_a_network_that_nobody_comes_from_is_forgotten(services: Services, clock: Clock) -> None:
    await services.members.note_network("1", "203.0.113.1")
    clock.move(days=89)
    await services.members.note_network("1", "203.0.113.2")
    assert await services.retention.tidy() == NOTHING
    clock.move(days=1)
    assert await services.retention.tidy() == {**NOTHING, "networks": 1}
    assert not await services.members.came_from("1", "203.0.113.1")
    assert await services.members.came_from("1", "203.0.113.2")


@on_each_database
async def test_an_audit_entry_goes_after_its_retention(services: Services, clock: Clock) -> None:
    await services.audit_log.record(CLIENT, "sign in", "done")
    clock.move(days=1095)
    assert await services.retention.tidy() == NOTHING
    clock.move(seconds=1)
    assert await services.retention.tidy() == {**NOTHING, "audit_entries": 1}
    assert await rows(services.store, audit_table) == 0


async def test_an_audit_entry_leaves_it_to_its_caller_whether_the_answer_is_stored(services: Services) -> None:
    session = CurrentSession("1", Member("1", "1", "1", "1", "1"), services.now() + timedelta(minutes=1))
    context = Context(services, CLIENT, session)
    await context.audit("sign in", "done")
    assert context.cache_control.until == inf
    assert await revealed(context, "phone", "1") == "1"
    assert context.cache_control.until == 0
    assert await rows(services.store, audit_table) == 2


@on_each_database
async def test_two_at_once_remove_everything_and_nothing_twice(services: Services, clock: Clock) -> None:
    many = 2 * BATCH + 1
    async with services.store.write() as db:
        seen = {"member_id": "1", "last_seen_at": clock() - timedelta(days=91)}
        await db.execute(insert(known_network), [{"network": str(each), **seen} for each in range(many)])
    due = known_network.c.last_seen_at < clock()
    removed = await asyncio.gather(*(remove(services.store, known_network, due) for _ in range(2)))
    assert (sum(removed), await rows(services.store, known_network)) == (many, 0)


def test_a_server_does_it_by_itself(core: Core, tmp_path: Path, clock: Clock) -> None:
    settings = settings_for(core, tmp_path)
    with running_bff(settings, now=clock) as bff:
        bff.sign_in("13800000001")
    clock.move(days=91)
    with running_bff(settings, now=clock) as bff:
        bff.sign_in("13800000001")
        until(lambda: len(_sessions(settings.store_url)) == 1)


def _sessions(url: str) -> list[str]:
    async def asked() -> list[str]:
        store = await Store.open(url)
        async with store.read() as db:
            found = list((await db.execute(select(session.c.id))).scalars())
        await store.close()
        return found

    return asyncio.run(asked())
