"""Offers and applications: facts read fresh, every refusal at once, the journal before the core."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from bff import audit, journal, sessions
from bff.context import Context
from bff.errors import bad_input, unauthenticated
from bff.journal import Entry
from bff.legacy.errors import CoreError, CoreRejected
from bff.resolvers import confirming
from bff.resolvers.access import signed_in, unlocked
from bff.resolvers.core import problem_of
from bff.resolvers.paging import Slice
from bff.resolvers.quote import gather_facts, offer_prepayment
from bff.rules.application import Application, ApplicationKind, Keep, Rejection, Submission
from bff.rules.forms import Form, checked
from bff.rules.offers import quote_refusal, withdrawal_offer
from bff.rules.refusal import Refusal, UserErrorCode, required

WATCH_EVERY = 1.0
"""Seconds between two looks while somebody watches an application."""

IN_PROGRESS = Refusal(UserErrorCode.APPLICATION_IN_PROGRESS, "您有一笔业务正在办理，请办结后再申请。")
KEY_REUSED = Refusal(
    UserErrorCode.IDEMPOTENCY_KEY_REUSED, "该申请编号已用于内容不同的申请，请重新打开页面后提交。", "idempotencyKey"
)
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
}
"""Refusals of the core that mean the same as one of ours; the others are REFUSED_BY_CORE in the core's words."""


@dataclass(frozen=True, slots=True)
class Applied:
    application: Application | None
    refusals: tuple[Refusal, ...] = ()


async def apply_withdrawal(context: Context, kind: ApplicationKind, key: str, expected: Decimal, form: Form) -> Applied:
    """One withdrawal. The amount that the person saw must still be the one that would be paid."""
    asked = _Asked.of(context, key, kind, {"expectedAmount": f"{expected:.2f}", **form.entered})
    if (known := await asked.known()) is not None:
        return known
    facts = await gather_facts(context)
    tidy, wrong = checked(kind, form, facts.today)
    offer = withdrawal_offer(kind, context.services.policy.on(facts.today), facts, tidy.contract_number)
    changed = quote_refusal(expected, offer) if offer.eligible else None
    refusals = _without_doubles((*asked.refusals(), *wrong, *offer.refusals, *((changed,) if changed else ())))
    submission = Submission(
        serial="",
        account_number=facts.account.number,
        kind=kind,
        amount=offer.amount,
        contract_number=offer.contract_number if tidy.contract_number else None,
        former_employer=tidy.former_employer,
        certificate_number=tidy.certificate_number,
        approved_on=tidy.approved_on,
    )
    return await asked.submit(submission, refusals)


async def apply_prepayment(context: Context, key: str, amount: Decimal, keep: Keep | None) -> Applied:
    """Part of the fund loan, or exactly what settles it."""
    kept = keep or Keep.TERM
    asked = _Asked.of(context, key, ApplicationKind.LOAN_PREPAYMENT, {"amount": f"{amount:.2f}", "keep": kept.value})
    if (known := await asked.known()) is not None:
        return known
    facts = await gather_facts(context)
    offer = offer_prepayment(context, facts, amount, kept)
    submission = Submission(
        serial="",
        account_number=facts.account.number,
        kind=ApplicationKind.LOAN_PREPAYMENT,
        amount=amount,
        loan_number=offer.loan.number if offer.loan else None,
        keep=kept,
        payoff=offer.payoff,
    )
    return await asked.submit(submission, _without_doubles((*asked.refusals(), *offer.refusals)))


@dataclass(frozen=True, slots=True)
class Found:
    rows: tuple[Application, ...]
    has_next: bool
    total: int


async def applications(context: Context, wanted: Slice) -> Found:
    """Made through this app, newest first; what is open is asked of the core first."""
    wanted.check_size()
    member = unlocked(context).member
    store = context.services.store
    await confirming.refresh(context.services, await journal.open_of(store, member.id))
    after = None
    if wanted.after is not None and (after := await journal.by_id(store, member.id, wanted.after)) is None:
        raise bad_input("游标无效，请从第一页重新查询。", "after")
    rows = await journal.page(store, member.id, after, wanted.first + 1)
    total = await journal.count(store, member.id)
    shown = tuple(entry.application for entry in rows[: wanted.first])
    return Found(shown, len(rows) > wanted.first, total)


async def application(context: Context, application_id: str) -> Application | None:
    """One of the member's own, up to date; null when there is none of that ID."""
    member = unlocked(context).member
    entry = await journal.by_id(context.services.store, member.id, application_id)
    if entry is None:
        return None
    await confirming.refresh(context.services, (entry,))
    entry = await journal.by_id(context.services.store, member.id, application_id)
    return entry.application if entry else None


