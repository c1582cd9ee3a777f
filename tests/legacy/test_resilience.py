"""Circuit breaker, retry budget, bulkhead and call policy on a fake clock, with exact values."""

from __future__ import annotations

import asyncio

import pytest

from bff.legacy import deadline
from bff.legacy.errors import CoreCallNotPermitted
from bff.legacy.resilience.bulkhead import Bulkhead, BulkheadFull
from bff.legacy.resilience.call_policy import CallLimits, CallPolicy
from bff.legacy.resilience.circuit_breaker import CircuitBreaker
from bff.legacy.resilience.retry_budget import RetryBudget
from tests.legacy.conftest import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(failure_threshold=3, open_seconds=5.0, clock=clock)


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        breaker.start_call()
        breaker.record_failure()


def test_two_failures_of_three_leave_it_as_it_was(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    assert (breaker.retry_after(), breaker.is_open) == (0.0, False)


def test_the_third_in_a_row_opens_it_for_its_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    assert breaker.retry_after() == 5.0
    clock.at += 3.5
    assert breaker.retry_after() == 1.5


def test_a_success_between_them_starts_the_count_anew(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    breaker.record_success()
    fail(breaker, 2)
    assert not breaker.is_open


def test_after_the_pause_one_probe_goes_out_and_the_others_wait(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.at += 5
    assert breaker.retry_after() == 0.0
    breaker.start_call()
    assert breaker.retry_after() == 5.0


def test_a_probe_that_succeeds_closes_it(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.at += 5
    breaker.start_call()
    breaker.record_success()
    assert (breaker.retry_after(), breaker.is_open) == (0.0, False)


def test_a_probe_that_fails_opens_it_for_another_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.at += 6
    fail(breaker, 1)
    assert breaker.retry_after() == 5.0


def test_a_probe_that_was_given_up_makes_room_for_the_next(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.at += 5
    breaker.record_abandoned(breaker.start_call())
    assert (breaker.retry_after(), breaker.is_open) == (0.0, True)


def test_a_call_from_before_it_opened_does_not_give_the_probe_up(breaker: CircuitBreaker, clock: Clock) -> None:
    old = breaker.start_call()
    fail(breaker, 3)
    clock.at += 5
    breaker.start_call()
    breaker.record_abandoned(old)
    assert breaker.retry_after() == 5.0


def test_calls_that_were_out_when_it_opened_do_not_hold_it_open_longer(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.at += 4
    breaker.record_failure()
    assert breaker.retry_after() == 1.0


def test_ten_calls_earn_one_retry() -> None:
    budget = RetryBudget(share=0.125, max_saved=2.0)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(7):
        budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()
    assert not budget.spend()


def test_a_budget_saves_no_more_than_its_most() -> None:
    budget = RetryBudget(share=0.5, max_saved=2.0)
    for _ in range(100):
        budget.earn()
    assert budget.saved == 2.0


def test_no_share_is_no_retry() -> None:
    assert not RetryBudget(share=0).spend()


async def test_a_bulkhead_lets_so_many_in_queues_so_many_and_turns_the_rest_away() -> None:
    bulkhead, gate = Bulkhead(max_concurrency=2, max_queue=3), asyncio.Event()

    async def visit() -> None:
        async with bulkhead.slot(None):
            await gate.wait()

    visits = [asyncio.ensure_future(visit()) for _ in range(6)]
    done, _ = await asyncio.wait(visits, return_when=asyncio.FIRST_COMPLETED)
    assert [type(each.exception()) for each in done] == [BulkheadFull]
    assert (bulkhead.in_flight, bulkhead.queued) == (2, 3)
    gate.set()
    await asyncio.wait(visits)
    assert sum(each.exception() is None for each in visits) == 5
    assert (bulkhead.in_flight, bulkhead.queued) == (0, 0)


async def test_who_waits_too_long_is_turned_away() -> None:
    bulkhead = Bulkhead(max_concurrency=1, max_queue=1)
    async with bulkhead.slot(None):
        with pytest.raises(BulkheadFull):
            async with bulkhead.slot(0.01):
                pytest.fail("there was a place")
    async with bulkhead.slot(0.01):
        assert bulkhead.in_flight == 1


async def test_how_long_the_latest_stayed_is_known(clock: Clock) -> None:
    bulkhead = Bulkhead(max_concurrency=1, max_queue=1, clock=clock)

    async def stay(seconds: float, error: Exception | None = None) -> None:
        async with bulkhead.slot(None):
            clock.at += seconds
            if error:
                raise error

    for seconds, typical in ((4.0, 2.0), (4.0, 3.0), (1.0, 2.0)):
        await stay(seconds)
        assert bulkhead.typical_seconds == typical
    for seconds, typical in ((6.0, 6.0), (1.0, 6.0)):
        with pytest.raises(TimeoutError):
            await stay(seconds, TimeoutError())
        assert bulkhead.typical_seconds == typical


async def test_a_read_that_would_be_cut_does_not_wait_for_a_place_and_a_write_does(clock: Clock) -> None:
    policy = CallPolicy("AccountService", CallLimits(max_concurrency=1), timeout=8.0, clock=clock)
    policy.bulkhead.typical_seconds = 5.0
    gate = asyncio.Event()

    async def call(_: float) -> str:
        await gate.wait()
        return "answered"

    async def run(*, writes: bool, left: float) -> str:
        deadline.start(left)
        return await policy.run("QueryAccount", call, writes=writes)

    first = asyncio.create_task(run(writes=False, left=4.0))  # there is a place: it is tried
    await asyncio.sleep(0)
    with pytest.raises(CoreCallNotPermitted):
        await asyncio.create_task(run(writes=False, left=4.0))
    others = [asyncio.create_task(run(writes=writes, left=left)) for writes, left in ((True, 4.0), (False, 30.0))]
    await asyncio.sleep(0)
    assert policy.bulkhead.queued == 2
    gate.set()
    assert await asyncio.gather(first, *others) == ["answered"] * 3


async def test_a_read_that_waited_until_it_would_be_cut_is_not_sent(clock: Clock) -> None:
    policy = CallPolicy("AccountService", CallLimits(max_concurrency=1), timeout=8.0, clock=clock)
    gate, sent = asyncio.Event(), []

    async def call(seconds: float) -> None:
        sent.append(seconds)
        await gate.wait()
        clock.at += 12.0

    async def run(left: float) -> None:
        deadline.start(left)
        await policy.run("QueryAccount", call, writes=False)

    slow, late = asyncio.create_task(run(60.0)), asyncio.create_task(run(5.0))
    await asyncio.sleep(0)
    gate.set()
    with pytest.raises(CoreCallNotPermitted):
        await late
    await slow
    assert sent == [8.0]


async def test_who_leaves_the_queue_leaves_its_place_to_others() -> None:
    bulkhead = Bulkhead(max_concurrency=1, max_queue=1)

    async def visit() -> str:
        async with bulkhead.slot(None):
            return "served"

    async with bulkhead.slot(None):
        impatient = asyncio.ensure_future(visit())
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.wait([impatient])
        patient = asyncio.ensure_future(visit())
        await asyncio.sleep(0)
        assert bulkhead.queued == 1
    assert await patient == "served"
