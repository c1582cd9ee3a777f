"""The reconciler: what it asks the core, what it makes of the answer, and which of both it leaves alone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from structlog.testing import capture_logs

from bff.applications import journal, reconciliation
from bff.applications.journal import JournalEntry, New, Recovered
from bff.applications.journal.rows import Status
from bff.cache import policy as cached
from bff.rules.application import CoreApplication, CoreApplicationStatus, Stage, Step, Submission
from bff.rules.application_kinds import ApplicationKind
from bff.rules.paging import Page
from bff.rules.refusal import Refusal, UserErrorCode
from bff.services import Services, open_services
from bff.store.tables import application as table
from bff.store.tables import member
from tests.conftest import settings_for
from tests.support.servers import Clock, Core
from tests.support.serving import until

ACCOUNTS = ("990140300001", "990140300002")
FEE = New("1", ACCOUNTS[0], "key", "hash", ApplicationKind.PROPERTY_FEE, Decimal("1500.00"), {})
BEGUN = datetime(2018, 11, 1, 2, 30, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NEVER_ARRIVED = "业务系统未收到该申请，请重新提交。"
MISSING = "业务系统目前查不到该申请，中心正在核实，请暂勿重复提交；如有疑问，请到柜台咨询。"
PAYOUT_FAILED = "银行付款未成功，款项未付或已退回，账户余额不变。请核对银行账户后重新申请。"
FOUND_AGAIN = "业务系统已恢复该申请的记录。"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(core: Core) -> Iterator[Core]:
    """After the test the core has no application, and no fault."""
    core.calls()
    yield core
    core.heal()
    with closing(sqlite3.connect(core.book)) as db, db:
        db.execute("DELETE FROM application")


@pytest.fixture
async def services(book: Core, tmp_path: Path, clock: Clock) -> AsyncIterator[Services]:
    """One outage opens the circuit breaker."""
    chosen = settings_for(
        book, tmp_path, cache=True, core_breaker_failures=1, core_breaker_seconds=60, confirm_every=0.01
    )
    async with open_services(chosen, clock) as services:
        names = ("id", "account_number", "name", "phone", "id_number", "login_hash", "query_hash")
        async with services.store.write() as db:
            await db.execute(insert(member), [dict.fromkeys(names, each) | {"registered_at": BEGUN} for each in "12"])
        yield services


async def added(services: Services, new: New = FEE, **changes: Any) -> JournalEntry:
    """An entry that was handed to the core just now, but for the changes to its row."""
    now = services.now()
    entry = await journal.add(services.store, new, now, services.reconciler.may_arrive_until(now))
    assert entry is not None
    if changes:
        async with services.store.write() as db:
            await db.execute(update(table).where(table.c.serial == entry.serial).values(changes))
    return await now_of(services, entry)


async def now_of(services: Services, entry: JournalEntry) -> JournalEntry:
    found = await journal.by_serial(services.store, entry.serial)
    assert found is not None
    return found


async def next_look(services: Services, entry: JournalEntry) -> datetime | None:
    async with services.store.read() as db:
        query = select(table.c.next_check_at).where(table.c.serial == entry.serial)
        found: datetime | None = (await db.execute(query)).scalar_one()
    return found


async def submitted(services: Services, entry: JournalEntry) -> CoreApplication:
    """It arrives at the core."""
    sent = Submission(entry.serial, entry.account_number, entry.application.kind, entry.application.amount)
    return await services.core.application.submit(sent)


def said(*statuses: CoreApplicationStatus, **more: Any) -> CoreApplication:
    """Of FEE, a stage an hour."""
    stages = tuple(Stage(each, "", BEGUN + HOUR * number, None) for number, each in enumerate(statuses))
    found = CoreApplication("", "SL1", "", FEE.kind, FEE.amount, None, statuses[-1], "", None, stages)
    return replace(found, **more)


# ----- what the core says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "then"),
    [
        (CoreApplicationStatus.ACCEPTED, Status.ACCEPTED),
        (CoreApplicationStatus.IN_REVIEW, Status.IN_REVIEW),
        (CoreApplicationStatus.APPROVED, Status.APPROVED),
        (CoreApplicationStatus.COMPLETED, Status.COMPLETED),
        (CoreApplicationStatus.REJECTED, Status.REJECTED),
        (CoreApplicationStatus.UNKNOWN, Status.IN_REVIEW),
    ],
)
def test_each_stage_of_the_core_is_a_step(status: CoreApplicationStatus, then: Status) -> None:
    assert reconciliation.STATUS[status] is then
    stages = (Stage(status, "", BEGUN, None), Stage(status, "", BEGUN + HOUR, "说明"))
    assert reconciliation.steps_of(BEGUN - DAY, stages) == [Step(then, BEGUN, None), Step(then, BEGUN + HOUR, "说明")]


def test_a_stage_without_a_moment_has_that_of_the_one_before() -> None:
    accepted, failed = CoreApplicationStatus.ACCEPTED, CoreApplicationStatus.PAYOUT_FAILED
    moments = (None, BEGUN + HOUR, None)
    assert [step.at for step in reconciliation.steps_of(BEGUN, (Stage(accepted, "", at, None) for at in moments))] == [
        BEGUN,
        BEGUN + HOUR,
        BEGUN + HOUR,
    ]
    notes = [
        step.note for step in reconciliation.steps_of(BEGUN, (Stage(failed, "", BEGUN, each) for each in (None, "退")))
    ]
    assert notes == [PAYOUT_FAILED, "退"]


async def test_what_the_core_says_is_written_down(services: Services) -> None:
    entry = await added(services)
    with capture_logs() as logs:
        await services.reconciler.record_answer(entry, said(CoreApplicationStatus.ACCEPTED, interest=Decimal("3.10")))
    after = await now_of(services, entry)
    assert after.application.reference == "SL1"
    assert after.application.interest == Decimal("3.10")
    assert after.application.history[1:] == (Step(Status.ACCEPTED, BEGUN, None),)
    assert await next_look(services, entry) == services.now() + services.settings.follow_every
    assert logs == []


async def test_what_has_no_moment_of_the_core_began_when_it_was_handed_in(services: Services) -> None:
    entry = await added(services)
    stages = (Stage(CoreApplicationStatus.ACCEPTED, "", None, None),)
    await services.reconciler.record_answer(entry, said(CoreApplicationStatus.ACCEPTED, stages=stages))
    step = (await now_of(services, entry)).application.history[-1]
    assert step == Step(Status.ACCEPTED, entry.application.submitted_at, None)


async def test_what_was_posted_is_looked_at_for_the_days_of_the_policy(services: Services) -> None:
    (days,) = (each.value for each in services.policy.payout_days)
    for checks, looked_at in ((days - 1, True), (days, False)):
        entry = await added(services, replace(FEE, key=str(checks)), status="COMPLETED", checks=checks, reference="SL1")
        await services.reconciler.record_answer(entry, said(CoreApplicationStatus.COMPLETED))
        assert (await next_look(services, entry) is not None) is looked_at


async def test_what_was_missing_and_is_there_is_said_once(services: Services) -> None:
    entry = await added(services, status="ACCEPTED", missing_since=BEGUN)
    with capture_logs() as logs:
        await services.reconciler.record_answer(entry, said(CoreApplicationStatus.APPROVED))
    after = await now_of(services, entry)
    assert after.application.history[-1] == Step(Status.APPROVED, services.now(), FOUND_AGAIN)
    assert logs == [{"event": "application_found_again", "application": entry.application.id, "log_level": "info"}]


@pytest.mark.parametrize(
    ("before", "answer", "anew"),
    [
        ("CONFIRMING", said(CoreApplicationStatus.ACCEPTED), True),
        ("IN_REVIEW", said(CoreApplicationStatus.ACCEPTED, CoreApplicationStatus.IN_REVIEW), True),
        ("IN_REVIEW", said(CoreApplicationStatus.APPROVED, stages=()), True),
        ("IN_REVIEW", said(CoreApplicationStatus.IN_REVIEW, stages=()), False),
    ],
)
async def test_what_changed_is_read_anew_by_who_reads_the_account(
    services: Services, before: str, answer: CoreApplication, anew: bool
) -> None:
    entry = await added(services, status=before)
    others = [await is_asked(services, each) for each in ACCOUNTS]
    assert others == [True, True]
    await services.reconciler.record_answer(entry, answer)
    assert [await is_asked(services, each) for each in ACCOUNTS] == [anew, False]
    await services.reconciler.record_answer(await now_of(services, entry), answer)
    assert await is_asked(services, ACCOUNTS[0]) is False


async def test_the_account_that_its_member_has_at_present_is_read_anew_too(services: Services) -> None:
    entry = await added(services)
    present = "1"
    assert [await is_asked(services, present) for _ in range(2)] == [True, False]
    await services.reconciler.record_answer(entry, said(CoreApplicationStatus.ACCEPTED))
    assert await is_asked(services, present)


async def test_what_was_taken_in_again_and_is_as_it_was_leaves_the_account_cached(services: Services) -> None:
    """Its history has no step but those of the core."""
    step = Step(Status.ACCEPTED, BEGUN, None)
    found = Recovered("1", ACCOUNTS[0], "1" * 32, FEE.kind, FEE.amount, None, "SL1", (step,))
    assert await journal.recover(services.store, found, services.now())
    entry = await journal.by_serial(services.store, "1" * 32)
    assert entry is not None
    assert await is_asked(services, ACCOUNTS[0])
    await services.reconciler.record_answer(entry, said(CoreApplicationStatus.ACCEPTED))
    assert not await is_asked(services, ACCOUNTS[0])


async def is_asked(services: Services, account: str) -> bool:
    """Whether a record of the account is not cached."""
    asked = []

    async def call() -> Page[CoreApplication]:
        asked.append(account)
        return Page((), 0)

    assert services.cache is not None
    await services.cache.read(cached.APPLICATIONS, account, call)
    return bool(asked)


async def test_without_a_cache_there_is_nothing_to_drop(services: Services) -> None:
    entry = await added(services)
    await replace(services.reconciler, cache=None).record_answer(entry, said(CoreApplicationStatus.ACCEPTED))
    assert (await now_of(services, entry)).status is Status.ACCEPTED


# ----- asking -----------------------------------------------------------------------------------------------------


async def test_what_arrived_is_found(services: Services) -> None:
    entry = await added(services)
    found = await submitted(services, entry)
    await services.reconciler.refresh_from_core(entry)
    after = await now_of(services, entry)
    assert (after.status, after.application.reference) == (Status.ACCEPTED, found.reference)


async def test_a_core_that_does_not_answer_leaves_it_as_it_is(services: Services, book: Core) -> None:
    entry = await added(services)
    book.break_("QueryApplication", "closed")
    with capture_logs() as logs:
        await services.reconciler.refresh_from_core(entry)
    assert await now_of(services, entry) == entry
    (line,) = (each for each in logs if each["event"] == "application_not_confirmed")
    assert (line["application"], line["log_level"]) == (entry.application.id, "warning")
    assert line["reason"]


async def test_bypassing_the_breaker_asks_a_core_whose_breaker_is_open(services: Services, book: Core) -> None:
    entry = await added(services)
    await submitted(services, entry)
    book.break_("QueryApplication", "reset")
    await services.reconciler.refresh_from_core(entry)
    book.heal()
    book.calls()
    await services.reconciler.refresh_from_core(entry)
    assert (book.calls(), (await now_of(services, entry)).status) == ({}, Status.CONFIRMING)
    await services.reconciler.refresh_from_core(entry, bypass_breaker=True)
    assert (await now_of(services, entry)).status is Status.ACCEPTED


@pytest.mark.parametrize(
    ("status", "bypass_breaker", "calls"), [("CONFIRMING", False, 2), ("ACCEPTED", False, 1), ("ACCEPTED", True, 2)]
)
async def test_an_answer_serves_twice_but_whether_the_core_has_it(
    services: Services, book: Core, status: str, bypass_breaker: bool, calls: int
) -> None:
    """The book is empty: nothing else changes between the two."""
    entry = await added(services, status=status, reference="SL1")
    for _ in range(2):
        await services.reconciler.refresh_from_core(entry, bypass_breaker=bypass_breaker)
    assert book.calls() == {"QueryApplication": calls}


async def test_each_one_has_an_answer_of_its_own(services: Services, book: Core) -> None:
    entries = [await added(services, replace(FEE, key=key), status="ACCEPTED") for key in ("a", "b")]
    for entry in entries:
        await services.reconciler.refresh_from_core(entry)
    assert book.calls() == {"QueryApplication": 2}
    await services.cache.invalidate(ACCOUNTS[0])  # type: ignore[union-attr] # it has one
    await services.reconciler.refresh_from_core(entries[0])
    assert book.calls() == {"QueryApplication": 1}


async def test_without_a_cache_the_core_is_asked_each_time(services: Services, book: Core) -> None:
    entry = await added(services, status="ACCEPTED")
    for _ in range(2):
        await replace(services.reconciler, cache=None).refresh_from_core(entry)
    assert book.calls() == {"QueryApplication": 2}


# ----- what the core does not have --------------------------------------------------------------------------------


async def test_what_may_be_on_its_way_is_waited_for(services: Services, clock: Clock) -> None:
    entry = await added(services)
    assert entry.may_arrive_until is not None
    clock.moment = entry.may_arrive_until - SECOND
    await services.reconciler.refresh_from_core(entry)
    assert await now_of(services, entry) == entry
    clock.moment = entry.may_arrive_until
    with capture_logs() as logs:
        await services.reconciler.refresh_from_core(entry)
    after = await now_of(services, entry)
    assert after.application.history[-1] == Step(Status.NOT_RECEIVED, clock.moment, NEVER_ARRIVED)
    assert logs == [{"event": "application_not_received", "application": entry.application.id, "log_level": "warning"}]


async def test_it_is_lost_by_the_moment_at_which_the_core_was_asked(services: Services, clock: Clock) -> None:
    """Not by that of the answer: what arrived in between is there."""
    entry = await added(services)
    until = entry.may_arrive_until
    assert until is not None
    moments = iter((until - SECOND, until + SECOND, until + SECOND))
    await replace(services.reconciler, now=lambda: next(moments)).refresh_from_core(entry)
    assert (await now_of(services, entry)).status is Status.CONFIRMING


async def test_what_was_refused_and_is_not_there_is_not_asked_about_again(services: Services, clock: Clock) -> None:
    entry = await added(services)
    refusal = Refusal(UserErrorCode.ACCOUNT_FROZEN, "您的账户已冻结。")
    await journal.refuse(services.store, entry, refusal, clock(), ask=True)
    refused = await now_of(services, entry)
    await services.reconciler.refresh_from_core(refused)
    assert await next_look(services, entry) is None
    assert await now_of(services, entry) == refused


async def test_what_the_core_had_and_has_no_longer_is_said_once(services: Services, clock: Clock) -> None:
    entry = await added(services, status="APPROVED", reference="SL1")
    with capture_logs() as logs:
        await services.reconciler.refresh_from_core(entry)
        await services.reconciler.refresh_from_core(await now_of(services, entry))
    after = await now_of(services, entry)
    assert after.missing_since == clock.moment
    assert after.application.history[1:] == (Step(Status.APPROVED, clock.moment, MISSING),)
    assert logs == [{"event": "application_missing_in_core", "application": entry.application.id, "log_level": "error"}]


@pytest.mark.parametrize("status", ["NOT_RECEIVED", "ACCEPTED", "REJECTED"])
async def test_only_what_is_to_be_confirmed_is_lost(services: Services, clock: Clock, status: str) -> None:
    entry = await added(services, status=status)
    clock.move(days=1)
    assert not services.reconciler.is_lost(entry, clock())
    await services.reconciler.refresh_from_core(entry)
    assert await now_of(services, entry) == entry


async def test_a_message_has_its_request_its_call_and_a_while_to_arrive(services: Services) -> None:
    settings = services.settings
    given = [
        each.total_seconds() for each in (settings.request_timeout, settings.core_timeout, settings.confirm_within)
    ]
    assert len(set(given)) == 3
    assert all(given)
    assert services.reconciler.may_arrive_until(BEGUN) == BEGUN + SECOND * sum(given)


async def test_a_row_of_an_older_release_is_waited_for_since_it_was_handed_in(services: Services) -> None:
    entry = await added(services, may_arrive_until=None)
    until = services.reconciler.may_arrive_until(entry.application.submitted_at)
    assert [services.reconciler.is_lost(entry, each) for each in (until - SECOND, until)] == [False, True]


# ----- rounds -----------------------------------------------------------------------------------------------------


async def test_what_is_open_is_refreshed(services: Services, book: Core) -> None:
    given = zip("abc", ("ACCEPTED", "REJECTED", "IN_REVIEW"), strict=True)
    entries = [await added(services, replace(FEE, key=key), status=status) for key, status in given]
    await services.reconciler.refresh_open(tuple(entries))
    assert book.calls() == {"QueryApplication": 2}


async def test_a_round_asks_about_what_is_due(services: Services, book: Core, clock: Clock) -> None:
    under_way = [await added(services, replace(FEE, key=key), status="ACCEPTED", next_check_at=clock()) for key in "ab"]
    await added(services, replace(FEE, key="c"), status="ACCEPTED", next_check_at=clock() + SECOND)
    entry = await added(services, next_check_at=clock())
    found = await submitted(services, entry)
    book.calls()
    assert await services.reconciler.reconcile() == 3
    assert book.calls() == {"QueryApplication": 3}
    assert (await now_of(services, entry)).application.reference == found.reference
    every = services.settings.follow_every
    assert [await next_look(services, each) for each in under_way] == [clock() + every] * 2
    assert await services.reconciler.reconcile() == 0
    assert book.calls() == {}


async def test_a_round_bypasses_the_breaker_for_what_waits_alone(services: Services, book: Core, clock: Clock) -> None:
    await added(services, replace(FEE, key="b"), status="ACCEPTED", next_check_at=clock())
    waits = await added(services, next_check_at=clock())
    await submitted(services, waits)
    book.break_("QueryApplication", "reset")
    await services.reconciler.refresh_from_core(waits)
    book.calls()
    assert await services.reconciler.reconcile() == 2
    assert book.calls() == {"QueryApplication": 1}
    assert (await now_of(services, waits)).status is Status.CONFIRMING


async def test_what_waits_and_what_is_missing_are_counted(services: Services, clock: Clock) -> None:
    await added(services, replace(FEE, key="b"), status="ACCEPTED", missing_since=BEGUN)
    await added(services)
    clock.move(seconds=7)
    await services.reconciler.count_unconfirmed()
    names = ("bff_journal_unconfirmed", "bff_journal_oldest_unconfirmed_seconds", "bff_journal_missing")
    assert [services.metrics.registry.get_sample_value(name) for name in names] == [1.0, 7.0, 1.0]


async def test_a_round_that_fails_is_counted_and_followed_by_another(services: Services) -> None:
    await added(services)
    await renamed(services, "application", "away")
    with capture_logs() as logs:
        task = asyncio.create_task(services.reconciler.reconcile_forever())
        await reached(services, "bff_reconciling_failures_total", 2)
        await renamed(services, "away", "application")
        await reached(services, "bff_journal_unconfirmed", 1)
        task.cancel()
    failed = [each for each in logs if each["event"] == "reconciling_failed"]
    assert len(failed) >= 2
    assert all(each["exc_info"] and each["log_level"] == "error" for each in failed)


async def renamed(services: Services, name: str, then: str) -> None:
    async with services.store.write() as db:
        await db.execute(text(f"ALTER TABLE {name} RENAME TO {then}"))


async def reached(services: Services, metric: str, least: float) -> None:
    await asyncio.to_thread(until, lambda: (services.metrics.registry.get_sample_value(metric) or 0) >= least)
