"""Attempts at secrets: each is counted before it is compared, whether there is such a member or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import TypeVar

from limits import parse

from bff.context import Context
from bff.errors import ApiError
from bff.rules.refusal import Refusal, UserErrorCode
from bff.security.attempt_limiter import CROWDED, NAME, PAIR, AttemptLimiter, Use
from bff.security.members import Credentials, Which

Match = TypeVar("Match")

SECRETS: dict[Which, str] = {"login": "login password", "query": "query password"}
ONCE_A_MINUTE = (parse("1/minute"),)
SMS_CODE, REFRESH_TOKEN = "SMS code", "refresh token"


async def attempt(
    context: Context, secret: str, name: str, compare: Callable[[], Awaitable[Match | None]], wrong: Refusal
) -> tuple[Refusal | None, Match | None]:
    """Return what `compare` found, or `wrong` where that is null; too many attempts are refused without comparing.

    `name` is what the attempt is made under, tidied: all spellings of one phone or ID number are one name.
    """
    limiter, address = context.services.attempt_limiter, context.client.address
    if seconds := await limiter.wait(secret, name, address):
        return _refused(context, secret, seconds), None
    uses = [Use(PAIR, (secret, name, context.client.network))]
    if (found := await _compared(limiter, uses, compare)) is not None:
        return None, found
    await limiter.wrong(secret, address)
    return wrong, None


async def password_attempt(
    context: Context, which: Which, name: str, who: Credentials | None, password: str, wrong: Refusal
) -> Refusal | None:
    """Compare a password that was typed under `name`; without such a member it looks and lasts as with one.

    A name that is tried from everywhere is soon out of tries; then the right password opens at the networks only that
    the owner came from before. The answer to all others is the same in every network, and so is the work.
    """
    limiter, secret = context.services.attempt_limiter, SECRETS[which]
    address, network = context.client.address, context.client.network
    pair, last = Use(PAIR, (secret, name, network)), Use(NAME, (secret, name))
    if seconds := await limiter.wait(secret, name, address):
        return _refused(context, secret, max(seconds, await limiter.wait_of(last)))
    if crowded := await limiter.use_all(last):
        last = Use(CROWDED, (secret, name, network))
        if await limiter.use_all(last):
            await _give_back(limiter, [pair])
            return _refused(context, secret, crowded)
    may_open = await is_known(context, who) or not crowded
    stored = who.hash_of(which) if who else None

    async def compare() -> str | None:
        return stored if await context.services.password_hasher.verify(stored, password, network) and may_open else None

    if await _compared(limiter, [pair, last], compare) is not None:
        return None
    await limiter.wrong(secret, address)
    return _refused(context, secret, crowded) if crowded else wrong


async def _compared(
    limiter: AttemptLimiter, uses: Sequence[Use], compare: Callable[[], Awaitable[Match | None]]
) -> Match | None:
    """Compare, and take the uses back after a right secret, and where there was no time to compare."""
    try:
        found = await compare()
    except ApiError:
        await _give_back(limiter, uses)
        raise
    if found is not None:
        await _give_back(limiter, uses)
    return found


async def _give_back(limiter: AttemptLimiter, uses: Sequence[Use]) -> None:
    for use in uses:
        await limiter.give_back(use.limits, *use.key)


def _refused(context: Context, secret: str, seconds: int) -> Refusal:
    context.services.metrics.guesses_refused.labels(secret).inc()
    return too_many(seconds)


async def is_known(context: Context, who: Credentials | None) -> bool:
    """Return whether the member came from the client's network before."""
    network = context.client.network
    return await context.services.members.came_from(who.member_id if who else "", network)


async def note(
    context: Context,
    event: str,
    refusal: Refusal,
    *,
    name: str = "",
    member_id: str | None = None,
    detail: str | None = None,
) -> None:
    """Add the audit entry of a refusal. Of attempts that came too fast one entry a minute for `name` and network is
    enough: a flood of guesses must not become a flood of writes. `name` is as it was typed, tidied: whether there is a
    write must not depend on whether there is such a member."""
    if refusal.code is UserErrorCode.TOO_MANY_ATTEMPTS:
        network = context.client.network
        if await context.services.attempt_limiter.use(ONCE_A_MINUTE, event, name, network):
            context.services.metrics.security_events.labels(event, refusal.code.value).inc()
            return
    await context.audit(event, refusal.code.value, member_id=member_id, detail=detail)


def too_many(seconds: int, field: str | None = None) -> Refusal:
    message = f"尝试次数过多，请在{in_words(seconds)}后再试。"
    return Refusal(UserErrorCode.TOO_MANY_ATTEMPTS, message, field, retry_after=seconds)


def in_words(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds}秒"
    return f"{ceil(seconds / 60)}分钟" if seconds < 7200 else f"{ceil(seconds / 3600)}小时"
