"""Trying a secret: each try is counted before it is compared, for members and for nobody alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import ceil

from limits import parse

from bff import audit
from bff.context import Context
from bff.guard import network_of
from bff.rules.refusal import Refusal, UserErrorCode
from bff.sessions import members
from bff.sessions.members import Credentials, Which

SECRETS: dict[Which, str] = {"login": "login password", "query": "query password"}
ONCE_A_MINUTE = (parse("1/minute"),)
SMS_CODE, REFRESH_TOKEN = "SMS code", "refresh token"


async def attempt(
    context: Context,
    secret: str,
    account: str,
    compare: Callable[[], Awaitable[bool]],
    wrong: Refusal,
    *,
    known: bool = False,
) -> Refusal | None:
    """Null when `compare` said yes, `wrong` when it said no; too many tries are refused without comparing.

    `account` is whose secret it is, or what was typed when that is nobody. `known` says that its owner came from
    this network before: then tries made elsewhere do not count.
    """
    guard, address = context.services.guard, context.client.address
    if seconds := await guard.wait(secret, account, address, known=known):
        context.services.metrics.guesses_refused.labels(secret).inc()
        return too_many(seconds)
    if not await compare():
        await guard.wrong(secret, address)
        return wrong
    await guard.right(secret, account, address)
    return None


async def password_attempt(
    context: Context, which: Which, who: Credentials | None, typed_name: str, password: str, wrong: Refusal
) -> Refusal | None:
    """A try of a member's password, or of nobody's, which looks and lasts the same."""
    services = context.services

    async def compare() -> bool:
        return await services.passwords.verify(who.hash_of(which) if who else None, password)

    account = who.member_id if who else typed_name[:64]
    return await attempt(context, SECRETS[which], account, compare, wrong, known=await is_known(context, who))


async def is_known(context: Context, who: Credentials | None) -> bool:
    """Whether the member came from the caller's network before."""
    network = network_of(context.client.address)
    return await members.came_from(context.services, who.member_id if who else "", network)


async def note(
    context: Context, event: str, refusal: Refusal, member_id: str | None = None, detail: str | None = None
) -> None:
    """The audit entry of a refusal. Of tries that came too fast one entry a minute and network is enough: a flood of
    guesses must not become a flood of writes."""
    if refusal.code is UserErrorCode.TOO_MANY_ATTEMPTS:
        network = network_of(context.client.address)
        if await context.services.guard.use(ONCE_A_MINUTE, event, member_id or "", network):
            context.services.metrics.security_events.labels(event, refusal.code.value).inc()
            return
    await audit.record(context, event, refusal.code.value, member_id=member_id, detail=detail)


def too_many(seconds: int, field: str | None = None) -> Refusal:
    wait = f"{seconds}秒" if seconds < 60 else f"{ceil(seconds / 60)}分钟"
    return Refusal(UserErrorCode.TOO_MANY_ATTEMPTS, f"尝试次数过多，请在{wait}后再试。", field)
