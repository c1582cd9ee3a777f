"""Sessions: signing in and out, unlocking, refreshing, and the member's list. Answers say as little as possible about
who exists: a wrong password and an unknown user look alike and take as long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

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
    """Sign a member in; `username` is a phone or an ID number. A query password unlocks at once; a wrong one opens
    nothing. Whether the privacy policy has to be agreed to is told to the member alone."""
    services, network = context.services, context.client.network
    phone, id_number = parse_phone(username), parse_any_document(username, today(context))
    name = phone or id_number or username[:64]
    who = await services.members.find(phone=phone, id_number=id_number)
    refusal = await password_attempt(context, "login", name, who, login_password, WRONG)
    if refusal is None and who is not None and query_password is not None:
        refusal = await password_attempt(context, "query", who.member_id, who, query_password, WRONG_QUERY_PASSWORD)
    if refusal is not None or who is None:
        return await _refused(context, "sign in", refusal or WRONG, who, name)
    if refusal := await consent.member_refusal(context, who.member_id, privacy_consent):
        return Opened(None, (refusal,))
    await consent.keep(context, who.member_id, privacy_consent)
    if services.password_hasher.is_outdated(who.login_hash):
        hashed = await services.password_hasher.hash(login_password, network)
        await services.members.set_password(who.member_id, "login", hashed)
    await services.members.note_network(who.member_id, network)
    await phone_numbers.asked_in_passing(context, who)
    tokens = await services.sessions.start(who.member_id, context.client.user_agent, unlock=query_password is not None)
    await context.audit("sign in", "done", member_id=who.member_id)
    return Opened(tokens)


async def unlock(context: Context, query_password: str) -> Opened:
    """Open account data for a while with the query password; the session's tokens stay as they are."""
    current = signed_in(context)
    who = await context.services.members.by_id(current.member.id)
    refusal = await password_attempt(context, "query", who.member_id, who, query_password, WRONG_QUERY_PASSWORD)
    if refusal is not None:
        return await _refused(context, "unlock", refusal, who, who.member_id)
    phone_numbers.ask_once_a_day(context, who)
    tokens = await context.services.sessions.unlock(current, context.access_token)
    if tokens is None:
        raise unauthenticated()
    await context.audit("unlock", "done")
    return Opened(tokens)


async def refresh(context: Context, refresh_token: str) -> Opened:
    """Return new tokens for a refresh token; one that was used before ends its session, but for a moment."""
    compare = partial(context.services.sessions.refresh, refresh_token)
    refusal, tokens = await attempt(context, REFRESH_TOKEN, refresh_token[:64], compare, EXPIRED)
    if refusal is not None:
        await note(context, "refresh", refusal)
        return Opened(None, (refusal,))
    return Opened(tokens)


async def sign_out(context: Context) -> None:
    current = signed_in(context)
    await context.services.sessions.end(current.member.id, only=current.id)
    await context.audit("sign out", "done")


async def list_sessions(context: Context) -> tuple[SessionInfo, ...]:
    return await context.services.sessions.of_member(signed_in(context).member.id)


async def end_session(context: Context, session_id: str) -> bool:
    """Return whether one of the member's own sessions was ended; another member's is like one that does not exist."""
    ended = await context.services.sessions.end(signed_in(context).member.id, only=session_id) > 0
    await context.audit("end session", "done" if ended else "unknown")
    return ended


async def end_when_closed(context: Context, status: AccountStatus) -> None:
    """End every session of a member whose account is closed, who has nothing to see here any more."""
    if status is AccountStatus.CLOSED and context.session is not None:
        context.cache_control.no_store()
        await context.services.sessions.end(context.session.member.id)
        await context.audit("sessions ended", "account closed")


async def _refused(context: Context, event: str, refusal: Refusal, who: Credentials | None, name: str) -> Opened:
    await note(context, event, refusal, name=name, member_id=who.member_id if who else None)
    return Opened(None, (refusal,))
