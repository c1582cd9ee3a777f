"""Reconciliation of applications with the core: what became of them is asked by serial, after a lost reply, after a
crash, and while a member watches. Nothing is sent from here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from bff.applications import journal
from bff.applications.journal import JournalEntry
from bff.cache import policy as cache_policy
from bff.cache.record_cache import RecordCache
from bff.legacy import Core
from bff.legacy.errors import CoreError
from bff.observability.metrics import Metrics
from bff.rules.application import ApplicationStatus, CoreApplication, CoreApplicationStatus, Stage, Step
from bff.rules.dates import at_centre
from bff.rules.policy.model import Policy
from bff.security.members import Members
from bff.store.database import Store
from bff.store.unavailable import StoreUnavailable

log = structlog.get_logger(__name__)

STATUS = {
    CoreApplicationStatus.ACCEPTED: ApplicationStatus.ACCEPTED,
    CoreApplicationStatus.IN_REVIEW: ApplicationStatus.IN_REVIEW,
    CoreApplicationStatus.APPROVED: ApplicationStatus.APPROVED,
    CoreApplicationStatus.COMPLETED: ApplicationStatus.COMPLETED,
    CoreApplicationStatus.REJECTED: ApplicationStatus.REJECTED,
    CoreApplicationStatus.PAYOUT_FAILED: ApplicationStatus.PAYOUT_FAILED,
    # A stage with an unknown code: the core has it, and that is all that can be said.
    CoreApplicationStatus.UNKNOWN: ApplicationStatus.IN_REVIEW,
}
NEVER_ARRIVED = "业务系统未收到该申请，请重新提交。"
MISSING = "业务系统目前查不到该申请，中心正在核实，请暂勿重复提交；如有疑问，请到柜台咨询。"
PAYOUT_FAILED = "银行付款未成功，款项未付或已退回，账户余额不变。请核对银行账户后重新申请。"
FOUND_AGAIN = "业务系统已恢复该申请的记录。"


@dataclass(frozen=True, slots=True)
class ReconciliationTimes:
    """`request` and `call` are the time limits of a request and of a call to the core; `confirm_within` is how long a
    message that was sent may still arrive. Rounds come `confirm_every`; what is under way is asked `follow_every`."""

    request: timedelta
    call: timedelta
    confirm_within: timedelta
    confirm_every: timedelta
    follow_every: timedelta


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Keeps applications in the journal up to date with the core."""

    store: Store
    core: Core
    cache: RecordCache | None
    members: Members
    policy: Policy
    now: Callable[[], datetime]
    times: ReconciliationTimes
    metrics: Metrics

    async def record_answer(self, entry: JournalEntry, found: CoreApplication) -> None:
        """Record what the core says of an application. Reads of the account that follow are made anew."""
        status, stages = STATUS[found.status], steps_of(entry.application.submitted_at, found.stages)
        if status is not entry.status or not set(stages) <= set(entry.application.history):
            await self.drop_cached(entry)
        now = self.now()
        await journal.settle(
            self.store,
            entry,
            status,
            stages,
            reference=found.reference,
            interest=found.interest,
            again=Step(status, now, FOUND_AGAIN),
            follow_every=self.times.follow_every,
            payout_days=self.policy.on(at_centre(now).date()).payout_days,
        )
        if entry.missing_since is not None:
            log.info("application_found_again", application=entry.application.id)

    async def drop_cached(self, entry: JournalEntry) -> None:
        """Invalidate the account that it was handed in for, and the one that its member has at present."""
        if self.cache is None:
            return
        await self.cache.invalidate(entry.account_number)
        with suppress(StoreUnavailable):
            present = (await self.members.by_id(entry.member_id)).account_number
            if present != entry.account_number:
                await self.cache.invalidate(present)

    async def refresh_from_core(self, entry: JournalEntry, *, bypass_breaker: bool = False) -> None:
        """Bring one entry up to date; a core that does not answer leaves it as it is. `bypass_breaker` asks it although
        the circuit breaker is open."""
        asked_at = self.now()
        try:
            found = await self._found(entry, bypass_breaker)
        except CoreError as error:
            log.warning("application_not_confirmed", application=entry.application.id, reason=error.reason)
            return
        if found is not None:
            await self.record_answer(entry, found)
        else:
            await self._not_found(entry, asked_at)

    async def refresh_open(self, entries: tuple[JournalEntry, ...]) -> None:
        """Bring those up to date that may still change, at the same time."""
        await asyncio.gather(*(self.refresh_from_core(each) for each in entries if each.status.is_open))

    async def reconcile(self) -> int:
        """Run one round over what waits to be confirmed; return how many were asked about."""
        claimed = await journal.claim(self.store, self.now())
        under_way = await journal.claim_under_way(self.store, self.now(), self.times.follow_every)
        await asyncio.gather(
            # Few, each after a pause of its own, and money waits for the answer: the breaker does not keep them back.
            *(self.refresh_from_core(each, bypass_breaker=True) for each in claimed),
            *(self.refresh_from_core(each) for each in under_way),
        )
        return len(claimed) + len(under_way)

    async def reconcile_forever(self) -> None:
        """Run rounds while the process lives. A claim keeps two processes from asking about one application."""
        while True:
            try:
                await self.reconcile()
                await self.count_unconfirmed()
            except Exception:
                # The store may be away for a while; the search must outlive that.
                self.metrics.reconciling_failures.inc()
                log.exception("reconciling_failed")
            await asyncio.sleep(self.times.confirm_every.total_seconds())

    async def count_unconfirmed(self) -> None:
        """Set the gauges of what waits and of what is missing; every process counts the same rows."""
        self.metrics.set_unconfirmed(*await journal.count_unconfirmed(self.store), self.now)
        self.metrics.missing.set(await journal.count_missing(self.store))

    def is_lost(self, entry: JournalEntry, now: datetime) -> bool:
        """Return whether it waits to be confirmed, and no message that was sent may arrive any more."""
        until = entry.may_arrive_until or self.may_arrive_until(entry.application.submitted_at)
        return entry.status is ApplicationStatus.CONFIRMING and now >= until

    def may_arrive_until(self, begun_at: datetime) -> datetime:
        """Return until when a message may arrive whose sender begins at `begun_at` and may be killed on the way."""
        return begun_at + self.times.request + self.times.call + self.times.confirm_within

    async def _found(self, entry: JournalEntry, bypass_breaker: bool) -> CoreApplication | None:
        """Ask through the cache, unless it waits to be confirmed: whether the core has it is never an old answer."""
        find = partial(self.core.application.find, entry.serial)
        if bypass_breaker or self.cache is None or entry.status is ApplicationStatus.CONFIRMING:
            return await find(bypass_breaker=bypass_breaker)
        return (await self.cache.read(cache_policy.APPLICATION, entry.account_number, find, entry.serial)).record

    async def _not_found(self, entry: JournalEntry, asked_at: datetime) -> None:
        """Record that the core does not have it. What may have been on its way at that moment may come yet."""
        if entry.refusal is not None:
            await journal.stop_asking(self.store, entry)
        elif entry.application.reference is not None:
            if await journal.note_missing(self.store, entry, self.now(), MISSING):
                log.error("application_missing_in_core", application=entry.application.id)
        elif self.is_lost(entry, asked_at):
            await journal.not_received(self.store, entry, self.now(), NEVER_ARRIVED)
            log.warning("application_not_received", application=entry.application.id)


def steps_of(at: datetime, stages: Iterable[Stage]) -> list[Step]:
    """Return the history's steps. A stage for which the core has no moment has that of the step before, the first one
    `at`. A payment that failed always has a note."""
    steps: list[Step] = []
    for stage in stages:
        at = stage.at or at
        failed = stage.status is CoreApplicationStatus.PAYOUT_FAILED
        steps.append(Step(STATUS[stage.status], at, stage.note or (PAYOUT_FAILED if failed else None)))
    return steps
