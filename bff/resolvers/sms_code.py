"""Codes by SMS: sent to a phone, and compared with what was typed."""

from __future__ import annotations

from functools import partial

from bff.context import Context
from bff.errors import outcome_unknown
from bff.legacy.errors import CoreError
from bff.resolvers import phone_numbers, sms_messages
from bff.resolvers.core_errors import api_error_of
from bff.resolvers.credential_attempts import SMS_CODE, attempt, in_words, note, too_many
from bff.rules.parsing import parse_phone
from bff.rules.refusal import Refusal, UserErrorCode
from bff.rules.text_normalization import half_width, without_blanks
from bff.security.sms_codes import RESEND, SmsPurpose

WRONG_CODE = Refusal(UserErrorCode.WRONG_SMS_CODE, "验证码不正确或已失效，请重新获取。", "smsCode")
INVALID_PHONE = Refusal(UserErrorCode.INVALID_PHONE, "请输入11位手机号码。", "phone")
MAYBE_SENT = "验证码可能已发出，请留意短信；1分钟后仍未收到的，请重新获取。"


async def request_sms_code(context: Context, phone: str, purpose: SmsPurpose) -> tuple[Refusal, ...]:
    """Send a code whether the phone is a member's or not, so that the answer says nothing. When the core cannot be
    asked whose phone it is, or its member has another one now, the message says so in the place of the code: to the
    person who has it alone."""
    tidy = parse_phone(phone)
    if tidy is None:
        return (INVALID_PHONE,)
    own = context.session is not None and context.session.member.phone == tidy
    wait = await context.services.sms_codes.wait(tidy, context.client.network, own=own)
    if wait.seconds:
        await note(context, "SMS code", too_many(wait.seconds), name=tidy, detail="budget" if wait.for_all else None)
        return (_no_message_left(wait.seconds) if wait.for_all else too_many(wait.seconds, "phone"),)
    instead = await phone_numbers.instead_of_code(context, tidy) if purpose is SmsPurpose.RESET_PASSWORD else None
    text = await context.services.sms_codes.create(tidy, purpose, context.client.network)
    await _send(context, tidy, instead or text)
    await context.audit("SMS code", "sent", detail=purpose.value)
    return ()


async def code_attempt(context: Context, phone: str, purpose: SmsPurpose, typed: str) -> tuple[Refusal | None, str]:
    """Return why the code does not do, and the ID of the one that does."""
    code, network = without_blanks(half_width(typed)), context.client.network
    match = partial(context.services.sms_codes.match, phone, purpose, code, network)
    refusal, code_id = await attempt(context, SMS_CODE, phone, match, WRONG_CODE)
    return refusal, code_id or ""


async def _send(context: Context, phone: str, text: str) -> None:
    """Send a message. Raises ApiError, with another text where the message may have gone out: the code in it is
    good."""
    try:
        await sms_messages.send(context.services, phone, text)
    except CoreError as error:
        api_error = api_error_of(error)
        if error.outcome_unknown:
            await context.audit("SMS code", "unknown")
            raise outcome_unknown(api_error, MAYBE_SENT, retryAfterSeconds=RESEND.seconds) from error
        raise api_error from error


def _no_message_left(seconds: int) -> Refusal:
    message = f"今日短信验证码发送量已达上限，请在{in_words(seconds)}后再获取；急需办理的，请携带身份证到柜台。"
    return Refusal(UserErrorCode.TOO_MANY_ATTEMPTS, message, retry_after=seconds)