async def progress(context: Context, application_id: str) -> AsyncIterator[Application]:
    """The application now and after each change, until it is final or the session is no longer open.

    Each look reads the journal, so that any process sees what another one learnt; who reconnects gets the present
    state first, and the history in it misses nothing.
    """
    seen: Application | None = None
    with context.services.pace.stream(signed_in(context).member.id):
        while True:
            if not await sessions.is_open(context.services, signed_in(context).id):
                raise unauthenticated()
            found = await application(context, application_id)
            if found is None:
                raise bad_input("没有该申请。", "id")
            if found != seen:
                yield found
                seen = found
            if found.status.is_final:
                return
            await asyncio.sleep(WATCH_EVERY)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One application as it is asked for, under the member's key."""

    context: Context
    key: str
    kind: ApplicationKind
    entered: Mapping[str, str]

    @classmethod
    def of(cls, context: Context, key: str, kind: ApplicationKind, entered: Mapping[str, str]) -> _Asked:
        unlocked(context)
        return cls(context, key.strip(), kind, entered)

    @property
    def input_hash(self) -> str:
        return input_hash(self.kind, self.entered)

    def refusals(self) -> tuple[Refusal, ...]:
        if not self.key:
            return (required("idempotencyKey", "申请编号"),)
        if len(self.key) > 64 or not self.key.isascii() or not self.key.isprintable():
            message = "申请编号最多64个可见的ASCII字符，建议使用UUID。"
            return (Refusal(UserErrorCode.INVALID_INPUT, message, "idempotencyKey"),)
        return ()

    async def known(self) -> Applied | None:
        """What came of the key before, if it was used."""
        if self.refusals():
            return None
        member = unlocked(self.context).member
        entry = await journal.by_key(self.context.services.store, member.id, self.key)
        if entry is None:
            return None
        return _answer(entry) if entry.input_hash == self.input_hash else Applied(None, (KEY_REUSED,))

    async def submit(self, submission: Submission, refusals: tuple[Refusal, ...]) -> Applied:
        """Journal, core, journal. What was refused may have been accepted by a request beside this one."""
        if refusals:
            return await self.known() or Applied(None, refusals)
        member = unlocked(self.context).member
        new = journal.New(
            member_id=member.id,
            account_number=submission.account_number,
            key=self.key,
            input_hash=self.input_hash,
            kind=self.kind,
            amount=submission.amount,
            entered=self.entered,
        )
        entry = await journal.add(self.context.services.store, new, self.context.services.now())
        if entry is None:
            return await self.known() or Applied(None, (IN_PROGRESS,))
        # From here on nothing may cut it halfway: neither the client's leaving nor the request's deadline.
        return await asyncio.shield(asyncio.ensure_future(_send(self.context, entry, submission)))


async def _send(context: Context, entry: Entry, submission: Submission) -> Applied:
    services = context.services
    try:
        found = await services.core.application.submit(replace(submission, serial=entry.serial))
    except CoreRejected as refusal:
        refused = _refusal_of(refusal)
        await journal.refuse(services.store, entry, refused)
        await audit.record(context, "apply", "refused by core", detail=f"{entry.application.kind} {refusal.raw_code}")
        return Applied(None, (refused,))
    except CoreError as error:
        return await _no_answer(context, entry, error)
    await confirming.note(services, entry, found)
    await audit.record(context, "apply", "accepted", detail=f"{entry.application.kind} {entry.application.id}")
    return _answer(await journal.by_serial(services.store, entry.serial) or entry)


async def _no_answer(context: Context, entry: Entry, error: CoreError) -> Applied:
    """Nothing was sent: nothing happened. Else it is being confirmed, which is not a failure."""
    services = context.services
    if not error.outcome_unknown:
        await journal.withdraw(services.store, entry)
        await audit.record(context, "apply", "core away", detail=entry.application.kind.value)
        raise problem_of(error) from error
    await confirming.drop_cached(services, entry)
    await journal.check_soon(services.store, entry, services.now())
    await audit.record(context, "apply", "confirming", detail=f"{entry.application.kind} {entry.application.id}")
    return _answer(entry)


def input_hash(kind: ApplicationKind, entered: Mapping[str, str]) -> str:
    text = json.dumps({"kind": kind.value, **entered}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _without_doubles(refusals: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    """The form and the offer may find the same thing wrong."""
    return tuple({(each.code, each.field): each for each in reversed(refusals)}.values())[::-1]


def _answer(entry: Entry) -> Applied:
    if entry.refusal is not None:
        return Applied(None, (entry.refusal,))
    return Applied(entry.application)


def _refusal_of(refusal: CoreRejected) -> Refusal:
    code = CODES.get(refusal.code, UserErrorCode.REFUSED_BY_CORE)
    return Refusal(code, refusal.text or "业务系统未受理该申请，请到柜台咨询。")
