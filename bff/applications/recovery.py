"""Finds what the core accepted through this server and the journal does not know: the store was restored from a
backup that is older."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bff.applications import journal, reconciliation
from bff.applications.journal import Recovered
from bff.cache import policy as cache_policy
from bff.legacy.errors import CoreError, CoreRejected
from bff.rules.application import ApplicationKind, ApplicationStatus, CoreApplication, Step
from bff.rules.period import Page
from bff.security.sessions import Member

if TYPE_CHECKING:
    from bff.services import Services

log = structlog.get_logger(__name__)

NEWEST = 50
"""Applications of a member that are looked through."""
RECOVERED = "本申请由业务系统的记录恢复。"


async def recover(services: Services, member: Member, *others: str) -> bool:
    """Takes in again the newest ones of each account that the member has had, and of `others`, to which a core may have
    moved them. Gives whether all accounts were listed: a core that does not answer leaves the journal as it is."""
    own = dict.fromkeys((member.account_number, *await journal.account_numbers(services.store, member.id)))
    return all([await _recover(services, member, number, tuple(own)) for number in (*own, *others)])


async def _recover(services: Services, member: Member, number: str, own: tuple[str, ...]) -> bool:
    try:
        listed = await _listed(services, number)
    except CoreError as error:
        log.info("applications_not_listed", reason=error.reason)
        return isinstance(error, CoreRejected)  # it has no such account any more
    ours = {each.serial: (each, of) for each in listed.rows for of in own if journal.is_ours(each.serial, of)}
    known = await journal.known_serials(services.store, list(ours))
    for serial, (each, of) in ours.items():
        if serial not in known:
            await _take_in(services, replace(member, account_number=of), each)
        elif known[serial] is None and (entry := await journal.by_serial(services.store, serial)) is not None:
            await reconciliation.note(services, entry, each)
    return True


async def _listed(services: Services, account_number: str) -> Page[CoreApplication]:
    ask = partial(services.core.application.applications, account_number, page=1, size=NEWEST)
    if services.cache is None:
        return await ask()
    return (await services.cache.read(cache_policy.APPLICATIONS, account_number, ask)).record


async def _take_in(services: Services, member: Member, found: CoreApplication) -> None:
    if found.kind is None or found.kind is ApplicationKind.UNKNOWN:
        return
    now = services.now()
    begun_at = found.accepted_at or now
    last = Step(reconciliation.STATUS[found.status], begun_at, None)
    steps = reconciliation.steps_of(begun_at, found.stages)
    if not steps or steps[-1].status is not last.status:
        steps.append(last)
    taken = Recovered(
        member_id=member.id,
        account_number=member.account_number,
        serial=found.serial,
        kind=found.kind,
        amount=found.amount,
        interest=found.interest,
        reference=found.reference,
        history=[Step(ApplicationStatus.CONFIRMING, begun_at, RECOVERED), *steps],
    )
    if await journal.recover(services.store, taken, now):
        services.metrics.recovered.inc()
        log.warning("application_recovered", serial=found.serial)
