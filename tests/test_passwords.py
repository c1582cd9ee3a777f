"""Hashing: a bound on hashes at once, an end to waiting, and nobody's password."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bff.errors import ApiError, ApiErrorCode
from bff.security.password_hashing import PasswordHasher


@dataclass
class Work:
    """Work that lasts until it is let go; it counts how many are at it."""

    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    running: int = 0

    def __call__(self) -> str:
        self.running += 1
        self.begun.release()
        self.go.wait(30)
        self.running -= 1
        return "done"


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.go.set()


def passwords(**more: Any) -> PasswordHasher:
    return PasswordHasher(memory_kib=64, iterations=1, at_once=2, **more)


async def test_no_more_hashes_at_once_than_allowed(work: Work) -> None:
    hasher = passwords()
    tasks = [asyncio.create_task(hasher._in_turn(work)) for _ in range(10)]
    for _ in range(2):
        await asyncio.to_thread(work.begun.acquire)
    assert work.running == 2
    work.go.set()
    assert await asyncio.gather(*tasks) == ["done"] * 10


async def test_who_waits_too_long_for_a_turn_is_told_so(work: Work) -> None:
    hasher = passwords(patience=0.05)
    tasks = [asyncio.create_task(hasher._in_turn(work)) for _ in range(2)]
    for _ in range(2):
        await asyncio.to_thread(work.begun.acquire)
    with pytest.raises(ApiError) as caught:
        await hasher.hash("Summer-Rain-8")
    assert caught.value.extensions["code"] == ApiErrorCode.RATE_LIMITED
    work.go.set()
    await asyncio.gather(*tasks)


async def test_the_queue_is_bounded(work: Work) -> None:
    hasher = passwords(waiting=3)
    tasks = [asyncio.create_task(hasher._in_turn(work)) for _ in range(2)]
    for _ in range(2):
        await asyncio.to_thread(work.begun.acquire)
    waiting = [asyncio.create_task(hasher.hash("Summer-Rain-8")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ApiError):
        await hasher.hash("Summer-Rain-8")
    work.go.set()
    assert len(await asyncio.gather(*tasks, *waiting)) == 5


async def test_a_caller_that_leaves_frees_no_slot_before_its_hash_is_done(work: Work) -> None:
    hasher = passwords(patience=0.05)
    tasks = [asyncio.create_task(hasher._in_turn(work)) for _ in range(2)]
    for _ in range(2):
        await asyncio.to_thread(work.begun.acquire)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with pytest.raises(ApiError):
        await hasher.hash("Summer-Rain-8")
    assert work.running == 2
    work.go.set()


async def test_networks_take_turns(work: Work) -> None:
    hasher, order = passwords(), []

    async def hash_for(network: str) -> None:
        await hasher.hash("Summer-Rain-8", network)
        order.append(network)

    held = [asyncio.create_task(hasher._in_turn(work)) for _ in range(2)]
    for _ in range(2):
        await asyncio.to_thread(work.begun.acquire)
    flood = [asyncio.create_task(hash_for("flood")) for _ in range(40)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(hash_for(f"other {number}")) for number in range(3)]
    await asyncio.sleep(0)
    work.go.set()
    await asyncio.gather(*held, *flood, *others)
    # Two at once, and one turn of the flood's before each of the others'.
    assert max(order.index(f"other {number}") for number in range(3)) <= 6


async def test_computed_hashes_are_counted() -> None:
    counted: list[None] = []
    hasher = passwords(count=lambda: counted.append(None))
    assert not await hasher.verify(await hasher.hash("Summer-Rain-8"), "Summer-Rain-9")
    assert len(counted) == 2


async def test_nobody_has_no_password() -> None:
    hasher = passwords()
    assert not await hasher.verify(None, "nobody's password")


async def test_a_broken_hash_fits_nothing() -> None:
    assert not await passwords().verify("$argon2id$broken", "Summer-Rain-8")


async def test_a_hash_of_cheaper_days_is_outdated() -> None:
    stored = await passwords().hash("Summer-Rain-8")
    assert PasswordHasher(memory_kib=128, iterations=1).is_outdated(stored)
    assert not passwords().is_outdated(stored)
