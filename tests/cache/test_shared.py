"""Several processes over one Redis, and a Redis that dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import structlog

from bff.cache.record_cache import CachedRecord, RecordCache
from bff.cache.refresh_lease import POLL_INTERVAL
from bff.legacy.errors import CoreCallNotPermitted, CoreRejected, CoreUnreachable
from bff.rules.application import Rejection
from bff.store import keyvalue as storages
from bff.store.keyvalue import PAUSE, StorageAway, in_redis
from tests.cache.conftest import ROW, Clock, Origin, bulletin
from tests.support.gate import gate
from tests.support.services import redis_url

Two = tuple[RecordCache, RecordCache]


@pytest.mark.services
async def test_one_process_asks_for_all(clock: Clock, origin: Origin, member: str) -> None:
    processes = [RecordCache(in_redis(redis_url()), clock) for _ in range(8)]
    answers = await asyncio.gather(*(each.read(ROW, member, origin) for each in processes for _ in range(20)))
    assert answers == [CachedRecord(bulletin("1"))] * 160
    for each in processes:
        await each.close()


@pytest.mark.services
async def test_what_one_process_drops_is_dropped_in_all(two: Two, origin: Origin, member: str) -> None:
    here, there = two
    await here.read(ROW, member, origin)
    assert await there.read(ROW, member, origin) == CachedRecord(bulletin("1"))
    await here.invalidate(member)
    assert await there.read(ROW, member, origin) == CachedRecord(bulletin("2"))


@pytest.mark.services
async def test_an_outage_that_one_process_met_is_not_met_by_all(
    two: Two, origin: Origin, clock: Clock, member: str
) -> None:
    await two[0].read(ROW, member, origin)
    clock.at += 600
    origin.error = CoreUnreachable("QueryArticle", "refused")
    answers = await asyncio.gather(*(each.read(ROW, member, origin) for each in two))
    assert (answers, origin.calls) == ([CachedRecord(bulletin("1"), 600.0)] * 2, 2)


@pytest.mark.services
async def test_without_an_old_answer_the_others_are_told_at_once(two: Two, origin: Origin, member: str) -> None:
    here, there = two
    origin.error = CoreUnreachable("QueryArticle", "refused")
    with pytest.raises(CoreUnreachable):
        await here.read(ROW, member, origin)
    with pytest.raises(CoreCallNotPermitted):
        await there.read(ROW, member, origin)
    assert origin.calls == 1


@pytest.mark.services
async def test_a_process_that_is_late_leaves_the_turn_to_the_one_that_has_it(two: Two, member: str) -> None:
    """Its lease ended while it asked: three processes, of which the last is not to ask a third time."""
    here, there = two
    here.lease = 0.05
    late, waiting, last = (Origin() for _ in range(3))
    late.error = CoreRejected("QueryArticle", Rejection.RECORD_UNKNOWN, "0001", "")
    late.gate.clear()
    waiting.gate.clear()
    first = asyncio.create_task(here.read(ROW, member, late))
    await late.asked.wait()
    second = asyncio.create_task(there.read(ROW, member, waiting))
    await waiting.asked.wait()
    late.gate.set()
    with pytest.raises(CoreRejected):
        await first
    here.lease = 60.0
    third = asyncio.create_task(here.read(ROW, member, last))
    await asyncio.wait((third,), timeout=5 * POLL_INTERVAL)
    waiting.gate.set()
    assert await second == await third == CachedRecord(bulletin("1"))
    assert (waiting.calls, last.calls) == (1, 0)


@pytest.mark.services
async def test_a_process_that_died_while_it_asked_blocks_nobody_for_long(clock: Clock, member: str) -> None:
    here, there = (RecordCache(in_redis(redis_url()), clock, lease=0.3) for _ in range(2))
    stuck, origin = Origin(), Origin()
    stuck.gate.clear()
    dead = asyncio.ensure_future(here.read(ROW, member, stuck))
    await stuck.asked.wait()
    assert await there.read(ROW, member, origin) == CachedRecord(bulletin("1"))
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)
    for each in (here, there):
        await each.close()


@dataclass
class Silent:
    """Takes connections and says nothing."""

    url: str
    connections: int = 0


@pytest.fixture
async def silent(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Silent]:
    monkeypatch.setattr(storages, "PATIENCE", 0.1)
    found = Silent("")

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    found.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    yield found
    server.close()


@pytest.fixture
async def monotonic(silent: Silent, clock: Clock) -> AsyncIterator[tuple[RecordCache, Clock]]:
    """A cache over the silent one, and the clock by which it leaves it alone."""
    ticks = Clock(0.0)
    storage = in_redis(silent.url)
    storage.clock = ticks
    yield RecordCache(storage, clock), ticks
    await storage.close()


async def test_a_silent_storage_costs_one_short_wait_and_is_then_left_alone(
    monotonic: tuple[RecordCache, Clock], silent: Silent, origin: Origin, member: str
) -> None:
    cache, ticks = monotonic
    assert await cache.read(ROW, member, origin) == CachedRecord(bulletin("1"))
    assert silent.connections == 1
    for _ in range(20):
        await cache.read(ROW, member, origin)
    ticks.at += PAUSE - 0.1
    await cache.read(ROW, member, origin)
    assert (origin.calls, silent.connections) == (22, 1)
    ticks.at += 0.1
    await cache.read(ROW, member, origin)
    assert silent.connections == 2


async def test_without_its_storage_a_cache_still_makes_one_call_of_many(
    monotonic: tuple[RecordCache, Clock], origin: Origin, member: str
) -> None:
    cache, _ = monotonic
    await cache.read(ROW, member, origin)
    origin.gate.clear()
    asyncio.get_running_loop().call_later(0.05, origin.gate.set)
    assert (
        await asyncio.gather(*(cache.read(ROW, member, origin) for _ in range(50)))
        == [CachedRecord(bulletin("2"))] * 50
    )


async def test_a_storage_that_is_away_is_logged_once_and_without_what_was_stored(
    monotonic: tuple[RecordCache, Clock], origin: Origin, member: str
) -> None:
    cache, _ = monotonic
    with structlog.testing.capture_logs() as logged:
        await asyncio.gather(*(cache.read(ROW, member, origin) for _ in range(5)))
    assert logged == [{"event": "cache_away", "error": "TimeoutError", "log_level": "warning"}]


@pytest.mark.services
async def test_a_reply_that_comes_too_late_is_nobody_elses(member: str) -> None:
    at, ticks = urlsplit(redis_url()), Clock(0.0)
    with gate(str(at.hostname), at.port or 6379) as way:
        storage = in_redis(at._replace(netloc=at.netloc.replace(f":{at.port}", f":{way.port}")).geturl())
        storage.clock = ticks
        keys = [f"{member}:{number}" for number in range(20)]
        for key in keys:
            await storage.set(key, key.encode(), 60.0)
        way.hang()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(storages, "PATIENCE", 0.1)
            late = await asyncio.gather(*(storage.get(key) for key in keys), return_exceptions=True)
        assert {type(each) for each in late} == {StorageAway}
        way.open()
        ticks.at += PAUSE
        assert [await storage.get(key) for key in keys] == [key.encode() for key in keys]
        await storage.close()


@pytest.mark.services
async def test_a_drop_that_the_storage_missed_is_made_up_for(clock: Clock, origin: Origin, member: str) -> None:
    storage = in_redis(redis_url())
    cache = RecordCache(storage, clock)
    await cache.read(ROW, member, origin)
    ticks = Clock(0.0)
    storage.clock, storage._away_until = ticks, 10.0
    await cache.invalidate(member)
    ticks.at = 10.0
    assert await cache.read(ROW, member, origin) == CachedRecord(bulletin("2"))
    assert await cache.read(ROW, member, origin) == CachedRecord(bulletin("2"))
    await cache.close()
