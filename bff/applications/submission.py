"""Submission of applications: the journal before the core, and under one idempotency key one application, however often
it is asked for and by whichever process."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import structlog

from bff.applications import journal
from bff.applications.background_tasks import Background
from bff.applications.journal import JournalEntry
from bff.applications.reconciliation import Reconciler
from bff.applications.recovery import Recovery
from bff.legacy import Core, deadline
from bff.legacy.errors import CoreError, CoreRejected, MessageNotWritten
from bff.rules import core_refusals
from bff.rules.application import Application, ApplicationStatus, CoreApplication, Rejection, Submission
from bff.rules.application_kinds import ApplicationKind
from bff.rules.refusal import Refusal, UserErrorCode
from bff.security.audit_log import AuditLog
from bff.security.client_address import Client
from bff.security.current_session import Member
from bff.store.database import Store
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


Explain = Callable[[CoreError], str]
"""Gives the text for members of why the core could not be asked."""


@dataclass(frozen=True, slots=True)
class ApplicationOutcome:
    """The application, or why there is none."""

    application: Application | None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationRequest:
    """One application as a member asks for it, under an idempotency key of the client's."""

    member: Member
    client: Client
    key: str
    kind: ApplicationKind
    entered: Mapping[str, str]

    @property
    def input_hash(self) -> str:
        """Hash of kind and input: the same key with another one is a reused key."""
        return input_hash(self.kind, self.entered)

    def key_refusals(self) -> tuple[Refusal, ...]:
        """Return what is wrong with the key."""
        if not self.key:
            return (Refusal(UserErrorCode.REQUIRED, NO_KEY, "idempotencyKey"),)
        if len(self.key) > 64 or not self.key.isascii() or not self.key.isprintable():
            return (Refusal(UserErrorCode.INVALID_INPUT, NO_KEY, "idempotencyKey"),)
        return ()

    def is_of(self, entry: JournalEntry) -> bool:
        """Return whether the entry is of this request. Of one that was recovered only the kind and the amount are
        known: what is drawn, or the principal prepaid."""
        if entry.input_hash:
            return entry.input_hash == self.input_hash
        amount = self.entered.get("amount") or self.entered["expectedAmount"]
        return (entry.application.kind, entry.application.amount) == (self.kind, Decimal(amount))


@dataclass(frozen=True, slots=True)
class Applications:
    """Applications of members, each submitted once."""

    store: Store
    core: Core
    reconciler: Reconciler
    recovery: Recovery
    audit_log: AuditLog
    background: Background
    now: Callable[[], datetime]

    async def outcome_of(self, request: ApplicationRequest) -> ApplicationOutcome | None:
        """Return what came of the key before; null when it was not used, or nothing came of it and it may be sent."""
        if request.key_refusals() or (entry := await self._entry(request)) is None:
            return None
        if not request.is_of(entry):
            return ApplicationOutcome(None, (KEY_REUSED,))
        if entry.status is ApplicationStatus.NOT_RECEIVED or self.reconciler.is_lost(entry, self.now()):
            # It may have come after all, and else it may be sent.
            await self.reconciler.refresh_from_core(entry)
            if (entry := await self._entry(request) or entry).status is ApplicationStatus.NOT_RECEIVED:
                return None
        given = await journal.hand_out(self.store, entry)
        return _outcome(given) if given is not None else None

    async def submit(
        self, request: ApplicationRequest, submission: Submission, refusals: tuple[Refusal, ...], explain: Explain
    ) -> ApplicationOutcome:
        """Write the journal, ask the core, and write the journal. What was refused may have been accepted by a request
        beside this one. `explain` gives the history's text for a core that could not be asked.

        Raises CoreError where nothing was sent.
        """
        if refusals:
            if not request.key_refusals():  # or before the store was restored
                await self.recovery.recover(request.member)
            return await self.outcome_of(request) or ApplicationOutcome(None, refusals)
        entry = await self._claimed(request, submission)
        if entry is None:
            return await self.outcome_of(request) or ApplicationOutcome(None, (IN_PROGRESS,))
        sending = _Sending(self, request, entry, explain)
        return await self._in_time(entry, asyncio.ensure_future(sending.send(submission)))

    async def find(self, member: Member, application_id: str) -> Application | None:
        """Return one of the member's own, up to date; null when there is none of that ID."""
        entry = await journal.by_id(self.store, member.id, application_id)
        if entry is None:
            await self.recovery.recover(member)
            entry = await journal.by_id(self.store, member.id, application_id)
        if entry is None:
            return None
        await self.reconciler.refresh_open((entry,))
        entry = await journal.by_id(self.store, member.id, application_id)
        return entry.application if entry else None

    async def _entry(self, request: ApplicationRequest) -> JournalEntry | None:
        return await journal.by_key(self.store, request.member.id, request.key, request.member.account_number)

    async def _claimed(self, request: ApplicationRequest, submission: Submission) -> JournalEntry | None:
        """Return the row that this request, and no other one, is to send."""
        now = self.now()
        until = self.reconciler.may_arrive_until(now)
        if (entry := await self._entry(request)) is not None:
            return entry if await journal.send_again(self.store, entry, now, until) else None
        new = journal.New(
            member_id=request.member.id,
            account_number=submission.account_number,
            key=request.key,
            input_hash=request.input_hash,
            kind=request.kind,
            amount=submission.amount,
            entered=request.entered,
        )
        return await journal.add(self.store, new, now, until)

    async def _in_time(self, entry: JournalEntry, sending: asyncio.Task[ApplicationOutcome]) -> ApplicationOutcome:
        """Return what became of it, or that it is being confirmed where the request has no time left. Neither that nor
        the client's leaving cuts the sending."""
        left = deadline.remaining()
        await asyncio.wait((sending,), timeout=None if left is None else max(0.0, left - ANSWERING))
        if not sending.done():
            with suppress(StoreUnavailable):
                if (given := await journal.hand_out(self.store, entry)) is not None:
                    self.background.start(_finished(sending))
                    return _outcome(given)
        return await asyncio.shield(sending)


