"""Strangers fill a Redis that evicts: what counts tries of secrets is not in it, and what they store has a bound."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis
from structlog.testing import capture_logs

from bff.cli.check import local_checks
from bff.cli.check.findings import FindingState
from bff.security.attempt_limiter import AttemptLimiter
from bff.security.network_rate_limiter import DOCUMENTS
from bff.services import open_services
from bff.store.redis_eviction import Eviction, eviction_of
from tests.conftest import settings_for
from tests.support.servers import Core, running_bff
from tests.support.services import redis_server

EVICTING = ("--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru")
KEEPING = ("--maxmemory", "16mb", "--maxmemory-policy", "noeviction")
SECRET, ADDRESS = "login password", "203.0.113.7"

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def evicting() -> Iterator[str]:
    with redis_server(*EVICTING) as url:
        yield url


@pytest.fixture(scope="module")
def keeping() -> Iterator[str]:
    with redis_server(*KEEPING) as url:
        yield url


def flood(url: str) -> None:
    """With as much as it takes to push out all that was there."""
    client = Redis.from_url(url)
    for number in range(2000):
        client.set(f"gjj:document:{number}", b"x" * 10_000, ex=86400)
    client.close()


async def refused_after_a_flood(counts: str, flooded: str) -> bool:
    guard, name = AttemptLimiter.open(counts), uuid4().hex
    tries = [await guard.wait(SECRET, name, ADDRESS) for _ in range(4)]
    assert (tries[:3], tries[3] > 0) == ([0, 0, 0], True)
    flood(flooded)
    refused = await guard.wait(SECRET, name, ADDRESS) > 0
    await guard.close()
    return refused


async def test_counts_of_tries_survive_a_flood_of_the_cache(evicting: str, keeping: str) -> None:
    assert await refused_after_a_flood(keeping, evicting)


async def test_in_a_redis_that_evicts_they_would_not(evicting: str) -> None:
    assert not await refused_after_a_flood(evicting, evicting)


async def test_the_server_counts_where_the_setting_says(
    core: Core, tmp_path: Path, evicting: str, keeping: str
) -> None:
    settings = settings_for(core, tmp_path, cache_url=evicting, limits_url=keeping)
    before = Redis.from_url(keeping).dbsize()
    async with open_services(settings) as services:
        await services.attempt_limiter.wait(SECRET, uuid4().hex, ADDRESS)
    assert Redis.from_url(keeping).dbsize() > before


async def test_a_redis_tells_whether_it_evicts(evicting: str, keeping: str) -> None:
    assert await eviction_of(evicting) == Eviction("allkeys-lru", 4 * 1024 * 1024)
    found = await eviction_of(keeping)
    assert found is not None
    assert not found.threatens


@pytest.mark.parametrize(
    ("policy", "limit", "threatens"),
    [("allkeys-lru", 1, True), ("volatile-ttl", 1, True), ("allkeys-lru", 0, False), ("noeviction", 1, False)],
)
def test_without_a_limit_nothing_is_evicted(policy: str, limit: int, threatens: bool) -> None:
    assert Eviction(policy, limit).threatens is threatens


async def test_the_check_says_what_is_wrong(core: Core, tmp_path: Path, evicting: str, keeping: str) -> None:
    shared = await local_checks.limits(settings_for(core, tmp_path, cache_url=evicting))
    assert (shared.state, shared.found) == (FindingState.WRONG, "BFF_CACHE_URL evicts counts of tries (allkeys-lru)")
    assert "BFF_LIMITS_URL" in shared.do
    apart = await local_checks.limits(settings_for(core, tmp_path, cache_url=evicting, limits_url=keeping))
    assert (apart.state, apart.found) == (FindingState.OK, "BFF_LIMITS_URL evicts nothing")
    away = await local_checks.limits(settings_for(core, tmp_path, limits_url="redis://127.0.0.1:1/0"))
    assert away.state is FindingState.WRONG


async def test_a_start_warns(core: Core, tmp_path: Path, evicting: str) -> None:
    with capture_logs() as logged:
        async with open_services(settings_for(core, tmp_path, cache_url=evicting)):
            pass
    assert "limits_can_be_evicted" in [each["event"] for each in logged]


def test_one_network_stores_so_many_documents_a_day(core: Core, tmp_path: Path, keeping: str) -> None:
    settings = settings_for(core, tmp_path, cache_url=keeping, trusted_proxies="127.0.0.1")
    stored = Redis.from_url(keeping)
    stored.flushdb()
    with running_bff(settings) as bff:
        for number in range(DOCUMENTS // 10_000 + 10):
            text = f"{{ __typename }} #{number} {'x' * 10_000}"
            digest = hashlib.sha256(text.encode()).hexdigest()
            asked = {"query": text, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
            answer = bff.client.post("/graphql", json=asked, headers={"X-Forwarded-For": ADDRESS})
            assert answer.json() == {"data": {"__typename": "Query"}}
    assert DOCUMENTS // 10_000 - 2 <= len(stored.keys("*gjj:document:*")) <= DOCUMENTS // 10_000
