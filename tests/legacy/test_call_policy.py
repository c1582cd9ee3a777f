"""Circuit breaker, bulkhead, retries and deadlines over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from bff.legacy import CallLimits, Core, deadline
from bff.legacy.errors import (
    CoreBadData,
    CoreBadReply,
    CoreCallNotPermitted,
    CoreClosed,
    CoreError,
    CoreRejected,
    CoreTimeout,
)
from bff.rules.application import Submission
from bff.rules.application_kinds import ApplicationKind
from tests.legacy.conftest import Behaviour, Clock, Played, http, pass_time, playing, recorded

DUAN = "990140300001"
SUBMISSION = Submission(serial="S1", account_number=DUAN, kind=ApplicationKind.RENT, amount=Decimal("1.00"))
BUSY_ROW = CallLimits(breaker_failures=3, breaker_seconds=60, closed_seconds=60, retry_share=0)
GOOD = recorded("account_good.xml")


async def hang(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
    await asyncio.Event().wait()


def silent_for(seconds: float) -> Behaviour:
    """Lets that time pass once a call has come."""

    async def play(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        pass_time(seconds)
        await asyncio.Event().wait()

    return play


async def reset(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
    writer.transport.abort()


def first(*behaviours: Behaviour) -> Behaviour:
    """One after the other, the last one for all that follow."""
    left = list(behaviours)

    async def play(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(played, writer, serial)

    return play


@contextmanager
def within(seconds: float) -> Iterator[None]:
    deadline.start(seconds)
    try:
        yield
    finally:
        deadline.clear()


async def failures(core: Core, times: int, call: Callable[[Core], Awaitable[object]]) -> list[type[CoreError]]:
    found = []
    for _ in range(times):
        with pytest.raises(CoreError) as failed:
            await call(core)
        found.append(type(failed.value))
    return found


def clock_of(core: Core) -> Clock:
    """What the core's breakers go by from here on."""
    clock = Clock()
    for each in core.call_policies.values():
        each.breaker.clock = each.closed_breaker.clock = clock
    return clock


def account(core: Core) -> Awaitable[object]:
    return core.account.account(DUAN)


