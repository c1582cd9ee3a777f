"""Registration, sign-in, sessions and passwords. Whoever asks learns as little as possible about who exists: a wrong
password and an unknown user look alike and take alike, and so do the three ways not to be on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bff import audit, sessions
from bff.context import Context
from bff.resolvers.access import signed_in
from bff.resolvers.core import ask
from bff.rules.account import AccountStatus
from bff.rules.identity import parse_id_number, parse_name, same_id, same_name
from bff.rules.member import Customer
from bff.rules.passwords import login_password_refusal, query_password_refusal
from bff.rules.refusal import Refusal, UserErrorCode, required
from bff.rules.validation import parse_phone, same_phone
from bff.sessions import SessionInfo, Tokens, codes, members
from bff.sessions.codes import SmsPurpose
from bff.sessions.members import Credentials, Which

CENTRE_TIME = ZoneInfo("Asia/Shanghai")
SECRETS: dict[Which, str] = {"login": "login password", "query": "query password"}

TOO_MANY = Refusal(UserErrorCode.TOO_MANY_ATTEMPTS, "尝试次数过多，请稍后再试；也可以凭短信验证码重置密码。")
WRONG = Refusal(UserErrorCode.WRONG_CREDENTIALS, "用户名或密码不正确。")
WRONG_CODE = Refusal(UserErrorCode.WRONG_SMS_CODE, "验证码不正确或已失效，请重新获取。", "smsCode")
NOT_ON_RECORD = Refusal(
    UserErrorCode.NOT_ON_RECORD, "姓名、手机号码、身份证号与中心登记的信息不一致，请携带身份证到柜台核对修正。"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """Tokens of a session, or why there is none."""

    tokens: Tokens | None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    name: str
    phone: str
    id_number: str
    login_password: str
    query_password: str
    sms_code: str


async def sign_in(context: Context, username: str, login_password: str, query_password: str | None) -> Opened:
    """`username` is a phone or an ID number. A query password unlocks at once; a wrong one opens nothing."""
    services = context.services
    credentials = await _find(context, username)
    if not await _admits(context, "login", username, credentials):
        return await _refused(context, "sign in", TOO_MANY, credentials)
    if not await services.passwords.verify(credentials.login_hash if credentials else None, login_password):
        return await _refused(context, "sign in", WRONG, credentials)
    assert credentials is not None  # noqa: S101 (nobody's hash matches nothing)
    if query_password is not None and (refusal := await _wrong_query_password(context, credentials, query_password)):
        return await _refused(context, "sign in", refusal, credentials)
    await services.guard.forget(SECRETS["login"], _key(username, credentials), context.client.address)
    tokens = await sessions.start(services, context.client, credentials.member_id, unlock=query_password is not None)
    await audit.record(context, "sign in", "done", member_id=credentials.member_id)
    return Opened(tokens)


async def unlock(context: Context, query_password: str) -> Opened:
    """The query password opens account data for a while; the session gets new tokens with it."""
    current = signed_in(context)
    credentials = await members.by_id(context.services, current.member.id)
    if refusal := await _wrong_query_password(context, credentials, query_password):
        return await _refused(context, "unlock", refusal, credentials)
    tokens = await sessions.unlock(context.services, current)
    await audit.record(context, "unlock", "done")
    return Opened(tokens)


async def refresh(context: Context, refresh_token: str) -> Opened:
    services = context.services
    if not await services.guard.admits("refresh token", refresh_token[:64], context.client.address):
        return Opened(None, (TOO_MANY,))
    tokens = await sessions.refresh(services, context.client, refresh_token)
    if tokens is None:
        await audit.record(context, "refresh", "refused")
        return Opened(None, (Refusal(UserErrorCode.SESSION_EXPIRED, "登录已失效，请重新登录。", "refreshToken"),))
    return Opened(tokens)


async def sign_out(context: Context) -> None:
    current = signed_in(context)
    await sessions.end(context.services, current.member.id, only=current.id)
    await audit.record(context, "sign out", "done")


async def list_sessions(context: Context) -> tuple[SessionInfo, ...]:
    return await sessions.of_member(context.services, signed_in(context).member.id)


async def end_session(context: Context, session_id: str) -> bool:
    """Whether one of the member's own sessions was ended; somebody else's is like one that does not exist."""
    ended = await sessions.end(context.services, signed_in(context).member.id, only=session_id) > 0
    await audit.record(context, "end session", "done" if ended else "unknown")
    return ended


async def request_sms_code(context: Context, phone: str, purpose: SmsPurpose) -> tuple[Refusal, ...]:
    """Sends a code whether we know the phone or not, so that the answer says nothing."""
    tidy = parse_phone(phone)
    if tidy is None:
        return (_invalid_phone(),)
    if not await codes.may_send(context, tidy):
        await audit.record(context, "SMS code", "limited")
        return (Refusal(UserErrorCode.TOO_MANY_ATTEMPTS, "验证码发送过于频繁，请稍后再试。", "phone"),)
    text = await codes.create(context, tidy, purpose)
    await ask(context.services.core.customer.send_message(tidy, text))
    await audit.record(context, "SMS code", "sent", detail=purpose.value)
    return ()


async def register(context: Context, asked: Registration) -> Opened:
    """Compares name, phone and ID number with the core; which of them differs is not said, nor to be measured."""
    services = context.services
    name, phone, id_number, refusals = _tidied(context, asked)
    if refusals or name is None or phone is None or id_number is None:
        return Opened(None, refusals)
    if not await services.guard.admits("SMS code", phone, context.client.address):
        return Opened(None, (TOO_MANY,))
    if not await codes.redeem(context, phone, SmsPurpose.REGISTER, asked.sms_code):
        await audit.record(context, "register", "wrong code")
        return Opened(None, (WRONG_CODE,))
    # The costly work comes before the comparison and is the same whatever it finds.
    login_hash = await services.passwords.hash(asked.login_password)
    query_hash = await services.passwords.hash(asked.query_password)
    customer = await ask(services.core.customer.find(id_number))
    refusal = _not_admitted(customer, name, phone, id_number)
    if refusal is not None or customer is None:
        await audit.record(context, "register", "refused", detail=(refusal or NOT_ON_RECORD).code.value)
        return Opened(None, (refusal or NOT_ON_RECORD,))
    member_id = await members.add(services, customer, id_number, login_hash, query_hash)
    if member_id is None:
        await audit.record(context, "register", "registered already")
        return Opened(None, (Refusal(UserErrorCode.ALREADY_REGISTERED, "您已注册，请直接登录或重置密码。"),))
    await audit.record(context, "register", "done", member_id=member_id)
    return Opened(await sessions.start(services, context.client, member_id, unlock=True))


async def change_password(context: Context, which: Which, current: str, new: str) -> tuple[Refusal, ...]:
    """Asks for the current one, and ends the member's other sessions."""
    session = signed_in(context)
    credentials = await members.by_id(context.services, session.member.id)
    if not await _admits(context, which, session.member.phone, credentials):
        return (TOO_MANY,)
    if not await context.services.passwords.verify(credentials.hash_of(which), current):
        await audit.record(context, "change password", "wrong password", detail=which)
        return (Refusal(UserErrorCode.WRONG_CREDENTIALS, "当前密码不正确。", "currentPassword"),)
    if refusal := _weak(which, new, credentials):
        return (refusal,)
    await _set_password(context, credentials, which, new, keep=session.id)
    await audit.record(context, "change password", "done", detail=which)
    return ()


