"""Codes by SMS, registration, and passwords that change. Which of name, phone and ID number does not agree with the
records is not said, nor to be measured."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bff.context import Context
from bff.errors import outcome_unknown
from bff.legacy.errors import CoreError
from bff.resolvers import account_number, consent, phone_numbers, sms_messages
from bff.resolvers.authorization import signed_in
from bff.resolvers.core_reads import ask, problem_of, today
from bff.resolvers.credential_attempts import SMS_CODE, attempt, in_words, note, password_attempt, too_many
from bff.resolvers.session import Opened
from bff.rules.account import AccountStatus
from bff.rules.consent import consent_refusal
from bff.rules.customer import Customer
from bff.rules.documents import SHAPES, DocumentKind, parse_any_document, parse_document
from bff.rules.identity import parse_name, same_id, same_name
from bff.rules.parsing import parse_phone, same_phone
from bff.rules.password_rules import login_password_refusal, query_password_refusal, same_passwords
from bff.rules.refusal import HOTLINE, Refusal, UserErrorCode, required
from bff.rules.text_normalization import half_width, without_blanks
from bff.security import audit_log, members, sessions, sms_codes
from bff.security.attempt_limiter import network_of
from bff.security.members import Credentials, Which
from bff.security.sms_codes import RESEND, SmsPurpose

WRONG_CODE = Refusal(UserErrorCode.WRONG_SMS_CODE, "验证码不正确或已失效，请重新获取。", "smsCode")
WRONG_PASSWORD = Refusal(UserErrorCode.WRONG_CREDENTIALS, "当前密码不正确。", "currentPassword")
CHECK_FIRST = "重新获取验证码后再试，仍不一致的，请携带身份证到柜台核实更正。"
NOT_ON_RECORD = Refusal(
    UserErrorCode.NOT_ON_RECORD,
    f"姓名、手机号码、身份证号与中心登记的信息不一致。请先核对填写的内容，{CHECK_FIRST}",
)
NOT_THEIRS = Refusal(
    UserErrorCode.NOT_ON_RECORD,
    "手机号码、身份证号与中心登记的信息不一致。请先核对填写的内容，在中心更换过手机号码的，请填写新号码，"
    f"{CHECK_FIRST}",
)
INVALID_NAME = Refusal(UserErrorCode.INVALID_NAME, "请输入与身份证一致的姓名。", "name")
INVALID_PHONE = Refusal(UserErrorCode.INVALID_PHONE, "请输入11位手机号码。", "phone")
INVALID_ID = Refusal(
    UserErrorCode.INVALID_ID_NUMBER,
    "身份证号不正确，请核对18位号码；使用护照等其他证件的，请选择证件类型。",
    "idNumber",
)
STATES = {
    AccountStatus.NORMAL: "正常缴存",
    AccountStatus.SEALED: "封存",
    AccountStatus.FROZEN: "冻结",
    AccountStatus.CLOSED: "销户",
}
REGISTERED = Refusal(UserErrorCode.ALREADY_REGISTERED, "您已注册，请直接登录或重置密码。")
OTHER: dict[Which, Which] = {"login": "query", "query": "login"}
DIFFERENT = Refusal(UserErrorCode.WRONG_CREDENTIALS, "")
"""Shown to nobody."""
CHANGED = "您于{at}修改了公积金{password}。如非本人操作，请立即重置密码，并致电" + HOTLINE + "。"
PASSWORDS = {"login": "登录密码", "query": "查询密码"}
MAYBE_SENT = "验证码可能已发出，请留意短信；1分钟后仍未收到的，请重新获取。"
TELLING = 2.0
"""Seconds that somebody with a new password waits for the message about it."""


@dataclass(frozen=True, slots=True)
class Registration:
    """As it was typed, or tidied."""

    name: str
    phone: str
    id_number: str
    login_password: str
    query_password: str
    sms_code: str
    privacy_consent: str | None = None
    """The version of the privacy policy that was agreed to."""
    document: DocumentKind = DocumentKind.IDENTITY_CARD


async def request_sms_code(context: Context, phone: str, purpose: SmsPurpose) -> tuple[Refusal, ...]:
    """Sends a code whether we know the phone or not, so that the answer says nothing. When the core cannot be asked
    whose phone it is, or its member has another one now, the message says so in the place of the code: to the person
    who has it, and to nobody else."""
    tidy = parse_phone(phone)
    if tidy is None:
        return (INVALID_PHONE,)
    if (wait := await sms_codes.wait(context, tidy)).seconds:
        await note(context, "SMS code", too_many(wait.seconds), name=tidy, detail="budget" if wait.for_all else None)
        return (_no_message_left(wait.seconds) if wait.for_all else too_many(wait.seconds, "phone"),)
    instead = await phone_numbers.instead_of_code(context, tidy) if purpose is SmsPurpose.RESET_PASSWORD else None
    text = await sms_codes.create(context, tidy, purpose)
    await _send(context, tidy, instead or text)
    await audit_log.record(context, "SMS code", "sent", detail=purpose.value)
    return ()


async def _send(context: Context, phone: str, text: str) -> None:
    """Raises Problem, with another text where the message may have gone out: the code in it is good."""
    try:
        await sms_messages.send(context.services, phone, text)
    except CoreError as error:
        problem = problem_of(error)
        if error.outcome_unknown:
            await audit_log.record(context, "SMS code", "unknown")
            raise outcome_unknown(problem, MAYBE_SENT, retryAfterSeconds=RESEND.seconds) from error
        raise problem from error


def _no_message_left(seconds: int) -> Refusal:
    message = f"今日短信验证码发送量已达上限，请在{in_words(seconds)}后再获取；急需办理的，请携带身份证到柜台。"
    return Refusal(UserErrorCode.TOO_MANY_ATTEMPTS, message, retry_after=seconds)


async def register(context: Context, typed: Registration) -> Opened:
    """A new member, signed in and unlocked. The code is used up by any answer but the core's silence
    about the person."""
    services, network = context.services, network_of(context.client.address)
    asked, refusals = _tidied(context, typed)
    if asked is None:
        return Opened(None, refusals)
    refusal, code_id = await _code_attempt(context, asked.phone, SmsPurpose.REGISTER, asked.sms_code)
    if refusal is not None:
        return await _refused(context, refusal, asked)
    # The costly work comes before the comparison and is the same whatever it finds.
    login_hash = await services.passwords.hash(asked.login_password, network)
    query_hash = await services.passwords.hash(asked.query_password, network)
    customer = await ask(services.core.customer.find(asked.id_number, _kind_of(asked)))
    if not await sms_codes.spend(services, code_id):
        return await _refused(context, WRONG_CODE, asked)
    if customer is None or not _agrees(customer, asked):
        return await _refused(context, NOT_ON_RECORD, asked)
    registrable = services.policy.on(today(context)).registrable
    if customer.account_status not in registrable:
        return await _refused(context, _not_registrable(registrable), asked)
    new = services, customer, asked.id_number, login_hash, query_hash
    member_id = await members.add(*new)
    if member_id is None and await ask(account_number.is_free(context, customer.account_number)):
        member_id = await members.add(*new)
    if member_id is None:
        return await _refused(context, REGISTERED, asked)
    await members.note_network(services, member_id, network)
    await consent.keep(context, member_id, asked.privacy_consent)
    await audit_log.record(context, "register", "done", member_id=member_id)
    return Opened(await sessions.start(services, context.client, member_id, unlock=True))


def _invalid(document: DocumentKind) -> Refusal:
    if document is DocumentKind.IDENTITY_CARD:
        return INVALID_ID
    message = f"{SHAPES[document].name}号码有误，请核对证件类型和号码后重新输入。"
    return Refusal(UserErrorCode.INVALID_ID_NUMBER, message, "idNumber")


def _kind_of(asked: Registration) -> DocumentKind | None:
    """Null for an identity card, whose number may be on record as that of a residence permit."""
    return None if asked.document is DocumentKind.IDENTITY_CARD else asked.document


def _not_registrable(registrable: tuple[AccountStatus, ...]) -> Refusal:
    """Policy key `registration.accounts`."""
    states = "或".join(STATES[status] for status in registrable)
    message = f"只有账户状态为{states}的职工可以注册，请携带身份证到公积金中心柜台咨询。"
    return Refusal(UserErrorCode.ACCOUNT_NOT_NORMAL, message)


async def change_password(context: Context, which: Which, current: str, new: str) -> tuple[Refusal, ...]:
    """Asks for the current one, and ends the member's other sessions."""
    session = signed_in(context)
    who = await members.by_id(context.services, session.member.id)
    name = _name(which, who)
    refusal = await password_attempt(context, which, name, who, current, WRONG_PASSWORD)
    refusal = refusal or _weak(which, new, phone=who.phone, id_number=who.id_number)
    refusal = refusal or await _other_password(context, OTHER[which], who, new)
    if refusal is not None:
        await note(context, "change password", refusal, name=name, detail=which)
        return (refusal,)
    await _set_password(context, who, which, new, keep=session.id)
    await audit_log.record(context, "change password", "done", detail=which)
    await _tell(context, await phone_numbers.asked_in_passing(context, who), which)
    return ()


