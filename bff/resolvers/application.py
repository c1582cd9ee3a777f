"""Applications: what is asked for against facts read fresh, with all refusals at once; a member's list and progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from decimal import Decimal

from bff.applications import journal
from bff.applications.submission import ApplicationOutcome, ApplicationRequest
from bff.context import Context
from bff.errors import bad_input, unauthenticated
from bff.resolvers.authorization import signed_in, unlocked
from bff.resolvers.core_errors import explain
from bff.resolvers.core_reads import ask, today
from bff.resolvers.cursors import invalid_cursor
from bff.resolvers.paging import Found, Slice
from bff.resolvers.quote import gather_facts, offer_prepayment
from bff.rules.application import Application, Keep, Submission
from bff.rules.application_kinds import ApplicationKind
from bff.rules.loans.prepayment_offer import amount_due_refusal
from bff.rules.refusal import Refusal
from bff.rules.typed_values import mistyped
from bff.rules.withdrawals.form import Form, checked
from bff.rules.withdrawals.offer import quote_refusal, withdrawal_offer

WATCH_EVERY = 1.0
"""Seconds between two looks while somebody watches an application."""


async def apply_withdrawal(
    context: Context, kind: ApplicationKind, key: str, expected: Decimal, form: Form
) -> ApplicationOutcome:
    """Apply for a withdrawal. The amount that the person saw must still be the one that would be paid."""
    if wrong := mistyped(expectedAmount=expected, approvedOn=form.approved_on):
        _, others = checked(kind, form, today(context))
        return _mistyped(context, key, wrong, others)
    request = _requested(context, key, kind, {"expectedAmount": f"{expected:.2f}", **form.entered})
    applications = context.services.applications
    if (known := await applications.outcome_of(request)) is not None:
        return known
    facts = await gather_facts(context)
    tidy, wrong = checked(kind, form, facts.today)
    offer = withdrawal_offer(kind, context.services.policy.on(facts.today), facts, tidy.contract_number)
    changed = quote_refusal(expected, offer) if offer.eligible else None
    refusals = _without_doubles((*request.key_refusals(), *wrong, *offer.refusals, *((changed,) if changed else ())))
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
    return await ask(applications.submit(request, submission, refusals, explain))


async def apply_prepayment(
    context: Context, key: str, amount: Decimal, keep: Keep | None, expected: Decimal | None
) -> ApplicationOutcome:
    """Apply for prepaying part of the fund loan, or exactly what settles it; `expected` is the amount due as the person
    saw it."""
    if wrong := mistyped(amount=amount, expectedAmount=expected):
        return _mistyped(context, key, wrong)
    kept = keep or Keep.TERM
    entered = {"amount": f"{amount:.2f}", "keep": kept.value}
    if expected is not None:
        entered["expectedAmount"] = f"{expected:.2f}"
    request = _requested(context, key, ApplicationKind.LOAN_PREPAYMENT, entered)
    applications = context.services.applications
    if (known := await applications.outcome_of(request)) is not None:
        return known
    facts = await gather_facts(context)
    offer = await offer_prepayment(context, facts, amount, kept)
    changed = amount_due_refusal(expected, offer) if offer.eligible else None
    refusals = _without_doubles((*request.key_refusals(), *offer.refusals, *((changed,) if changed else ())))
    submission = Submission(
        serial="",
        account_number=facts.account.number,
        kind=ApplicationKind.LOAN_PREPAYMENT,
        amount=amount,
        loan_number=offer.loan.number if offer.loan else None,
        keep=kept,
        payoff=offer.payoff,
        amount_due=expected,
    )
    return await ask(applications.submit(request, submission, refusals, explain))


def _requested(context: Context, key: str, kind: ApplicationKind, entered: Mapping[str, str]) -> ApplicationRequest:
    return ApplicationRequest(unlocked(context).member, context.client, key.strip(), kind, entered)


def _mistyped(
    context: Context, key: str, wrong: tuple[Refusal, ...], others: tuple[Refusal, ...] = ()
) -> ApplicationOutcome:
    """Refuse what cannot be read, with all else that is wrong with the form; neither core nor journal is asked."""
    request = _requested(context, key, ApplicationKind.UNKNOWN, {})
    return ApplicationOutcome(None, _without_doubles((*request.key_refusals(), *wrong, *others)))


async def applications(context: Context, wanted: Slice) -> Found[Application]:
    """Return a page of the member's, newest first; those that are open are brought up to date first."""
    wanted.check_size()
    member = unlocked(context).member
    services, store = context.services, context.services.store
    if wanted.after is None:
        await services.recovery.recover(member)
    await services.reconciler.refresh_open(await journal.open_of(store, member.id))
    after = None
    if wanted.after is not None and (after := await journal.by_id(store, member.id, wanted.after)) is None:
        raise invalid_cursor()
    rows = await journal.page(store, member.id, after, wanted.first + 1)
    total = await journal.count(store, member.id)
    shown = tuple(entry.application for entry in rows[: wanted.first])
    return Found(shown, len(rows) > wanted.first, total)


async def application(context: Context, application_id: str) -> Application | None:
    """Return one of the member's own, up to date; null when there is none of that ID."""
    return await context.services.applications.find(unlocked(context).member, application_id)


async def progress(context: Context, application_id: str) -> AsyncGenerator[Application, None]:
    """Yield the application now and after each change, until it is final or the session is no longer open.

    Each look reads the journal, so that any process sees what another one learnt. A client that reconnects gets
    the present state first, and the history in it misses nothing.
    """
    seen: Application | None = None
    with context.services.operation_rate_limiter.stream(signed_in(context).member.id):
        while True:
            if not await context.services.sessions.is_open(signed_in(context).id):
                raise unauthenticated()
            found = await application(context, application_id)
            if found is None:
                raise bad_input("未查询到该笔申请。", "id")
            if found != seen:
                yield found
                seen = found
            if found.status.is_final:
                return
            await asyncio.sleep(WATCH_EVERY)


def _without_doubles(refusals: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    """Drop doubles: the form and the offer may find the same thing wrong."""
    return tuple({(each.code, each.field): each for each in reversed(refusals)}.values())[::-1]
