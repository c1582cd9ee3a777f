"""A core that counts, and caches in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from bff.cache import refresh_lease
from bff.cache.policy import CachePolicy
from bff.cache.record_cache import RecordCache
from bff.rules.information import Bulletin
from bff.store.keyvalue import Storage, in_memory, in_redis
from tests.support.services import redis_url

ROW: CachePolicy[Any] = CachePolicy("bulletin", Bulletin | None, fresh=100.0, kept=1000.0)


@dataclass
class Clock:
    at: float = 1_540_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Origin:
    """Answers with the number of the call, or with the error it is told to raise; waits while `gate` is closed."""

    calls: int = 0
    error: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self) -> Any:
        self.calls += 1
        self.asked.set()
        number, error = self.calls, self.error
        await self.gate.wait()
        if error is not None:
            raise error
        return bulletin(str(number))


def bulletin(number: str) -> Bulletin:
    return Bulletin(id=number, category=None, title="通知", source=None, published_on=date(2018, 10, 25), body="")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def origin() -> Origin:
    return Origin()


@pytest.fixture
def member() -> str:
    """A new one each time: tests share one Redis."""
    return uuid4().hex


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.services)])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[Storage]:
    storage = in_memory(1000) if request.param == "memory" else in_redis(redis_url())
    yield storage
    await storage.close()


@pytest.fixture
def cache(storage: Storage, clock: Clock) -> RecordCache:
    return RecordCache(storage, clock)


@pytest.fixture
async def two(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[RecordCache, RecordCache]]:
    """Two processes over one Redis, as far as they can see."""
    monkeypatch.setattr(refresh_lease, "OUTAGE_SECONDS", 60.0)
    pair = tuple(RecordCache(in_redis(redis_url()), clock, lease=60.0) for _ in range(2))
    yield pair[0], pair[1]
    for each in pair:
        await each.close()
