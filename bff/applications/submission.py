"""Hands an application in: the journal before the core, and under one key one application, however often it is asked
for and by whichever process."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal

import structlog

from bff.applications import journal, reconciliation, recovery
from bff.applications.journal import Entry
from bff.context import Context
from bff.errors import Problem
from bff.legacy import deadline
from bff.legacy.errors import CoreError, CoreRejected, MessageNotWritten
from bff.resolvers.authorization import unlocked
from bff.resolvers.core_reads import problem_of
from bff.rules import core_refusals
from bff.rules.application import (
    Application,
    ApplicationKind,
    ApplicationStatus,
    CoreApplication,
    Rejection,
    Submission,
)
from bff.rules.refusal import Refusal, UserErrorCode
from bff.security import audit_log
from bff.store.unavailable import StoreUnavailable

log = structlog.get_logger(__name__)

IN_PROGRESS = Refusal(UserErrorCode.APPLICATION_IN_PROGRESS, core_refusals.IN_PROGRESS)
KEY_REUSED = Refusal(UserErrorCode.IDEMPOTENCY_KEY_REUSED, core_refusals.KEY_REUSED, "idempotencyKey")
NO_KEY = "提交失败，请返回重新打开页面后提交。"
"""For the member, who has never heard of a key; the schema tells developers what it is."""
CODES: Mapping[Rejection, UserErrorCode] = {
    Rejection.ACCOUNT_FROZEN: UserErrorCode.ACCOUNT_FROZEN,
    Rejection.ACCOUNT_CLOSED: UserErrorCode.ACCOUNT_CLOSED,
    Rejection.APPLICATION_IN_PROGRESS: UserErrorCode.APPLICATION_IN_PROGRESS,
    Rejection.TOO_EARLY: UserErrorCode.TOO_EARLY,
    Rejection.LIMIT_REACHED: UserErrorCode.LIMIT_REACHED,
    Rejection.CONTRACT_NOT_REGISTERED: UserErrorCode.CONTRACT_NOT_REGISTERED,
    Rejection.FIRST_TIME_AT_COUNTER: UserErrorCode.FIRST_TIME_AT_COUNTER,
    Rejection.LOAN_IN_ARREARS: UserErrorCode.LOAN_IN_ARREARS,
    Rejection.NO_BANK_ACCOUNT: UserErrorCode.NO_BANK_ACCOUNT,
    Rejection.BELOW_MINIMUM: UserErrorCode.BELOW_MINIMUM,
    Rejection.INSTALLMENT_UNPOSTED: UserErrorCode.INSTALLMENT_NOT_POSTED,
    Rejection.WITHDRAWALS_BARRED: UserErrorCode.WITHDRAWALS_BARRED,
    Rejection.PARTLY_FROZEN: UserErrorCode.PARTLY_FROZEN,
}
"""Refusals of the core that mean the same as one of ours; the others are REFUSED_BY_CORE."""


ANSWERING = 0.25
"""Seconds that the journal and the answer take when a submission has run out of time."""
NOT_SENT = "申请尚未送达业务系统：{}"
BROKEN = "系统内部错误。"


@dataclass(frozen=True, slots=True)
class Applied:
    application: Application | None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One application as it is asked for, under the member's key."""

    context: Context
    key: str
    kind: ApplicationKind
    entered: Mapping[str, str]

    @classmethod
    def of(cls, context: Context, key: str, kind: ApplicationKind, entered: Mapping[str, str]) -> Asked:
        unlocked(context)
        return cls(context, key.strip(), kind, entered)

    @property
    def input_hash(self) -> str:
        return input_hash(self.kind, self.entered)

    def refusals(self) -> tuple[Refusal, ...]:
        if not self.key:
            return (Refusal(UserErrorCode.REQUIRED, NO_KEY, "idempotencyKey"),)
        if len(self.key) > 64 or not self.key.isascii() or not self.key.isprintable():
            return (Refusal(UserErrorCode.INVALID_INPUT, NO_KEY, "idempotencyKey"),)
        return ()

    async def known(self) -> Applied | None:
        """What came of the key before; null when it was not used, or nothing has come of it and it may be sent."""
        if self.refusals() or (entry := await self._entry()) is None:
            return None
        if not self._is_of(entry):
            return Applied(None, (KEY_REUSED,))
        services = self.context.services
        if entry.status is ApplicationStatus.NOT_RECEIVED or reconciliation.is_lost(services, entry, services.now()):
            # It may have come after all, and else it may be sent.
            await reconciliation.ask_core(services, entry)
            if (entry := await self._entry() or entry).status is ApplicationStatus.NOT_RECEIVED:
                return None
        given = await journal.hand_out(services.store, entry)
        return _answer(given) if given is not None else None

    async def submit(self, submission: Submission, refusals: tuple[Refusal, ...]) -> Applied:
        """Journal, core, journal. What was refused may have been accepted by a request beside this one."""
        if refusals:
            if not self.refusals():  # or before the store was restored
                await recovery.recover(self.context.services, unlocked(self.context).member)
            return await self.known() or Applied(None, refusals)
        entry = await self._taken(submission)
        if entry is None:
            return await self.known() or Applied(None, (IN_PROGRESS,))
        return await _in_time(self.context, entry, asyncio.ensure_future(_send(self.context, entry, submission)))

    async def _entry(self) -> Entry | None:
        member = unlocked(self.context).member
        return await journal.by_key(self.context.services.store, member.id, self.key, member.account_number)

    def _is_of(self, entry: Entry) -> bool:
        """Of one that was recovered only the kind and the amount are known: what is drawn, or the principal prepaid."""
        if entry.input_hash:
            return entry.input_hash == self.input_hash
        amount = self.entered.get("amount") or self.entered["expectedAmount"]
        return (entry.application.kind, entry.application.amount) == (self.kind, Decimal(amount))

    async def _taken(self, submission: Submission) -> Entry | None:
        """The row that this request, and no other one, is to send."""
        services = self.context.services
        now = services.now()
        until = reconciliation.may_arrive_until(services, now)
        if (entry := await self._entry()) is not None:
            return entry if await journal.send_again(services.store, entry, now, until) else None
        new = journal.New(
            member_id=unlocked(self.context).member.id,
            account_number=submission.account_number,
            key=self.key,
            input_hash=self.input_hash,
            kind=self.kind,
            amount=submission.amount,
            entered=self.entered,
        )
        return await journal.add(services.store, new, now, until)


