"""Registration, sign-in, sessions (注册、登录、会话)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import strawberry

from bff.resolvers import password, registration, sms_code
from bff.resolvers import session as resolvers
from bff.resolvers.registration import Registration
from bff.resolvers.session import Opened
from bff.rules.documents import DocumentKind
from bff.schema import costs
from bff.schema.connection import Info
from bff.schema.enums import register as register_enum
from bff.schema.errors import UserError, user_errors
from bff.security.sessions import Tokens
from bff.security.sms_codes import LIFETIME, RESEND, SmsPurpose


class PasswordKind(StrEnum):
    LOGIN = "LOGIN"
    QUERY = "QUERY"


WHICH: dict[PasswordKind, Literal["login", "query"]] = {PasswordKind.LOGIN: "login", PasswordKind.QUERY: "query"}

register_enum(
    SmsPurpose,
    "Purpose of an SMS code (验证码用途).",
    {"REGISTER": "Registration (注册).", "RESET_PASSWORD": "Resetting a password (重置密码)."},
)
register_enum(
    PasswordKind,
    "One of the two passwords (密码种类).",
    {"LOGIN": "For signing in (登录密码).", "QUERY": "For account data and applications (查询密码)."},
)


CONSENT = (
    "Version of the privacy policy that the person agrees to, from `privacyPolicy`. Demanded where that says so, and "
    "anew after it rises: CONSENT_REQUIRED (同意的隐私政策版本)."
)


register_enum(
    DocumentKind,
    "Kind of identity document on the centre's records (证件类型).",
    {
        "IDENTITY_CARD": "Identity card (居民身份证).",
        "RESIDENCE_PERMIT": "Residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证).",
        "TRAVEL_PERMIT": "Mainland travel permit of these (来往内地通行证、台胞证).",
        "PASSPORT": "Passport (护照).",
        "PERMANENT_RESIDENCE": "Foreigner's permanent residence ID card, old or new (外国人永久居留身份证).",
        "OFFICER_CARD": "Officer's card (军官证).",
    },
    name="DocumentKind",
)


@strawberry.type(description="A signed-in session's tokens; send the access token as `Authorization: Bearer` (会话).")
class Session:
    access_token: str = strawberry.field(description="For requests, short-lived (访问令牌).")
    expires_at: datetime = strawberry.field(description="End of the access token (访问令牌到期时间).")
    refresh_token: str = strawberry.field(description="For one refresh, which gives a new one (刷新令牌).")
    refresh_expires_at: datetime = strawberry.field(description="End of the refresh token (刷新令牌到期时间).")
    unlocked_until: datetime | None = strawberry.field(
        description="Until when account data are open; null while locked (查询密码解锁至)."
    )


@strawberry.type(description="A new session, or the reasons why there is none (会话结果).")
class SessionPayload:
    session: Session | None = strawberry.field(description="Null when it was refused (会话).")
    user_errors: list[UserError] = strawberry.field(
        description="Reasons, all at once; empty when it was done (用户错误).", metadata=costs.FEW
    )


@strawberry.type(description="A code was sent, or the reasons why not (验证码结果).")
class RequestSmsCodePayload:
    expires_in_seconds: int | None = strawberry.field(
        description="Seconds for which the code can be used (有效期，秒)."
    )
    resend_in_seconds: int | None = strawberry.field(
        description="Seconds until another code may be asked for (重新发送等待秒数)."
    )
    user_errors: list[UserError] = strawberry.field(description="All that was refused (用户错误).", metadata=costs.FEW)


@strawberry.type(description="Empty when it was done, else the reasons (结果).")
class DonePayload:
    user_errors: list[UserError] = strawberry.field(
        description="All that was refused; empty when it was done (用户错误).", metadata=costs.FEW
    )


@strawberry.type(description="One of the member's open sessions (登录设备).")
class SignedInSession:
    id: strawberry.ID = strawberry.field(description="For endSession (会话编号).")
    device: str = strawberry.field(description="User-Agent of the app or browser (设备).")
    created_at: datetime = strawberry.field(description="Sign-in (登录时间).")
    last_used_at: datetime = strawberry.field(description="Last refresh or unlocking (最近使用时间).")
    current: bool = strawberry.field(description="Whether this is the current session (是否当前会话).")


@strawberry.input(description="Asks for a code by SMS (获取验证码).")
class RequestSmsCodeInput:
    phone: str = strawberry.field(description="Mobile number, 11 digits: 13800000001 (手机号码).")
    purpose: SmsPurpose = strawberry.field(description="Purpose (用途).")


@strawberry.input(description="Registration (用户注册).")
class RegisterInput:
    name: str = strawberry.field(description="As on the identity card (姓名).")
    phone: str = strawberry.field(description="The number on the centre's records (手机号码).")
    id_number: str = strawberry.field(
        description="Number of the identity card, 18 characters: 99000019850312022X, or of `document` (身份证号)."
    )
    login_password: str = strawberry.field(description="8 to 128 characters (登录密码).")
    query_password: str = strawberry.field(description="6 to 128 characters (查询密码).")
    sms_code: str = strawberry.field(description="The code sent to the phone, 6 digits (验证码).")
    privacy_consent: str | None = strawberry.field(default=None, description=CONSENT)
    document: DocumentKind = strawberry.field(
        default=DocumentKind.IDENTITY_CARD, description="Kind of document that `idNumber` belongs to (证件类型)."
    )


@strawberry.input(description="Sign-in (登录).")
class SignInInput:
    username: str = strawberry.field(
        description="Mobile number, or that of the identity document (手机号码或证件号码)."
    )
    login_password: str = strawberry.field(description="Login password (登录密码).")
    query_password: str | None = strawberry.field(default=None, description="Unlocks at once (查询密码).")
    privacy_consent: str | None = strawberry.field(default=None, description=CONSENT)


@strawberry.input(description="A new password for the old one (修改密码).")
class ChangePasswordInput:
    which: PasswordKind = strawberry.field(description="Which password (密码种类).")
    current_password: str = strawberry.field(description="The one in use (当前密码).")
    new_password: str = strawberry.field(description="The new one (新密码).")


@strawberry.input(description="A new password for a forgotten one (重置密码).")
class ResetPasswordInput:
    phone: str = strawberry.field(description="The member's mobile number (手机号码).")
    id_number: str = strawberry.field(description="That of the member's identity document (证件号码).")
    sms_code: str = strawberry.field(description="The code sent to the phone, 6 digits (验证码).")
    which: PasswordKind = strawberry.field(description="Which password (密码种类).")
    new_password: str = strawberry.field(description="The new one (新密码).")


@strawberry.type
class SessionMutations:
    @strawberry.mutation(description="Sends a code by SMS, to any phone, known or not (获取验证码).")
    async def request_sms_code(
        self,
        info: Info,
        input: Annotated[RequestSmsCodeInput, strawberry.argument(description="Phone and purpose (手机号码和用途).")],
    ) -> RequestSmsCodePayload:
        refusals = await sms_code.request_sms_code(info.context, input.phone, input.purpose)
        sent = not refusals
        return RequestSmsCodePayload(
            expires_in_seconds=LIFETIME.seconds if sent else None,
            resend_in_seconds=RESEND.seconds if sent else None,
            user_errors=user_errors(refusals),
        )

    @strawberry.mutation(description="Registers a contributing member and signs in, unlocked (用户注册).")
    async def register(
        self,
        info: Info,
        input: Annotated[RegisterInput, strawberry.argument(description="Person and passwords (注册信息).")],
    ) -> SessionPayload:
        asked = Registration(
            name=input.name,
            phone=input.phone,
            id_number=input.id_number,
            login_password=input.login_password,
            query_password=input.query_password,
            sms_code=input.sms_code,
            privacy_consent=input.privacy_consent,
            document=input.document,
        )
        return _payload(await registration.register(info.context, asked))

    @strawberry.mutation(description="Signs in (登录).")
    async def sign_in(
        self,
        info: Info,
        input: Annotated[SignInInput, strawberry.argument(description="Name and passwords (登录信息).")],
    ) -> SessionPayload:
        return _payload(
            await resolvers.sign_in(
                info.context, input.username, input.login_password, input.query_password, input.privacy_consent
            )
        )

    @strawberry.mutation(
        description="Opens account data with the query password, for a while; the tokens stay the same (查询密码解锁)."
    )
    async def unlock(
        self, info: Info, query_password: Annotated[str, strawberry.argument(description="Query password (查询密码).")]
    ) -> SessionPayload:
        return _payload(await resolvers.unlock(info.context, query_password))

    @strawberry.mutation(
        description="New tokens for a refresh token, which can be used once. Where the answer was lost, a second use "
        "within 30 seconds gives the same tokens; any further one ends the session (刷新会话)."
    )
    async def refresh_session(
        self,
        info: Info,
        refresh_token: Annotated[str, strawberry.argument(description="The last one received (刷新令牌).")],
    ) -> SessionPayload:
        return _payload(await resolvers.refresh(info.context, refresh_token))

    @strawberry.mutation(description="Ends this session (退出登录).")
    async def sign_out(self, info: Info) -> DonePayload:
        await resolvers.sign_out(info.context)
        return DonePayload(user_errors=[])

    @strawberry.mutation(description="Ends one of one's own sessions, wherever it is (退出其他设备).")
    async def end_session(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="From `me.sessions` (会话编号).")],
    ) -> DonePayload:
        await resolvers.end_session(info.context, str(id))
        return DonePayload(user_errors=[])

    @strawberry.mutation(description="Changes a password; other sessions end (修改密码).")
    async def change_password(
        self,
        info: Info,
        input: Annotated[ChangePasswordInput, strawberry.argument(description="Old and new password (新旧密码).")],
    ) -> DonePayload:
        which = WHICH[input.which]
        refusals = await password.change_password(info.context, which, input.current_password, input.new_password)
        return DonePayload(user_errors=user_errors(refusals))

    @strawberry.mutation(description="Sets a forgotten password by SMS; all sessions end (重置密码).")
    async def reset_password(
        self,
        info: Info,
        input: Annotated[
            ResetPasswordInput, strawberry.argument(description="Person, SMS code and new password (重置信息).")
        ],
    ) -> DonePayload:
        refusals = await password.reset_password(
            info.context, input.phone, input.id_number, input.sms_code, WHICH[input.which], input.new_password
        )
        return DonePayload(user_errors=user_errors(refusals))


async def load_sessions(info: Info) -> list[SignedInSession]:
    current = info.context.session
    return [
        SignedInSession(
            id=strawberry.ID(each.id),
            device=each.device,
            created_at=each.created_at,
            last_used_at=each.last_used_at,
            current=current is not None and each.id == current.id,
        )
        for each in await resolvers.list_sessions(info.context)
    ]


def _payload(opened: Opened) -> SessionPayload:
    return SessionPayload(
        session=_session(opened.tokens) if opened.tokens else None, user_errors=user_errors(opened.refusals)
    )


def _session(tokens: Tokens) -> Session:
    return Session(
        access_token=tokens.access,
        expires_at=tokens.access_expires_at,
        refresh_token=tokens.refresh,
        refresh_expires_at=tokens.refresh_expires_at,
        unlocked_until=tokens.unlocked_until,
    )
