"""Signing in and out, unlocking, refreshing, and the list of one's sessions. Answers say as little as possible about
who exists: a wrong password and an unknown user look alike and take alike."""

from __future__ import annotations

from dataclasses import dataclass

from bff.context import Context
from bff.errors import unauthenticated
from bff.resolvers import consent, phone_numbers
from bff.resolvers.authorization import signed_in
from bff.resolvers.core_reads import today
from bff.resolvers.credential_attempts import REFRESH_TOKEN, attempt, note, password_attempt
from bff.rules.account import AccountStatus
from bff.rules.documents import parse_any_document
from bff.rules.parsing import parse_phone
from bff.rules.refusal import Refusal, UserErrorCode
from bff.security import audit_log, members, sessions
from bff.security.attempt_limiter import network_of
from bff.security.members import Credentials
from bff.security.sessions import SessionInfo, Tokens

WRONG = Refusal(
    UserErrorCode.WRONG_CREDENTIALS,
    "手机号码（身份证号）或密码不正确。在中心更换过手机号码的，请先用身份证号登录。",
)
WRONG_QUERY_PASSWORD = Refusal(UserErrorCode.WRONG_CREDENTIALS, "查询密码不正确。", "queryPassword")
EXPIRED = Refusal(UserErrorCode.SESSION_EXPIRED, "登录已失效，请重新登录。", "refreshToken")


@dataclass(frozen=True, slots=True)
class Opened:
    """Tokens of a session, or why there is none."""

    tokens: Tokens | None
    refusals: tuple[Refusal, ...] = ()


async def sign_in(
    context: Context, username: str, login_password: str, query_password: str | None, privacy_consent: str | None
) -> Opened:
    """`username` is a phone or an ID number. A query password unlocks at once; a wrong one opens nothing. Whether the
    privacy policy has to be agreed to is told to the member alone."""
    services, network = context.services, network_of(context.client.address)
    phone, id_number = parse_phone(username), parse_any_document(username, today(context))
    name = phone or id_number or username[:64]
    who = await members.find(services, phone=phone, id_number=id_number)
    refusal = await password_attempt(context, "login", name, who, login_password, WRONG)
    if refusal is None and who is not None and query_password is not None:
        refusal = await password_attempt(context, "query", who.member_id, who, query_password, WRONG_QUERY_PASSWORD)
    if refusal is not None or who is None:
        return await _refused(context, "sign in", refusal or WRONG, who, name)
    if refusal := await consent.member_refusal(context, who.member_id, privacy_consent):
        return Opened(None, (refusal,))
    await consent.keep(context, who.member_id, privacy_consent)
    if services.passwords.is_outdated(who.login_hash):
        hashed = await services.passwords.hash(login_password, network)
        await members.set_password(services, who.member_id, "login", hashed)
    await members.note_network(services, who.member_id, network)
    await phone_numbers.asked_in_passing(context, who)
    tokens = await sessions.start(services, context.client, who.member_id, unlock=query_password is not None)
    await audit_log.record(context, "sign in", "done", member_id=who.member_id)
    return Opened(tokens)


async def unlock(context: Context, query_password: str) -> Opened:
    """The query password opens account data for a while; the session's tokens stay as they are."""
    current = signed_in(context)
    who = await members.by_id(context.services, current.member.id)
    refusal = await password_attempt(context, "query", who.member_id, who, query_password, WRONG_QUERY_PASSWORD)
    if refusal is not None:
        return await _refused(context, "unlock", refusal, who, who.member_id)
    phone_numbers.ask_once_a_day(context, who)
    tokens = await sessions.unlock(context.services, current, context.access_token)
    if tokens is None:
        raise unauthenticated()
    await audit_log.record(context, "unlock", "done")
    return Opened(tokens)


async def refresh(context: Context, refresh_token: str) -> Opened:
    """New tokens for a refresh token; one that was used before ends its session, but for a moment."""
    found: list[Tokens] = []

    async def compare() -> bool:
        tokens = await sessions.refresh(context.services, refresh_token)
        found.extend([tokens] if tokens else [])
        return tokens is not None

    refusal = await attempt(context, REFRESH_TOKEN, refresh_token[:64], compare, EXPIRED)
    if refusal is not None:
        await note(context, "refresh", refusal)
        return Opened(None, (refusal,))
    return Opened(found[0])


async def sign_out(context: Context) -> None:
    current = signed_in(context)
    await sessions.end(context.services, current.member.id, only=current.id)
    await audit_log.record(context, "sign out", "done")


async def list_sessions(context: Context) -> tuple[SessionInfo, ...]:
    return await sessions.of_member(context.services, signed_in(context).member.id)


async def end_session(context: Context, session_id: str) -> bool:
    """Whether one of the member's own sessions was ended; somebody else's is like one that does not exist."""
    ended = await sessions.end(context.services, signed_in(context).member.id, only=session_id) > 0
    await audit_log.record(context, "end session", "done" if ended else "unknown")
    return ended


async def end_when_closed(context: Context, status: AccountStatus) -> None:
    """A closed account's member has nothing to see here any more: every session ends."""
    if status is AccountStatus.CLOSED and context.session is not None:
        await sessions.end(context.services, context.session.member.id)
        await audit_log.record(context, "sessions ended", "account closed")


async def _refused(context: Context, event: str, refusal: Refusal, who: Credentials | None, name: str) -> Opened:
    await note(context, event, refusal, name=name, member_id=who.member_id if who else None)
    return Opened(None, (refusal,))
