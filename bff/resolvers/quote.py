"""Quotes: what a member may apply for today, from facts read fresh."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from bff.cache import policy as cache_policy
from bff.context import Context
from bff.legacy import Core
from bff.legacy.errors import CoreError
from bff.resolvers.authorization import unlocked
from bff.resolvers.core_reads import ask, read
from bff.rules.account import Account
from bff.rules.application import Keep
from bff.rules.application_kinds import ApplicationKind
from bff.rules.loans.prepayment_offer import PrepaymentOffer, loan_to_prepay, prepayment_offer
from bff.rules.loans.rate_adjustment import coming_rate_of
from bff.rules.opening_hours import next_workday
from bff.rules.typed_values import mistyped
from bff.rules.withdrawals.facts import Facts
from bff.rules.withdrawals.offer import Offer, withdrawal_offer

FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Quote:
    offer: Offer
    account: Account


@dataclass(frozen=True, slots=True)
class PrepaymentQuote:
    offer: PrepaymentOffer
    account: Account


async def withdrawal_quote(context: Context, kind: ApplicationKind) -> Quote:
    """Return what the member may withdraw of a kind today, from facts read fresh."""
    facts = await _facts_of_request(context)
    offer = withdrawal_offer(kind, context.services.policy.on(facts.today), facts)
    return Quote(offer, facts.account)


async def prepayment_quote(context: Context, amount: Decimal | None, keep: Keep | None) -> PrepaymentQuote:
    """Return what may be prepaid today. An amount is being typed: what the core said a few seconds ago will do for it,
    and one that cannot be read is a refusal among the others."""
    facts = await (_facts_of_request(context) if amount is None else _recent_facts(context))
    wrong = mistyped(amount=amount)
    offer = await offer_prepayment(context, facts, None if wrong else amount, keep or Keep.TERM)
    return PrepaymentQuote(replace(offer, refusals=(*offer.refusals, *wrong)), facts.account)


async def offer_prepayment(context: Context, facts: Facts, amount: Decimal | None, keep: Keep) -> PrepaymentOffer:
    loan = loan_to_prepay(facts.loans)
    return prepayment_offer(
        context.services.policy.on(facts.today),
        facts.basis.in_flight,
        loan,
        facts.today,
        amount,
        keep,
        coming_rate_of(loan, context.services.rates, facts.today) if loan else None,
        await _posting_day(context, facts.today) if loan and loan.unposted_installments else None,
    )


async def _posting_day(context: Context, today: date) -> date | None:
    """The next workday by the core's calendar; a refusal is worth telling without it."""
    since, until = date(today.year, 1, 1), today + timedelta(days=31)
    try:
        return next_workday(await context.services.core.information.calendar(since, until), today)
    except CoreError:
        return None


async def gather_facts(context: Context) -> Facts:
    """Read the facts that decide an application, for it alone. A quote after it is of facts that are read anew."""
    context.memo.forget(FACTS)
    context.snapshot.add_uncached(cache_policy.FACTS.name, context.services.now().timestamp())
    return await ask(read_facts(context.services.core, unlocked(context).member.account_number))


async def _facts_of_request(context: Context) -> Facts:
    """Return the facts that the first quote of a request reads fresh, and all others share."""
    number = unlocked(context).member.account_number
    context.snapshot.add_uncached(cache_policy.FACTS.name, context.services.now().timestamp())
    return await ask(context.memo.get(FACTS, partial(read_facts, context.services.core, number)))


async def _recent_facts(context: Context) -> Facts:
    """Return the facts of the request, if it has read any, else through the cache."""
    number = unlocked(context).member.account_number
    if FACTS in context.memo:
        return await _facts_of_request(context)
    call = partial(context.memo.get, FACTS, partial(read_facts, context.services.core, number))
    return await read(context, cache_policy.FACTS, number, call)


async def read_facts(core: Core, number: str) -> Facts:
    """Read account, loans and what decides withdrawals, at the same time. Raises CoreError."""
    account, basis, loans = await asyncio.gather(
        core.account.account(number), core.application.basis(number), core.loan.loans(number)
    )
    return Facts(account=account, basis=basis, loans=loans)
