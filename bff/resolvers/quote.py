"""What a member may apply for today, from facts read fresh."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal

from bff.context import Context
from bff.resolvers.access import unlocked
from bff.resolvers.core import ask
from bff.rules.account import Account
from bff.rules.application import ApplicationKind, Keep
from bff.rules.drawing import Facts
from bff.rules.offers import Offer, withdrawal_offer
from bff.rules.prepayment import PrepaymentOffer, loan_to_prepay, prepayment_offer


@dataclass(frozen=True, slots=True)
class Quote:
    offer: Offer
    account: Account


@dataclass(frozen=True, slots=True)
class PrepaymentQuote:
    offer: PrepaymentOffer
    account: Account


async def withdrawal_quote(context: Context, kind: ApplicationKind) -> Quote:
    """What the member may withdraw of a kind today, from facts read fresh."""
    facts = await gather_facts(context)
    offer = withdrawal_offer(kind, context.services.policy.on(facts.today), facts)
    return Quote(offer, facts.account)


async def prepayment_quote(context: Context, amount: Decimal | None, keep: Keep | None) -> PrepaymentQuote:
    facts = await gather_facts(context)
    return PrepaymentQuote(offer_prepayment(context, facts, amount, keep or Keep.TERM), facts.account)


def offer_prepayment(context: Context, facts: Facts, amount: Decimal | None, keep: Keep) -> PrepaymentOffer:
    return prepayment_offer(
        context.services.policy.on(facts.today),
        facts.account,
        facts.basis.in_flight,
        loan_to_prepay(facts.loans),
        facts.today,
        amount,
        keep,
    )


async def gather_facts(context: Context) -> Facts:
    """Account, loans and what decides withdrawals: fresh, and at the same time."""
    number, core = unlocked(context).member.account_number, context.services.core
    context.reading.note_now("QueryWithdrawalBasis", context.services.now().timestamp())
    account, basis, loans = await asyncio.gather(
        ask(core.account.account(number)),
        ask(core.application.basis(number)),
        ask(core.loan.loans(number)),
    )
    return Facts(account=account, basis=basis, loans=loans)
