"""Finds out what became of applications: asks the core by their serial, after a lost reply, after a crash, and while
somebody watches. Nothing is sent from here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bff.applications import journal
from bff.applications.journal import Entry
from bff.cache import policy as cache_policy
from bff.legacy.errors import CoreError
from bff.rules.application import ApplicationStatus, CoreApplication, CoreApplicationStatus, Stage, Step
from bff.rules.centre_time import at_centre
from bff.security import members
from bff.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from bff.services import Services

log = structlog.get_logger(__name__)

STATUS = {
    CoreApplicationStatus.ACCEPTED: ApplicationStatus.ACCEPTED,
    CoreApplicationStatus.IN_REVIEW: ApplicationStatus.IN_REVIEW,
    CoreApplicationStatus.APPROVED: ApplicationStatus.APPROVED,
    CoreApplicationStatus.COMPLETED: ApplicationStatus.COMPLETED,
    CoreApplicationStatus.REJECTED: ApplicationStatus.REJECTED,
    CoreApplicationStatus.PAYOUT_FAILED: ApplicationStatus.PAYOUT_FAILED,
    # A stage that nobody knows: the core has it, and that is all that can be said.
    CoreApplicationStatus.UNKNOWN: ApplicationStatus.IN_REVIEW,
}
NEVER_ARRIVED = "业务系统未收到该申请，请重新提交。"
MISSING = "业务系统目前查不到该申请，中心正在核实，请暂勿重复提交；如有疑问，请到柜台咨询。"
PAYOUT_FAILED = "银行付款未成功，款项未付或已退回，账户余额不变。请核对银行账户后重新申请。"
FOUND_AGAIN = "业务系统已恢复该申请的记录。"


async def note(services: Services, entry: Entry, found: CoreApplication) -> None:
    """Writes down what the core says of an application. Who reads that reads the account anew."""
    status, stages = STATUS[found.status], steps_of(entry.application.submitted_at, found.stages)
    if status is not entry.status or not set(stages) <= set(entry.application.history):
        await drop_cached(services, entry)
    now = services.now()
    await journal.settle(
        services.store,
        entry,
        status,
        stages,
        reference=found.reference,
        interest=found.interest,
        again=Step(status, now, FOUND_AGAIN),
        follow_every=services.settings.follow_every,
        payout_days=services.policy.on(at_centre(now).date()).payout_days,
    )
    if entry.missing_since is not None:
        log.info("application_found_again", application=entry.application.id)


def steps_of(at: datetime, stages: Iterable[Stage]) -> list[Step]:
    """A stage for which the core has no moment has that of the step before, the first one `at`. A payment that failed
    never goes without a word."""
    steps: list[Step] = []
    for stage in stages:
        at = stage.at or at
        failed = stage.status is CoreApplicationStatus.PAYOUT_FAILED
        steps.append(Step(STATUS[stage.status], at, stage.note or (PAYOUT_FAILED if failed else None)))
    return steps


async def drop_cached(services: Services, entry: Entry) -> None:
    """Of the account that it was handed in for, and of the one that its member has at present."""
    if services.cache is None:
        return
    await services.cache.drop(entry.account_number)
    with suppress(StoreUnavailable):
        present = (await members.by_id(services, entry.member_id)).account_number
        if present != entry.account_number:
            await services.cache.drop(present)


async def ask_core(services: Services, entry: Entry, *, bypass_breaker: bool = False) -> None:
    """Brings one entry up to date; a core that does not answer leaves it as it is. `bypass_breaker` asks it although
    the circuit breaker is open."""
    asked_at = services.now()
    try:
        found = await _found(services, entry, bypass_breaker)
    except CoreError as error:
        log.warning("application_not_confirmed", application=entry.application.id, reason=error.reason)
        return
    if found is not None:
        await note(services, entry, found)
    else:
        await _not_found(services, entry, asked_at)


async def _not_found(services: Services, entry: Entry, asked_at: datetime) -> None:
    """The core does not have it. What may have been on its way at that moment may come yet."""
    if entry.refusal is not None:
        await journal.stop_asking(services.store, entry)
    elif entry.application.reference is not None:
        if await journal.note_missing(services.store, entry, services.now(), MISSING):
            log.error("application_missing_in_core", application=entry.application.id)
    elif is_lost(services, entry, asked_at):
        await journal.not_received(services.store, entry, services.now(), NEVER_ARRIVED)
        log.warning("application_not_received", application=entry.application.id)


async def _found(services: Services, entry: Entry, bypass_breaker: bool) -> CoreApplication | None:
    """Through the cache, unless it waits to be confirmed: whether the core has it is then never an old answer."""
    find = partial(services.core.application.find, entry.serial)
    if bypass_breaker or services.cache is None or entry.status is ApplicationStatus.CONFIRMING:
        return await find(bypass_breaker=bypass_breaker)
    return (await services.cache.read(cache_policy.APPLICATION, entry.account_number, find, entry.serial)).record


async def refresh(services: Services, entries: tuple[Entry, ...]) -> None:
    """Those that may still change, at the same time."""
    await asyncio.gather(*(ask_core(services, each) for each in entries if each.status.is_open))


async def reconcile(services: Services) -> int:
    """One round over what waits to be confirmed; gives how many were asked about."""
    claimed = await journal.claim(services.store, services.now())
    under_way = await journal.claim_under_way(services.store, services.now(), services.settings.follow_every)
    await asyncio.gather(
        # Few, each after a pause of its own, and money waits for the answer: the breaker does not keep them back.
        *(ask_core(services, each, bypass_breaker=True) for each in claimed),
        *(ask_core(services, each) for each in under_way),
    )
    return len(claimed) + len(under_way)


async def count_unconfirmed(services: Services) -> None:
    """For whoever watches: every process counts the same rows."""
    services.metrics.set_unconfirmed(*await journal.count_unconfirmed(services.store), services.now)
    services.metrics.missing.set(await journal.count_missing(services.store))


async def reconcile_forever(services: Services) -> None:
    """Each process does this; a claim keeps two of them from asking about the same application."""
    while True:
        try:
            await reconcile(services)
            await count_unconfirmed(services)
        except Exception:
            # The store may be away for a while; the search must outlive that.
            services.metrics.reconciling_failures.inc()
            log.exception("reconciling_failed")
        await asyncio.sleep(services.settings.confirm_every.total_seconds())


def is_lost(services: Services, entry: Entry, now: datetime) -> bool:
    """It waits to be confirmed, and no message that was sent may arrive any more."""
    until = entry.may_arrive_until or may_arrive_until(services, entry.application.submitted_at)
    return entry.status is ApplicationStatus.CONFIRMING and now >= until


def may_arrive_until(services: Services, begun_at: datetime) -> datetime:
    """Of a message whose sender begins at that moment and may be killed on the way."""
    settings = services.settings
    return begun_at + settings.request_timeout + settings.core_timeout + settings.confirm_within