async def reset_password(
    context: Context, phone: str, id_number: str, sms_code: str, which: Which, new: str
) -> tuple[Refusal, ...]:
    """For who forgot it: phone, ID number and a code. Ends all of the member's sessions."""
    tidy_phone, tidy_id = parse_phone(phone), parse_id_number(id_number, _today(context))
    refusals = [r for r in (tidy_phone is None and _invalid_phone(), tidy_id is None and _invalid_id()) if r]
    if not sms_code.strip():
        refusals.append(required("smsCode", "验证码"))
    if refusals or tidy_phone is None or tidy_id is None:
        return tuple(refusals)
    if not await context.services.guard.admits("SMS code", tidy_phone, context.client.address):
        return (TOO_MANY,)
    credentials = await members.find(context.services, id_number=tidy_id)
    if credentials and credentials.phone == tidy_phone and (refusal := _weak(which, new, credentials)):
        return (refusal,)
    if not await codes.redeem(context, tidy_phone, SmsPurpose.RESET_PASSWORD, sms_code):
        await audit.record(context, "reset password", "wrong code")
        return (WRONG_CODE,)
    if credentials is None or credentials.phone != tidy_phone:
        await audit.record(context, "reset password", "refused")
        return (NOT_ON_RECORD,)
    await _set_password(context, credentials, which, new, keep=None)
    await context.services.guard.forget(SECRETS[which], credentials.member_id, context.client.address)
    await audit.record(context, "reset password", "done", member_id=credentials.member_id, detail=which)
    return ()