async def test_the_core_never_sees_more_calls_than_the_bound() -> None:
    inside, peak, gate = 0, 0, asyncio.Event()

    async def count(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        nonlocal inside, peak
        inside += 1
        peak = max(peak, inside)
        if inside == 4:
            gate.set()
        await gate.wait()
        await GOOD(played, writer, serial)
        inside -= 1

    async with playing(count, limits=CallLimits(max_concurrency=4, max_queue=100)) as (core, played):
        await asyncio.gather(*(account(core) for _ in range(50)))
    assert (peak, len(played.requests)) == (4, 50)


async def test_beyond_the_queue_a_call_is_turned_away_at_once() -> None:
    limits = CallLimits(max_concurrency=2, max_queue=3, retry_share=0)
    async with playing(hang, limits=limits, timeout=60.0) as (core, played):
        calls = [asyncio.ensure_future(account(core)) for _ in range(9)]
        while len(played.requests) < 2 or sum(each.done() for each in calls) < 4:  # noqa: ASYNC110 (two conditions)
            await asyncio.sleep(0.01)
        done, waiting = await asyncio.wait(calls, timeout=0)
        errors = [each.exception() for each in done]
        assert [type(each) for each in errors] == [CoreCallNotPermitted] * 4
        assert {getattr(each, "retry_after", None) for each in errors} == {5.0}
        assert not any(getattr(each, "outcome_unknown", True) for each in errors)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert len(played.requests) == 2


async def test_services_do_not_take_each_others_places() -> None:
    async def play(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        await (hang if b"QueryLoans" in played.requests[-1] else GOOD)(played, writer, serial)

    async with playing(play, limits=CallLimits(max_concurrency=1, max_queue=0, retry_share=0)) as (core, played):
        loans = asyncio.ensure_future(core.loan.loans(DUAN))
        await asyncio.wait_for(played.arrived.wait(), 60)
        assert (await core.account.account(DUAN)).number == DUAN
        loans.cancel()
        await asyncio.gather(loans, return_exceptions=True)


async def test_a_call_gets_no_more_time_than_its_request_has_left() -> None:
    async with playing(silent_for(20), timeout=60.0) as (core, _):
        with within(20), pytest.raises(CoreTimeout):
            await account(core)


async def test_without_time_left_nothing_is_sent() -> None:
    async with playing(GOOD) as (core, played):
        with within(0), pytest.raises(CoreCallNotPermitted):
            await account(core)
    assert played.requests == []


async def test_a_write_that_was_sent_is_not_cut_by_the_requests_deadline() -> None:
    async def slow(played: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        pass_time(30)
        await asyncio.sleep(0.01)  # turns of the event loop, in which the deadline would cut it
        writer.write(http(200, b""))

    async with playing(slow, timeout=120.0) as (core, _):
        with within(20), pytest.raises(CoreBadReply, match="no well-formed XML"):
            await core.application.submit(SUBMISSION)


@pytest.mark.parametrize("sick", [reset, recorded("gateway_502.html", status=502), recorded("fault_with_code.xml")])
async def test_a_read_that_met_an_outage_is_tried_once_more(sick: Behaviour) -> None:
    async with playing(first(sick, GOOD), limits=CallLimits()) as (core, played):
        assert (await core.account.account(DUAN)).number == DUAN
    assert len(played.requests) == 2


@pytest.mark.parametrize(
    "refused", ["account_refused_unknown.xml", "account_refused_busy.xml", "account_of_another_person.xml"]
)
async def test_an_answer_is_not_asked_for_again(refused: str) -> None:
    async with playing(recorded(refused), limits=CallLimits()) as (core, played):
        await failures(core, 1, account)
    assert len(played.requests) == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda core: core.application.submit(SUBMISSION),
        lambda core: core.customer.send_message("13800000001", "您的验证码为000000"),
    ],
)
async def test_a_write_is_never_sent_again(write: Callable[[Core], Awaitable[object]]) -> None:
    async with playing(reset, limits=CallLimits()) as (core, played):
        assert await failures(core, 1, write) == [CoreBadReply]
    assert len(played.requests) == 1


async def test_retries_stay_within_their_budget() -> None:
    async with playing(reset, limits=CallLimits(breaker_failures=1000, retry_share=0.1)) as (core, played):
        await asyncio.gather(*(failures(core, 1, account) for _ in range(50)))
    assert len(played.requests) == 50 + 10  # what was saved; 50 calls more than earn it, up to ten


async def test_outages_in_a_row_open_the_breaker() -> None:
    async with playing(reset, limits=BUSY_ROW) as (core, played):
        assert await failures(core, 5, account) == [CoreBadReply] * 3 + [CoreCallNotPermitted] * 2
    assert len(played.requests) == 3


async def test_an_open_breaker_leaves_the_other_services_alone() -> None:
    async with playing(reset, limits=BUSY_ROW) as (core, _):
        await failures(core, 3, account)
        assert await failures(core, 1, lambda core: core.loan.loans(DUAN)) == [CoreBadReply]


@pytest.mark.parametrize(
    ("answer", "error"),
    [("account_refused_unknown.xml", CoreRejected), ("account_balance_nan.xml", CoreBadData)],
)
async def test_refusals_and_one_members_bad_data_open_no_breaker(answer: str, error: type[CoreError]) -> None:
    async with playing(recorded(answer), limits=BUSY_ROW) as (core, played):
        assert await failures(core, 6, account) == [error] * 6
    assert len(played.requests) == 6


async def test_a_short_deadline_is_no_outage() -> None:
    async with playing(silent_for(20), limits=BUSY_ROW, timeout=120.0) as (core, played):
        for _ in range(4):
            with within(20), pytest.raises(CoreTimeout):
                await account(core)
    assert len(played.requests) == 4


async def test_the_core_is_found_again_by_a_single_probe() -> None:
    async with playing(first(reset, reset, reset, GOOD), limits=BUSY_ROW) as (core, played):
        clock = clock_of(core)
        await failures(core, 3, account)
        clock.at += 60
        answers = await asyncio.gather(*(account(core) for _ in range(5)), return_exceptions=True)
        assert sorted(type(each).__name__ for each in answers) == ["Account"] + ["CoreCallNotPermitted"] * 4
        assert len(played.requests) == 4
        assert (await core.account.account(DUAN)).number == DUAN


async def test_the_search_for_an_application_goes_on_while_others_are_kept_back() -> None:
    async with playing(reset, limits=BUSY_ROW) as (core, played):
        await failures(core, 3, lambda core: core.application.basis(DUAN))
        assert await failures(core, 1, lambda core: core.application.find("S1")) == [CoreCallNotPermitted]
        assert await failures(core, 1, lambda core: core.application.find("S1", bypass_breaker=True)) == [CoreBadReply]
    assert len(played.requests) == 4


async def test_a_closed_core_is_left_alone_and_the_answer_still_says_when_it_opens() -> None:
    async with playing(recorded("account_refused_closed.xml"), limits=BUSY_ROW) as (core, played):
        for _ in range(3):
            with pytest.raises(CoreClosed) as closed:
                await account(core)
            assert str(closed.value.opens_at) == "2018-10-26 08:30:00+08:00"
    assert len(played.requests) == 1


async def test_a_closed_core_is_asked_again_after_its_pause_and_found_open() -> None:
    async with playing(first(recorded("account_refused_closed.xml"), GOOD), limits=BUSY_ROW) as (core, played):
        clock = clock_of(core)
        assert await failures(core, 2, account) == [CoreClosed] * 2
        clock.at += 60
        assert (await core.account.account(DUAN)).number == DUAN
    assert len(played.requests) == 2


async def test_a_cancelled_probe_does_not_keep_the_breaker_open() -> None:
    async with playing(first(reset, reset, reset, hang, GOOD), limits=BUSY_ROW) as (core, played):
        clock = clock_of(core)
        await failures(core, 3, account)
        clock.at += 60
        played.arrived.clear()
        probe = asyncio.ensure_future(account(core))
        await asyncio.wait_for(played.arrived.wait(), 60)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        assert (await core.account.account(DUAN)).number == DUAN
