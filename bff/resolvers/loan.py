"""A member's housing fund loans and their rows. Every function asks for an unlocked session first."""

from __future__ import annotations

from functools import partial

from bff.cache import policy as cache_policy
from bff.context import Context
from bff.resolvers import paging
from bff.resolvers.authorization import unlocked
from bff.resolvers.core_reads import read
from bff.resolvers.paging import CachedList, Found, Slice
from bff.rules.loan import Loan, Repayment


async def loans(context: Context, *, shown: bool = True) -> tuple[Loan, ...]:
    """Return the member's loans. `shown` is false where their numbers alone are wanted."""
    number = unlocked(context).member.account_number
    return await read(
        context, cache_policy.LOANS, number, partial(context.services.core.loan.loans, number), shown=shown
    )


async def repayments(context: Context, loan_number: str, wanted: Slice, *, with_total: bool) -> Found[Repayment]:
    """Return a page of repayments. `loan_number` comes from the member's own loans, never from the client."""
    number = unlocked(context).member.account_number
    fetch = partial(context.services.core.loan.repayments, loan_number)
    cached = CachedList(context, cache_policy.REPAYMENTS, number, fetch, (loan_number,))
    return await paging.find(cached, wanted, with_total=with_total)
