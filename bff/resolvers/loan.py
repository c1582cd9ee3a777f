"""A member's housing fund loans and their rows. Every function asks for an unlocked session first."""

from __future__ import annotations

from functools import partial

from bff.context import Context
from bff.resolvers import paging
from bff.resolvers.access import unlocked
from bff.resolvers.core import ask
from bff.resolvers.paging import Found, Slice
from bff.rules.loan import Loan, Repayment


async def loans(context: Context) -> tuple[Loan, ...]:
    number = unlocked(context).member.account_number
    return await ask(context.services.core.loan.loans(number))


async def repayments(context: Context, loan_number: str, wanted: Slice, *, with_total: bool) -> Found[Repayment]:
    """`loan_number` comes from the member's own loans, never from the client."""
    unlocked(context)
    fetch = partial(context.services.core.loan.repayments, loan_number)
    return await ask(paging.find(fetch, wanted, with_total=with_total))
