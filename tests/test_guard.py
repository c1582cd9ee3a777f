"""Counting tries: pauses that grow, who is counted together, which address counts, and a Redis that goes away."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bff.security.attempt_limiter import NAME, PAIR, AttemptLimiter, Use
from bff.security.client_address import client_address, network_of
from tests.support.services import redis_url

SECRET = "login password"
STRANGER, HOME = "203.0.113.7", "198.51.100.1"


class Clock:
    """The clock that the counting library reads, moved by hand."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    monkeypatch.setattr("bff.security.attempt_limiter.time", clock)
    return clock


@pytest.fixture
async def guard() -> AsyncIterator[AttemptLimiter]:
    guard = AttemptLimiter.open("")
    yield guard
    await guard.close()


async def tries_that_count(guard: AttemptLimiter, clock: Clock, seconds: int) -> int:
    """Of a caller who tries once a second."""
    counted = 0
    for _ in range(seconds):
        clock.at += 1
        counted += await guard.wait(SECRET, "a", STRANGER) == 0
    return counted


async def test_the_pauses_grow_with_the_tries(guard: AttemptLimiter, clock: Clock) -> None:
    assert await tries_that_count(guard, clock, 10) <= 5
    assert await tries_that_count(guard, clock, 590) <= 10
    assert await tries_that_count(guard, clock, 3600) <= 20


async def test_the_first_tries_need_not_wait(guard: AttemptLimiter, clock: Clock) -> None:
    assert [await guard.wait(SECRET, "a", STRANGER) for _ in range(3)] == [0, 0, 0]
    assert 1 <= await guard.wait(SECRET, "a", STRANGER) <= 10


async def test_the_time_that_is_told_is_that_of_the_longest_rule(guard: AttemptLimiter, clock: Clock) -> None:
    """After it a try may be made, and not two seconds before."""
    told = []
    for _ in range(40):
        while not (seconds := await guard.wait(SECRET, "a", STRANGER)):
            clock.at += 1
        told.append(seconds)
        clock.at += seconds - 2
        assert seconds <= 2 or await guard.wait(SECRET, "a", STRANGER) > 0
        clock.at += 2
        assert await guard.wait_of(Use(PAIR, (SECRET, "a", STRANGER))) == 0
    assert max(told) > 60


async def test_what_is_refused_by_one_limit_is_counted_under_none(guard: AttemptLimiter, clock: Clock) -> None:
    pair, name = Use(PAIR, (SECRET, "a", HOME)), Use(NAME, (SECRET, "a"))
    for _ in range(10):
        assert await guard.use_all(name) == 0
    for _ in range(50):
        assert await guard.use_all(pair, name) > 60
    assert [await guard.use_all(pair) for _ in range(3)] == [0, 0, 0]


async def test_a_network_without_tries_left_hears_the_longest_pause(guard: AttemptLimiter, clock: Clock) -> None:
    for _ in range(60):
        await guard.wrong(SECRET, STRANGER)
    network = await guard.wait(SECRET, "a", STRANGER)
    pair = Use(PAIR, (SECRET, "a", STRANGER))
    for _ in range(3):
        await guard.use_all(pair)
    assert await guard.wait(SECRET, "a", STRANGER) == max(network, await guard.wait_of(pair))


async def test_a_refused_try_prolongs_no_pause(guard: AttemptLimiter, clock: Clock) -> None:
    for _ in range(3):
        await guard.wait(SECRET, "a", STRANGER)
    for _ in range(50):
        assert await guard.wait(SECRET, "a", STRANGER) > 0
    clock.at += 10
    assert await guard.wait(SECRET, "a", STRANGER) == 0


async def test_a_try_that_is_given_back_leaves_no_trace(guard: AttemptLimiter, clock: Clock) -> None:
    for _ in range(2):
        assert await guard.wait(SECRET, "a", HOME) == 0
    for _ in range(100):
        assert await guard.wait(SECRET, "a", HOME) == 0
        await guard.give_back(PAIR, SECRET, "a", HOME)
    assert await guard.wait(SECRET, "a", HOME) == 0
    assert await guard.wait(SECRET, "a", HOME) > 0


async def test_a_name_has_ten_tries_from_everywhere(guard: AttemptLimiter, clock: Clock) -> None:
    tried = [await guard.use(NAME, SECRET, "a") for _ in range(100)]
    assert tried.count(0) == 10
    assert max(tried) <= 30 * 60


async def test_the_tries_of_other_networks_pause_nobody(guard: AttemptLimiter, clock: Clock) -> None:
    for number in range(100):
        assert await guard.wait(SECRET, "a", f"203.0.113.{number}") == 0


async def test_each_secret_is_counted_by_itself(guard: AttemptLimiter, clock: Clock) -> None:
    for _ in range(4):
        await guard.wait(SECRET, "a", HOME)
    assert await guard.wait("query password", "a", HOME) == 0


async def test_a_network_has_sixty_wrong_tries_against_everybody(guard: AttemptLimiter, clock: Clock) -> None:
    counted = 0
    for number in range(200):
        if await guard.wait(SECRET, f"account {number}", STRANGER) == 0:
            counted += 1
            await guard.wrong(SECRET, STRANGER)
    assert counted == 60
    assert await guard.wait(SECRET, "account 1", HOME) == 0


async def test_many_members_may_share_an_address(guard: AttemptLimiter, clock: Clock) -> None:
    for number in range(200):
        assert await guard.wait(SECRET, f"account {number}", HOME) == 0
        await guard.give_back(PAIR, SECRET, f"account {number}", HOME)


async def test_while_redis_is_away_this_process_counts_alone(clock: Clock) -> None:
    guard = AttemptLimiter.open("redis://127.0.0.1:1/0")
    assert [await guard.wait(SECRET, "a", HOME) > 0 for _ in range(4)] == [False, False, False, True]
    await guard.close()


@pytest.mark.services
async def test_processes_count_together_over_redis() -> None:
    processes = [AttemptLimiter.open(redis_url()) for _ in range(4)]
    name = uuid4().hex
    for number in range(40):
        assert await processes[number % 4].use(NAME, SECRET, name) == 0
        await processes[(number + 1) % 4].give_back(NAME, SECRET, name)
    tried = [await processes[number % 4].use(NAME, SECRET, name) for number in range(100)]
    for each in processes:
        await each.close()
    assert tried.count(0) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("no address", "no address"),
    ],
)
def test_a_network_is_what_one_caller_cannot_change_at_will(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1, 10.0.0.3", "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1, nonsense, 10.0.0.3", "10.0.0.3"),
        ("10.0.0.2", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.2", "[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", "", "10.0.0.2"),
    ],
)
def test_only_trusted_proxies_say_where_a_caller_is(peer: str, forwarded: str | None, address: str) -> None:
    assert client_address(peer, forwarded, ("10.0.0.0/8",)) == address
