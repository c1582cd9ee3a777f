"""Recovery of applications that the core accepted through this server and the journal does not know: the store was
restored from an older backup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from bff.applications import journal
from bff.applications.journal import Recovered
from bff.applications.reconciliation import STATUS, Reconciler, steps_of
from bff.cache import policy as cache_policy
from bff.cache.record_cache import RecordCache
from bff.legacy import Core
from bff.legacy.errors import CoreError, CoreRejected
from bff.rules.application import ApplicationStatus, CoreApplication, Step
from bff.rules.application_kinds import ApplicationKind
from bff.rules.paging import Page
from bff.security.current_session import Member
from bff.store.database import Store

log = structlog.get_logger(__name__)

NEWEST = 50
"""Applications of a member that are looked through."""
RECOVERED = "本申请由业务系统的记录恢复。"


@dataclass(frozen=True, slots=True)
class Recovery:
    """Takes lost applications in again. `count` is called for each."""

    store: Store
    core: Core
    cache: RecordCache | None
    reconciler: Reconciler
    now: Callable[[], datetime]
    count: Callable[[], None]

    async def recover(self, member: Member, *others: str) -> bool:
        """Take in again the newest ones of each account that the member has had, and of `others`, to which a core may
        have moved them. Return whether all accounts were listed: a core that does not answer leaves the journal as it
        is."""
        own = dict.fromkeys((member.account_number, *await journal.account_numbers(self.store, member.id)))
        return all([await self._recover(member, number, tuple(own)) for number in (*own, *others)])

    async def _recover(self, member: Member, number: str, own: tuple[str, ...]) -> bool:
        try:
            listed = await self._listed(number)
        except CoreError as error:
            log.info("applications_not_listed", reason=error.reason)
            return isinstance(error, CoreRejected)  # it has no such account any more
        ours = {each.serial: (each, of) for each in listed.rows for of in own if journal.is_ours(each.serial, of)}
        known = await journal.known_serials(self.store, list(ours))
        for serial, (each, of) in ours.items():
            if serial not in known:
                await self._take_in(replace(member, account_number=of), each)
            elif known[serial] is None and (entry := await journal.by_serial(self.store, serial)) is not None:
                await self.reconciler.record_answer(entry, each)
        return True

    async def _listed(self, account_number: str) -> Page[CoreApplication]:
        ask = partial(self.core.application.applications, account_number, page=1, size=NEWEST)
        if self.cache is None:
            return await ask()
        return (await self.cache.read(cache_policy.APPLICATIONS, account_number, ask)).record

    async def _take_in(self, member: Member, found: CoreApplication) -> None:
        if found.kind is None or found.kind is ApplicationKind.UNKNOWN:
            return
        now = self.now()
        begun_at = found.accepted_at or now
        last = Step(STATUS[found.status], begun_at, None)
        steps = steps_of(begun_at, found.stages)
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
        if await journal.recover(self.store, taken, now):
            self.count()
            log.warning("application_recovered", serial=found.serial)