async def end_when_closed(context: Context, status: AccountStatus) -> None:
    """A closed account's member has nothing to see here any more: every session ends."""
    if status is AccountStatus.CLOSED and context.session is not None:
        await sessions.end(context.services, context.session.member.id)
        await audit.record(context, "sessions ended", "account closed")


async def _wrong_query_password(context: Context, credentials: Credentials, password: str) -> Refusal | None:
    if not await _admits(context, "query", credentials.phone, credentials):
        return TOO_MANY
    if not await context.services.passwords.verify(credentials.query_hash, password):
        return Refusal(UserErrorCode.WRONG_CREDENTIALS, "查询密码不正确。", "queryPassword")
    await context.services.guard.forget(SECRETS["query"], credentials.member_id, context.client.address)
    return None


async def _admits(context: Context, which: Which, username: str, credentials: Credentials | None) -> bool:
    """Counts a try against the member, or the name where there is none: phone and ID number are one account."""
    services, address = context.services, context.client.address
    known = credentials is not None and await sessions.came_from(services, credentials.member_id, address)
    key = _key(username, credentials)
    return await services.guard.admits(SECRETS[which], key, address, known_address=known)


def _key(username: str, credentials: Credentials | None) -> str:
    return credentials.member_id if credentials else username[:64]


async def _find(context: Context, username: str) -> Credentials | None:
    phone, id_number = parse_phone(username), parse_id_number(username, _today(context))
    return await members.find(context.services, phone=phone, id_number=id_number)


async def _refused(context: Context, event: str, refusal: Refusal, credentials: Credentials | None) -> Opened:
    member_id = credentials.member_id if credentials else None
    await audit.record(context, event, refusal.code.value, member_id=member_id)
    return Opened(None, (refusal,))


async def _set_password(context: Context, who: Credentials, which: Which, new: str, *, keep: str | None) -> None:
    services = context.services
    await members.set_password(services, who.member_id, which, await services.passwords.hash(new))
    await sessions.end(services, who.member_id, but=keep)


def _weak(which: Which, new: str, who: Credentials) -> Refusal | None:
    check = login_password_refusal if which == "login" else query_password_refusal
    return check(new, id_number=who.id_number, phone=who.phone, field="newPassword")


def _not_admitted(customer: Customer | None, name: str, phone: str, id_number: str) -> Refusal | None:
    same = (
        customer is not None,
        customer is not None and same_name(customer.name, name),
        customer is not None and same_phone(customer.phone, phone),
        customer is not None and same_id(customer.id_number, id_number),
    )
    if not all(same) or customer is None:
        return NOT_ON_RECORD
    if customer.account_status is not AccountStatus.NORMAL:
        return Refusal(UserErrorCode.ACCOUNT_NOT_NORMAL, "只有正常缴存的职工可以注册，请到柜台咨询。")
    return None


def _tidied(context: Context, asked: Registration) -> tuple[str | None, str | None, str | None, tuple[Refusal, ...]]:
    """Name, phone and ID number as they are compared, and everything that is wrong with the input, at once."""
    name, phone = parse_name(asked.name), parse_phone(asked.phone)
    id_number = parse_id_number(asked.id_number, _today(context))
    own = {"id_number": id_number or "", "phone": phone or ""}
    refusals = [
        None if name else Refusal(UserErrorCode.INVALID_NAME, "请输入与身份证一致的姓名。", "name"),
        None if phone else _invalid_phone(),
        None if id_number else _invalid_id(),
        login_password_refusal(asked.login_password, **own),
        query_password_refusal(asked.query_password, **own),
        None if asked.sms_code.strip() else required("smsCode", "验证码"),
    ]
    return name, phone, id_number, tuple(refusal for refusal in refusals if refusal)


def _invalid_phone() -> Refusal:
    return Refusal(UserErrorCode.INVALID_PHONE, "请输入11位手机号码。", "phone")


def _invalid_id() -> Refusal:
    return Refusal(UserErrorCode.INVALID_ID_NUMBER, "身份证号不正确，请核对18位号码。", "idNumber")


def _today(context: Context) -> date:
    return context.services.now().astimezone(CENTRE_TIME).date()
