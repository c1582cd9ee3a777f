"""A member's account number: the one that the core has at present. Accounts are merged, and another one is opened where
a centre takes a person over. Two members never have one number."""

from __future__ import annotations

import asyncio

from bff.context import Context
from bff.legacy.errors import CoreError
from bff.resolvers import record
from bff.rules.account import AccountStatus
from bff.rules.customer import Customer
from bff.rules.masking import mask_bank_account
from bff.security.current_session import Member
from bff.security.members import Credentials

HELD = "QueryCustomer.GRZH", "an account that another member has"


async def follow(context: Context, who: Credentials, own: Customer) -> None:
    """Move the member to the account of the core's record, unless it is closed. What another member has is left to them
    until the core has said that theirs is another one, for which the request does not wait."""
    if (number := _another(own, who)) is None:
        return
    if await context.services.members.with_account(number) is None:
        await _move(context, who, number)
    else:
        context.services.background.start(_settle(context, who, number))


async def is_free(context: Context, number: str) -> bool:
    """Return whether no member has the number, after the core was asked about the one who had it.

    Raises CoreError.
    """
    holder = await context.services.members.with_account(number)
    return holder is None or await _leaves(context, holder)


async def _leaves(context: Context, holder: Credentials, wanting: Credentials | None = None) -> bool:
    """Move the holder of a number to the account that is theirs by the core; false where it does not say that this is
    another one. Where it is that of the member who is `wanting` the number both change at once."""
    own = record.own(await record.ask(context, holder.id_number), holder)
    if own is None or (another := _another(own, holder)) is None:
        return False
    if wanting is not None and another == wanting.account_number:
        await _exchange(context, wanting, holder)
    else:
        await _move(context, holder, another)
    return True


def _another(own: Customer, who: Credentials) -> str | None:
    number = own.account_number
    return None if number == who.account_number or own.account_status is AccountStatus.CLOSED else number


async def _settle(context: Context, who: Credentials, number: str) -> None:
    holder = await context.services.members.with_account(number)
    if holder is not None and holder.member_id == who.member_id:
        return
    try:
        if holder is not None and not await _leaves(context, holder, who):
            await _leave(context, who, number)
            return
    except CoreError:
        return
    if await context.services.members.with_account(number) is None:
        await _move(context, who, number)


async def _leave(context: Context, who: Credentials, number: str) -> None:
    """Leave each the account that they proved to be theirs when they registered, and report it to the operators."""
    context.services.data_quality.report(*HELD)
    await _note(context, who, number, "held by another")


async def _move(context: Context, who: Credentials, number: str) -> None:
    """Move the member, unless the core does not list the applications or another request was quicker: the next occasion
    tries again."""
    taken_in = await _taken_in(context, who, number)
    if taken_in and await context.services.members.change_account(who, number):
        await _changed(context, who, number)


async def _exchange(context: Context, one: Credentials, other: Credentials) -> None:
    pairs = (one, other.account_number), (other, one.account_number)
    taken_in = all([await _taken_in(context, who, number) for who, number in pairs])
    if taken_in and await context.services.members.exchange_accounts(one, other):
        for who, number in pairs:
            await _changed(context, who, number)


async def _taken_in(context: Context, who: Credentials, number: str) -> bool:
    """Take into the journal what the core has under the old number: nothing would lead there any more."""
    member = Member(who.member_id, who.account_number, who.name, who.phone, who.id_number)
    try:
        async with asyncio.timeout(record.ASKING):
            return await context.services.recovery.recover(member, number)
    except TimeoutError:
        return False


async def _changed(context: Context, who: Credentials, number: str) -> None:
    services = context.services
    services.sessions.cache.clear()
    if services.cache is not None:
        for each in (who.account_number, number):
            await services.cache.invalidate(each)
    await _note(context, who, number, "done")


async def _note(context: Context, who: Credentials, number: str, outcome: str) -> None:
    detail = f"{mask_bank_account(who.account_number)} to {mask_bank_account(number)}"
    await context.audit("account number changed", outcome, member_id=who.member_id, detail=detail)