async def reset_password(
    context: Context, phone: str, id_number: str, sms_code: str, which: Which, new: str
) -> tuple[Refusal, ...]:
    """For a member who forgot it: the phone that the core has at present, ID number and a code. Ends all of the
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
    services, network = context.services, network_of(context.client.address)
    refusal, code_id = await _code_attempt(context, tidy_phone, SmsPurpose.RESET_PASSWORD, sms_code)
    if refusal is not None:
        return await _not_reset(context, refusal, tidy_phone, which)
    # As in registration: the costly work comes before the comparison, and only for a code that was right.
    hashed = await services.passwords.hash(new, network)
    who = await phone_numbers.ask_for_reset(context, tidy_id, tidy_phone)
    # Also for nobody, whom it takes as long. The code is good for another password.
    if await services.passwords.verify(who.hash_of(OTHER[which]) if who else None, new, network):
        return await _not_reset(context, same_passwords("newPassword"), tidy_phone, which)
    if not await sms_codes.spend(services, code_id):
        return await _not_reset(context, WRONG_CODE, tidy_phone, which)
    if who is None:
        return await _not_reset(context, NOT_THEIRS, tidy_phone, which)
    await sessions.end_for_password(services, who.member_id, members.new_password(who.member_id, which, hashed))
    # Who has the phone in hand may come from anywhere, whatever others try meanwhile.
    await members.note_network(services, who.member_id, network)
    await audit_log.record(context, "reset password", "done", member_id=who.member_id, detail=which)
    await _tell(context, who, which)
    return ()


async def _code_attempt(context: Context, phone: str, purpose: SmsPurpose, typed: str) -> tuple[Refusal | None, str]:
    """Why the code does not do, and the ID of the one that does."""
    found: list[str] = []

    async def compare() -> bool:
        code_id = await sms_codes.match(context, phone, purpose, without_blanks(half_width(typed)))
        found.extend([code_id] if code_id else [])
        return bool(found)

    refusal = await attempt(context, SMS_CODE, phone, compare, WRONG_CODE)
    return refusal, found[0] if found else ""


async def _refused(context: Context, refusal: Refusal, asked: Registration) -> Opened:
    await note(context, "register", refusal, name=asked.phone)
    return Opened(None, (refusal,))


async def _not_reset(context: Context, refusal: Refusal, phone: str, which: Which) -> tuple[Refusal, ...]:
    await note(context, "reset password", refusal, name=phone, detail=which)
    return (refusal,)


async def _set_password(context: Context, who: Credentials, which: Which, new: str, *, keep: str | None) -> None:
    services, network = context.services, network_of(context.client.address)
    hashed = await services.passwords.hash(new, network)
    changed = members.new_password(who.member_id, which, hashed)
    await sessions.end_for_password(services, who.member_id, changed, but=keep)


def _name(which: Which, who: Credentials) -> str:
    """The login password is tried under a name that it can be tried under without a session, too."""
    return (who.phone or who.id_number) if which == "login" else who.member_id


async def _other_password(context: Context, other: Which, who: Credentials, new: str) -> Refusal | None:
    """A new password may not be the member's other one. To ask is a try of that one, which it would show."""
    refusal = await password_attempt(context, other, _name(other, who), who, new, DIFFERENT)
    if refusal is None:
        return same_passwords("newPassword")
    return None if refusal is DIFFERENT else refusal


