"""A member's account and its two lists. Every function asks for an unlocked session first."""

from __future__ import annotations

from functools import partial

from bff.cache import policy as cache_policy
from bff.context import Context
from bff.resolvers import paging
from bff.resolvers.authorization import unlocked
from bff.resolvers.core_reads import read
from bff.resolvers.paging import CachedList, Found, Slice
from bff.resolvers.session import end_when_closed
from bff.rules.account import Account, ContributionDetail, WithdrawalDetail


async def account(context: Context) -> Account:
    number = unlocked(context).member.account_number
    found = await read(context, cache_policy.ACCOUNT, number, partial(context.services.core.account.account, number))
    await end_when_closed(context, found.status)
    return found


async def contributions(context: Context, wanted: Slice, *, with_total: bool) -> Found[ContributionDetail]:
    number = unlocked(context).member.account_number
    fetch = partial(context.services.core.account.contributions, number)
    cached = CachedList(context, cache_policy.CONTRIBUTIONS, number, fetch)
    return await paging.find(cached, wanted, with_total=with_total)


async def withdrawals(context: Context, wanted: Slice, *, with_total: bool) -> Found[WithdrawalDetail]:
    number = unlocked(context).member.account_number
    fetch = partial(context.services.core.account.withdrawals, number)
    cached = CachedList(context, cache_policy.WITHDRAWALS, number, fetch)
    return await paging.find(cached, wanted, with_total=with_total)
