"""Registration. An answer does not tell which of name, phone and ID number disagrees with the records, nor does its
time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bff.context import Context
from bff.resolvers import account_number, consent
from bff.resolvers.core_reads import ask, today
from bff.resolvers.credential_attempts import note
from bff.resolvers.session import Opened
from bff.resolvers.sms_code import INVALID_PHONE, WRONG_CODE, code_attempt
from bff.rules.account import AccountStatus
from bff.rules.consent import consent_refusal
from bff.rules.customer import Customer
from bff.rules.documents import SHAPES, DocumentKind, parse_document
from bff.rules.identity import parse_name, same_id, same_name
from bff.rules.parsing import parse_phone, same_phone
from bff.rules.password_rules import login_password_refusal, query_password_refusal, same_passwords
from bff.rules.refusal import Refusal, UserErrorCode, required
from bff.security.sms_codes import SmsPurpose

CHECK_FIRST = "重新获取验证码后再试，仍不一致的，请携带身份证到柜台核实更正。"
NOT_ON_RECORD = Refusal(
    UserErrorCode.NOT_ON_RECORD,
    f"姓名、手机号码、身份证号与中心登记的信息不一致。请先核对填写的内容，{CHECK_FIRST}",
)
INVALID_NAME = Refusal(UserErrorCode.INVALID_NAME, "请输入与身份证一致的姓名。", "name")
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


async def register(context: Context, typed: Registration) -> Opened:
    """Add a member, signed in and unlocked. The code is used up by any answer but the core's silence about the
    person."""
    services, network = context.services, context.client.network
    asked, refusals = _tidied(context, typed)
    if asked is None:
        return Opened(None, refusals)
    refusal, code_id = await code_attempt(context, asked.phone, SmsPurpose.REGISTER, asked.sms_code)
    if refusal is not None:
        return await _refused(context, refusal, asked)
    # The costly work comes before the comparison and is the same whatever it finds.
    login_hash = await services.password_hasher.hash(asked.login_password, network)
    query_hash = await services.password_hasher.hash(asked.query_password, network)
    customer = await ask(services.core.customer.find(asked.id_number, _kind_of(asked)))
    if not await services.sms_codes.spend(code_id):
        return await _refused(context, WRONG_CODE, asked)
    if customer is None or not _agrees(customer, asked):
        return await _refused(context, NOT_ON_RECORD, asked)
    registrable = services.policy.on(today(context)).registrable
    if customer.account_status not in registrable:
        return await _refused(context, _not_registrable(registrable), asked)
    new = customer, asked.id_number, login_hash, query_hash
    member_id = await services.members.add(*new)
    if member_id is None and await ask(account_number.is_free(context, customer.account_number)):
        member_id = await services.members.add(*new)
    if member_id is None:
        return await _refused(context, REGISTERED, asked)
    await services.members.note_network(member_id, network)
    await consent.keep(context, member_id, asked.privacy_consent)
    await context.audit("register", "done", member_id=member_id)
    return Opened(await services.sessions.start(member_id, context.client.user_agent, unlock=True))


def _invalid(document: DocumentKind) -> Refusal:
    if document is DocumentKind.IDENTITY_CARD:
        return INVALID_ID
    message = f"{SHAPES[document].name}号码有误，请核对证件类型和号码后重新输入。"
    return Refusal(UserErrorCode.INVALID_ID_NUMBER, message, "idNumber")


def _kind_of(asked: Registration) -> DocumentKind | None:
    """Return the kind of document; null for an identity card, whose number may be on record as that of a residence
    permit."""
    return None if asked.document is DocumentKind.IDENTITY_CARD else asked.document


def _not_registrable(registrable: tuple[AccountStatus, ...]) -> Refusal:
    """Refuse by the policy key `registration.accounts`."""
    states = "或".join(STATES[status] for status in registrable)
    message = f"只有账户状态为{states}的职工可以注册，请携带身份证到公积金中心柜台咨询。"
    return Refusal(UserErrorCode.ACCOUNT_NOT_NORMAL, message)


async def _refused(context: Context, refusal: Refusal, asked: Registration) -> Opened:
    await note(context, "register", refusal, name=asked.phone)
    return Opened(None, (refusal,))


def _agrees(customer: Customer, asked: Registration) -> bool:
    same = (
        same_name(customer.name, asked.name),
        same_phone(customer.phone, asked.phone),
        same_id(customer.id_number, asked.id_number),
    )
    return all(same)


def _tidied(context: Context, typed: Registration) -> tuple[Registration | None, tuple[Refusal, ...]]:
    """Return the input as it is compared, or everything that is wrong with it, at once."""
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