async def _in_time(context: Context, entry: Entry, sending: asyncio.Task[Applied]) -> Applied:
    """What became of it, or that it is being confirmed where the request has no time left. Neither that nor the
    client's leaving cuts the sending."""
    left = deadline.remaining()
    await asyncio.wait((sending,), timeout=None if left is None else max(0.0, left - ANSWERING))
    if not sending.done():
        with suppress(StoreUnavailable):
            if (given := await journal.hand_out(context.services.store, entry)) is not None:
                context.services.background.start(_finished(sending))
                return _answer(given)
    return await asyncio.shield(sending)


async def _finished(sending: asyncio.Task[Applied]) -> None:
    """The member was told that it is being confirmed; why it was not sent stands in its history."""
    with suppress(Problem):
        await sending


async def _send(context: Context, entry: Entry, submission: Submission) -> Applied:
    try:
        found = await context.services.core.application.submit(replace(submission, serial=entry.serial))
    except CoreRejected as error:
        return await _refused(context, entry, error)
    except MessageNotWritten:
        await _not_sent(context, entry, BROKEN)
        raise
    except CoreError as error:
        if error.outcome_unknown:
            return await _not_answered(context, entry)
        problem = problem_of(error)
        await _not_sent(context, entry, str(problem))
        raise problem from error
    except Exception:
        # A bug of ours, and the message may be there.
        log.exception("submission_broke", application=entry.application.id)
        return await _not_answered(context, entry)
    return await _accepted(context, entry, found)


async def _accepted(context: Context, entry: Entry, found: CoreApplication) -> Applied:
    with suppress(StoreUnavailable):
        await reconciliation.note(context.services, entry, found)
        await audit_log.record(context, "apply", "accepted", detail=f"{entry.application.kind} {entry.application.id}")
        return await _present(context, entry)
    return _to_be_confirmed(entry)


async def _refused(context: Context, entry: Entry, error: CoreRejected) -> Applied:
    """The core says no, and may have it all the same: from a message that it had got before."""
    services, asked = context.services, True
    try:
        if (found := await services.core.application.find(entry.serial)) is not None:
            return await _held_already(context, entry, found)
    except CoreError:
        asked = False
    refused = _refusal_of(error)
    with suppress(StoreUnavailable):
        await journal.refuse(services.store, entry, refused, services.now(), ask=not asked)
        await audit_log.record(context, "apply", "refused by core", detail=f"{entry.application.kind} {error.raw_code}")
        return await _present(context, entry)
    return Applied(None, (refused,))


async def _held_already(context: Context, entry: Entry, found: CoreApplication) -> Applied:
    """Under its serial: the same application, or the key was used for another one before the store was restored."""
    asked = entry.application
    if found.kind in (None, asked.kind) and found.amount == asked.amount:
        return await _accepted(context, entry, found)
    await journal.correct(context.services.store, entry, found.kind or asked.kind, found.amount)
    await _accepted(context, entry, found)
    return Applied(None, (KEY_REUSED,))


async def _not_sent(context: Context, entry: Entry, why: str) -> None:
    services = context.services
    await journal.not_sent(services.store, entry, services.now(), NOT_SENT.format(why))
    await audit_log.record(context, "apply", "core away", detail=entry.application.kind.value)


async def _not_answered(context: Context, entry: Entry) -> Applied:
    """It is being confirmed, which is not a failure."""
    services = context.services
    now = services.now()
    await reconciliation.drop_cached(services, entry)
    with suppress(StoreUnavailable):
        await journal.not_answered(services.store, entry, now, now + services.settings.confirm_within)
        about = f"{entry.application.kind} {entry.application.id}"
        await audit_log.record(context, "apply", "confirming", detail=about)
        return await _present(context, entry)
    return _to_be_confirmed(entry)


def _to_be_confirmed(entry: Entry) -> Applied:
    """The answer where the store could not take what the core said: an error would invite a second submission. The row
    waits to be confirmed, the reconciler asks the core by serial, and only the sender, who is here, could remove it."""
    return Applied(replace(entry.application, status=ApplicationStatus.CONFIRMING))


async def _present(context: Context, entry: Entry) -> Applied:
    """As it is in the journal now: the search, or another process, may have learnt more meanwhile."""
    return _answer(await journal.by_serial(context.services.store, entry.serial) or entry)


def input_hash(kind: ApplicationKind, entered: Mapping[str, str]) -> str:
    text = json.dumps({"kind": kind.value, **entered}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _answer(entry: Entry) -> Applied:
    return Applied(entry.application) if entry.refusal is None else Applied(None, (entry.refusal,))


def _refusal_of(error: CoreRejected) -> Refusal:
    code = CODES.get(error.code, UserErrorCode.REFUSED_BY_CORE)
    message = core_refusals.message_of(error.code, error.text, "业务系统未受理该申请，请到公积金中心柜台咨询。")
    return Refusal(code, message)