async def _finished(sending: asyncio.Task[ApplicationOutcome]) -> None:
    """Wait for a sending whose member was told that it is being confirmed; why it was not sent stands in the
    history."""
    with suppress(CoreError):
        await sending


@dataclass(frozen=True, slots=True)
class _Sending:
    """One message to the core, and what is recorded of its answer."""

    applications: Applications
    request: ApplicationRequest
    entry: JournalEntry
    explain: Explain

    async def send(self, submission: Submission) -> ApplicationOutcome:
        """Send the message. Raises CoreError where nothing was sent."""
        core = self.applications.core
        try:
            found = await core.application.submit(replace(submission, serial=self.entry.serial))
        except CoreRejected as error:
            return await self._refused(error)
        except MessageNotWritten:
            await self._not_sent(BROKEN)
            raise
        except CoreError as error:
            if error.outcome_unknown:
                return await self._not_answered()
            await self._not_sent(self.explain(error))
            raise
        except Exception:
            # A bug of ours, and the message may be there.
            log.exception("submission_broke", application=self.entry.application.id)
            return await self._not_answered()
        return await self._accepted(found)

    async def _accepted(self, found: CoreApplication) -> ApplicationOutcome:
        with suppress(StoreUnavailable):
            await self.applications.reconciler.record_answer(self.entry, found)
            await self._audit("accepted", self._about)
            return await self._present()
        return self._to_be_confirmed()

    async def _refused(self, error: CoreRejected) -> ApplicationOutcome:
        """Record the refusal, unless the core has the application all the same: from a message that it had got
        before."""
        applications, asked = self.applications, True
        try:
            if (found := await applications.core.application.find(self.entry.serial)) is not None:
                return await self._held_already(found)
        except CoreError:
            asked = False
        refused = _refusal_of(error)
        with suppress(StoreUnavailable):
            await journal.refuse(applications.store, self.entry, refused, applications.now(), ask=not asked)
            await self._audit("refused by core", f"{self.entry.application.kind} {error.raw_code}")
            return await self._present()
        return ApplicationOutcome(None, (refused,))

    async def _held_already(self, found: CoreApplication) -> ApplicationOutcome:
        """Record what the core has under this serial: the same application, or another one, whose key was used before
        the store was restored."""
        asked = self.entry.application
        if found.kind in (None, asked.kind) and found.amount == asked.amount:
            return await self._accepted(found)
        await journal.correct(self.applications.store, self.entry, found.kind or asked.kind, found.amount)
        await self._accepted(found)
        return ApplicationOutcome(None, (KEY_REUSED,))

    async def _not_sent(self, why: str) -> None:
        applications = self.applications
        await journal.not_sent(applications.store, self.entry, applications.now(), NOT_SENT.format(why))
        await self._audit("core away", self.entry.application.kind.value)

    async def _not_answered(self) -> ApplicationOutcome:
        """Record that it is being confirmed, which is not a failure."""
        applications, now = self.applications, self.applications.now()
        await applications.reconciler.drop_cached(self.entry)
        with suppress(StoreUnavailable):
            until = now + applications.reconciler.times.confirm_within
            await journal.not_answered(applications.store, self.entry, now, until)
            await self._audit("confirming", self._about)
            return await self._present()
        return self._to_be_confirmed()

    def _to_be_confirmed(self) -> ApplicationOutcome:
        """Answer where the store could not take what the core said: an error would invite a second submission. The row
        waits to be confirmed, the reconciler asks the core by serial, and only the sender, which is here, could remove
        it."""
        return ApplicationOutcome(replace(self.entry.application, status=ApplicationStatus.CONFIRMING))

    async def _present(self) -> ApplicationOutcome:
        """Answer by the journal as it is now: the reconciler, or another process, may have learnt more meanwhile."""
        return _outcome(await journal.by_serial(self.applications.store, self.entry.serial) or self.entry)

    @property
    def _about(self) -> str:
        return f"{self.entry.application.kind} {self.entry.application.id}"

    async def _audit(self, outcome: str, detail: str) -> None:
        request = self.request
        await self.applications.audit_log.record(
            request.client, "apply", outcome, member_id=request.member.id, detail=detail
        )


def input_hash(kind: ApplicationKind, entered: Mapping[str, str]) -> str:
    text = json.dumps({"kind": kind.value, **entered}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _outcome(entry: JournalEntry) -> ApplicationOutcome:
    return (
        ApplicationOutcome(entry.application) if entry.refusal is None else ApplicationOutcome(None, (entry.refusal,))
    )


def _refusal_of(error: CoreRejected) -> Refusal:
    code = CODES.get(error.code, UserErrorCode.REFUSED_BY_CORE)
    message = core_refusals.message_of(error.code, error.text, "业务系统未受理该申请，请到公积金中心柜台咨询。")
    return Refusal(code, message)
