"""Changes of passwords: with the current one, or with a code by SMS."""

from __future__ import annotations

import asyncio

from bff.context import Context
from bff.legacy.errors import CoreError
from bff.resolvers import phone_numbers, sms_messages
from bff.resolvers.authorization import signed_in
from bff.resolvers.core_reads import today
from bff.resolvers.credential_attempts import note, password_attempt
from bff.resolvers.registration import CHECK_FIRST, INVALID_ID
from bff.resolvers.sms_code import INVALID_PHONE, WRONG_CODE, code_attempt
from bff.rules.documents import parse_any_document
from bff.rules.parsing import parse_phone
from bff.rules.password_rules import login_password_refusal, query_password_refusal, same_passwords
from bff.rules.refusal import HOTLINE, Refusal, UserErrorCode, required
from bff.security import members
from bff.security.members import Credentials, Which
from bff.security.sms_codes import SmsPurpose

WRONG_PASSWORD = Refusal(UserErrorCode.WRONG_CREDENTIALS, "当前密码不正确。", "currentPassword")
NOT_THEIRS = Refusal(
    UserErrorCode.NOT_ON_RECORD,
    "手机号码、身份证号与中心登记的信息不一致。请先核对填写的内容，在中心更换过手机号码的，请填写新号码，"
    f"{CHECK_FIRST}",
)
OTHER: dict[Which, Which] = {"login": "query", "query": "login"}
DIFFERENT = Refusal(UserErrorCode.WRONG_CREDENTIALS, "")
"""Shown to nobody."""
CHANGED = "您于{at}修改了公积金{password}。如非本人操作，请立即重置密码，并致电" + HOTLINE + "。"
PASSWORDS = {"login": "登录密码", "query": "查询密码"}
TELLING = 2.0
"""Seconds that somebody with a new password waits for the message about it."""


async def change_password(context: Context, which: Which, current: str, new: str) -> tuple[Refusal, ...]:
    """Change a password after comparing the current one, and end the member's other sessions."""
    session = signed_in(context)
    who = await context.services.members.by_id(session.member.id)
    name = _name(which, who)
    refusal = await password_attempt(context, which, name, who, current, WRONG_PASSWORD)
    refusal = refusal or _weak(which, new, phone=who.phone, id_number=who.id_number)
    refusal = refusal or await _other_password(context, OTHER[which], who, new)
    if refusal is not None:
        await note(context, "change password", refusal, name=name, detail=which)
        return (refusal,)
    await _set_password(context, who, which, new, keep=session.id)
    await context.audit("change password", "done", detail=which)
    await _tell(context, await phone_numbers.asked_in_passing(context, who), which)
    return ()


async def reset_password(
    context: Context, phone: str, id_number: str, sms_code: str, which: Which, new: str
) -> tuple[Refusal, ...]:
    """Reset a forgotten password: by the phone that the core has at present, the ID number and a code. Ends all of the
    member's sessions. The core's silence does not use the code up."""
    tidy_phone, tidy_id = parse_phone(phone), parse_any_document(id_number, today(context))
    checks = (
        None if tidy_phone else INVALID_PHONE,
        None if tidy_id else INVALID_ID,
        None if sms_code.strip() else required("smsCode", "验证码"),
        _weak(which, new, phone=tidy_phone or "", id_number=tidy_id or ""),
    )
    refusals = tuple(each for each in checks if each)
    if refusals or tidy_phone is None or tidy_id is None:
        return refusals
    services, network = context.services, context.client.network
    refusal, code_id = await code_attempt(context, tidy_phone, SmsPurpose.RESET_PASSWORD, sms_code)
    if refusal is not None:
        return await _not_reset(context, refusal, tidy_phone, which)
    # As in registration: the costly work comes before the comparison, and only for a code that was right.
    hashed = await services.password_hasher.hash(new, network)
    who = await phone_numbers.ask_for_reset(context, tidy_id, tidy_phone)
    # Also for nobody, whom it takes as long. The code is good for another password.
    if await services.password_hasher.verify(who.hash_of(OTHER[which]) if who else None, new, network):
        return await _not_reset(context, same_passwords("newPassword"), tidy_phone, which)
    if not await services.sms_codes.spend(code_id):
        return await _not_reset(context, WRONG_CODE, tidy_phone, which)
    if who is None:
        return await _not_reset(context, NOT_THEIRS, tidy_phone, which)
    await services.sessions.end_for_password(who.member_id, members.new_password(who.member_id, which, hashed))
    # Who has the phone in hand may come from anywhere, whatever others try meanwhile.
    await services.members.note_network(who.member_id, network)
    await context.audit("reset password", "done", member_id=who.member_id, detail=which)
    await _tell(context, who, which)
    return ()


async def _not_reset(context: Context, refusal: Refusal, phone: str, which: Which) -> tuple[Refusal, ...]:
    await note(context, "reset password", refusal, name=phone, detail=which)
    return (refusal,)


async def _set_password(context: Context, who: Credentials, which: Which, new: str, *, keep: str | None) -> None:
    services, network = context.services, context.client.network
    hashed = await services.password_hasher.hash(new, network)
    changed = members.new_password(who.member_id, which, hashed)
    await services.sessions.end_for_password(who.member_id, changed, but=keep)


def _name(which: Which, who: Credentials) -> str:
    """Return the name that the attempt is counted under: the login password is tried under one without a session,
    too."""
    return (who.phone or who.id_number) if which == "login" else who.member_id


async def _other_password(context: Context, other: Which, who: Credentials, new: str) -> Refusal | None:
    """Refuse the member's other password as the new one. To ask is an attempt at that one, which it would show."""
    refusal = await password_attempt(context, other, _name(other, who), who, new, DIFFERENT)
    if refusal is None:
        return same_passwords("newPassword")
    return None if refusal is DIFFERENT else refusal


async def _tell(context: Context, who: Credentials, which: Which) -> None:
    """Tell the owner by SMS, in case it was not the owner. The new password stands also where that fails."""
    try:
        async with asyncio.timeout(TELLING):
            if who.phone:
                text = CHANGED.format(at=sms_messages.now_in_words(context.services), password=PASSWORDS[which])
                await sms_messages.send(context.services, who.phone, text)
                return
    except (CoreError, TimeoutError):
        pass
    await context.audit("password message", "failed", member_id=who.member_id, detail=which)


def _weak(which: Which, new: str, *, phone: str, id_number: str) -> Refusal | None:
    check = login_password_refusal if which == "login" else query_password_refusal
    return check(new, id_number=id_number, phone=phone, field="newPassword")
