"""A member's phone number: the one that the core has at present, asked for at sign-in, for codes and resets, and before
warnings. A change is told to the old number and to the new one, once. The account number follows with it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bff.context import Context
from bff.legacy.errors import CoreError
from bff.resolvers import account_number, record, sms_messages
from bff.resolvers.authorization import signed_in
from bff.resolvers.core_errors import api_error_of
from bff.resolvers.core_reads import today
from bff.rules.customer import Customer
from bff.rules.dates import at_centre
from bff.rules.parsing import parse_phone
from bff.rules.refusal import HOTLINE
from bff.security.current_session import Member
from bff.security.members import Credentials

NOBODY = "000000190001010009"
"""Asked for where there is no member, so that the core has as much to do: the area does not exist."""
NO_CODE_NOW = "现在无法核对您在中心登记的手机号码，暂不能重置密码，请稍后重新获取验证码。"
NO_CODE_HERE = (
    "本号码已不是您在公积金中心登记的手机号码，不能用于重置密码，请使用在中心登记的新号码。"
    f"如非本人办理变更，请立即致电{HOTLINE}。"
)
NO_LONGER = (
    f"您在公积金中心登记的手机号码已变更，本号码不再用于公积金登录、验证码和通知。如非本人办理，请立即致电{HOTLINE}。"
)
FROM_NOW_ON = (
    f"您在公积金中心登记的手机号码已变更为本号码，今后用于公积金登录、验证码和通知。如非本人办理，请立即致电{HOTLINE}。"
)


def is_confirmed(context: Context, who: Credentials | Member) -> bool:
    """Return whether the core said so on this day of the centre's."""
    at = who.phone_confirmed_at
    return at is not None and at_centre(at).date() == today(context)


async def present(context: Context) -> str:
    """Return the number of the member who asks, empty for none. The core is asked unless it said so on this day."""
    member = signed_in(context).member
    if is_confirmed(context, member):
        return member.phone
    context.cache_control.no_store()  # asked of the core each time until it answers, and a change is audited
    who = await context.memo.get("phone", partial(_asked_now, context, member.id))
    return who.phone


async def _asked_now(context: Context, member_id: str) -> Credentials:
    return await asked_in_passing(context, await context.services.members.by_id(member_id))


async def asked_in_passing(context: Context, who: Credentials) -> Credentials:
    """Return the member with the core's phone, or as they were where the core does not answer in time."""
    try:
        return await _follow(context, who, await record.ask(context, who.id_number))
    except CoreError:
        return who


def ask_once_a_day(context: Context, who: Credentials) -> None:
    """Ask the core in the background."""
    if not is_confirmed(context, who):
        context.services.background.start(asked_in_passing(context, who))


async def instead_of_code(context: Context, phone: str) -> str | None:
    """Return the text of a message to this phone in the place of a code to reset a password: the core cannot be asked
    whose it is, or says that its member has another one now. Costs one call to the core, be it a member's phone or
    not."""
    who = await context.services.members.find(phone=phone)
    try:
        customer = await record.ask(context, who.id_number if who else NOBODY)
    except CoreError as error:
        is_known = who is not None and is_confirmed(context, who)
        return None if is_known else f"{NO_CODE_NOW}{api_error_of(error)}"
    if who is None:
        return None
    context.services.background.start(_follow(context, who, customer))
    return None if _phone_of(customer, who) in (phone, None) else NO_CODE_HERE


async def ask_for_reset(context: Context, id_number: str, phone: str) -> Credentials | None:
    """Return the member of this ID number if the phone is theirs at present. Costs one call to the core, whether there
    is such a member or not.

    Raises ApiError when the core cannot be asked, unless it confirmed the phone today.
    """
    who = await context.services.members.find(id_number=id_number)
    try:
        customer = await record.ask(context, id_number)
    except CoreError as error:
        if who is not None and who.phone == phone and is_confirmed(context, who):
            return who
        raise api_error_of(error) from error
    if who is None or _phone_of(customer, who) != phone:
        if who is not None:
            context.services.background.start(_follow(context, who, customer))
        return None
    return await _follow(context, who, customer)


def _phone_of(customer: Customer | None, who: Credentials) -> str | None:
    """Return the phone; null where the core does not know the person, empty where it has no mobile number of theirs."""
    own = record.own(customer, who)
    return None if own is None else _valid_phone(own)


def _valid_phone(own: Customer) -> str:
    return parse_phone(own.phone) or ""


async def _follow(context: Context, who: Credentials, customer: Customer | None) -> Credentials:
    """Store the member as the core has them, and return them so."""
    services, own = context.services, record.own(customer, who)
    if own is None:
        await services.members.doubt_phone(who.member_id)
        return replace(who, phone_confirmed_at=None)
    await account_number.follow(context, who, own)
    phone = _valid_phone(own)
    if await services.members.confirm_phone(who, phone):
        services.sessions.cache.clear()
        if services.cache is not None:
            await services.cache.invalidate(who.account_number)  # whole answers are held by it
        await context.audit("phone changed", "done", member_id=who.member_id)
        services.background.start(_ask_others(context, who.member_id, phone))
    present = await services.members.by_id(who.member_id)
    if present.former_phone is not None:
        services.background.start(_tell(context, present))
    return present


async def _ask_others(context: Context, member_id: str, phone: str) -> None:
    """Ask about other members with the phone: a number that is handed on is no longer the name of the one who had
    it."""
    if phone:
        for other in await context.services.members.with_phone(phone, but=member_id):
            await asked_in_passing(context, other)


async def _tell(context: Context, who: Credentials) -> None:
    """Tell the old number and the new one, where there are two; again at the next occasion if it cannot be done now."""
    services, former = context.services, who.former_phone
    if not await services.members.take_former_phone(who):
        return
    texts = {former: NO_LONGER, who.phone: FROM_NOW_ON}
    try:
        for phone, text in texts.items():
            if phone:
                await sms_messages.send(services, phone, text)
    except CoreError:
        await services.members.keep_former_phone(who)
        await context.audit("phone message", "failed", member_id=who.member_id)