async def _tell(context: Context, who: Credentials, which: Which) -> None:
    """The owner hears of it by SMS, in case somebody else did it. The new password stands also where that fails."""
    try:
        async with asyncio.timeout(TELLING):
            if who.phone:
                text = CHANGED.format(at=sms_messages.now_in_words(context.services), password=PASSWORDS[which])
                await sms_messages.send(context.services, who.phone, text)
                return
    except (CoreError, TimeoutError):
        pass
    await audit_log.record(context, "password message", "failed", member_id=who.member_id, detail=which)


def _weak(which: Which, new: str, *, phone: str, id_number: str) -> Refusal | None:
    check = login_password_refusal if which == "login" else query_password_refusal
    return check(new, id_number=id_number, phone=phone, field="newPassword")


def _agrees(customer: Customer, asked: Registration) -> bool:
    same = (
        same_name(customer.name, asked.name),
        same_phone(customer.phone, asked.phone),
        same_id(customer.id_number, asked.id_number),
    )
    return all(same)


def _tidied(context: Context, typed: Registration) -> tuple[Registration | None, tuple[Refusal, ...]]:
    """The input as it is compared, or everything that is wrong with it, at once."""
    name, phone = parse_name(typed.name), parse_phone(typed.phone)
    id_number = parse_document(typed.document, typed.id_number, today(context))
    own = {"id_number": id_number or "", "phone": phone or ""}
    checks = (
        None if name else INVALID_NAME,
        None if phone else INVALID_PHONE,
        None if id_number else _invalid(typed.document),
        login_password_refusal(typed.login_password, **own),
        query_password_refusal(typed.query_password, **own)
        or (same_passwords("queryPassword") if typed.query_password == typed.login_password else None),
        None if typed.sms_code.strip() else required("smsCode", "验证码"),
        consent_refusal(consent.privacy_policy(context), typed.privacy_consent),
    )
    refusals = tuple(each for each in checks if each)
    if refusals or name is None or phone is None or id_number is None:
        return None, refusals
    return replace(typed, name=name, phone=phone, id_number=id_number), ()
