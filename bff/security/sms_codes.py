"""Codes by SMS: six digits, five minutes, five tries, one use, bound to phone and purpose, kept as a slow hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from limits import RateLimitItemPerDay, RateLimitItemPerHour, parse, parse_many
from sqlalchemy import case, insert, select, update

from bff.context import Context
from bff.security.attempt_limiter import Use, network_of
from bff.store.batch_delete import remove
from bff.store.tables import sms_code

if TYPE_CHECKING:
    from bff.services import Services


class SmsPurpose(StrEnum):
    REGISTER = "REGISTER"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 (a purpose, no password)


LIFETIME = timedelta(minutes=5)
RESEND = timedelta(seconds=60)
TRIES = 5
TRIES_ELSEWHERE = 3
"""Tries from another network than the one that asked for the code: a phone may change from Wi-Fi to mobile meanwhile,
and a stranger must not use up the tries of the one who asked."""
HERE = tuple(parse_many("1/minute; 10/day"))
"""Messages to one phone that one network asks for."""
PER_NETWORK = tuple(parse_many("60/minute; 300/hour; 1000/day"))
"""Messages that one network asks for. Thousands may share the address of a mobile gateway; no network uses up what the
centre sends to all."""
PER_PHONE = tuple(parse_many("30/day"))
"""Messages to one phone that all networks ask for."""

ONCE_A_MINUTE = (parse("1/minute"),)

log = structlog.get_logger(__name__)

WORDS = {SmsPurpose.REGISTER: "注册", SmsPurpose.RESET_PASSWORD: "重置密码"}


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds until a message may be sent, 0 when it may. `for_all`: nobody gets one before."""

    seconds: int
    for_all: bool = False


async def wait(context: Context, phone: str) -> Wait:
    """Counts a message against the caps of the phone, the network and the centre, or against none of them; the longest
    of their waits.

    The caps are the same whether a member has the phone or nobody. A member who is signed in gets a message to their
    own phone however many others asked for.
    """
    guard, budget = context.services.guard, _budget(context.services)
    own = await guard.use_all(*_caps(context, phone))
    for_all = await (guard.wait_of(budget) if own else guard.use_all(budget))
    if for_all and not own:
        for each in _caps(context, phone):
            await guard.give_back(each.limits, *each.key)
        await _note_budget(context.services, for_all)
    return Wait(max(own, for_all), for_all > own)


def _caps(context: Context, phone: str) -> tuple[Use, ...]:
    network, session = network_of(context.client.address), context.session
    caps = Use(HERE, ("messages to", phone, network)), Use(PER_NETWORK, ("messages from", network))
    if session is not None and session.member.phone == phone:
        return caps
    return (*caps, Use(PER_PHONE, ("messages to", phone)))


def _budget(services: Services) -> Use:
    """What the centre sends to all phones."""
    settings = services.settings
    kinds = (RateLimitItemPerHour, settings.sms_codes_an_hour), (RateLimitItemPerDay, settings.sms_codes_a_day)
    return Use([kind(amount) for kind, amount in kinds if amount], ("messages to all",))


async def _note_budget(services: Services, seconds: int) -> None:
    services.metrics.sms_over_budget.inc()
    if not await services.guard.use(ONCE_A_MINUTE, "messages over budget"):
        log.warning("sms_budget_used_up", seconds=seconds)


async def create(context: Context, phone: str, purpose: SmsPurpose) -> str:
    """A new code, stored; those sent before for the same purpose and network no longer count. Gives the text."""
    services, network = context.services, network_of(context.client.address)
    code = f"{secrets.randbelow(1_000_000):06d}"
    hashed = await services.passwords.hash(code, network)
    now = services.now()
    columns = sms_code.c
    earlier = (columns.phone == phone, columns.purpose == purpose.value, columns.network == network)
    async with services.store.write() as db:
        await db.execute(update(sms_code).where(*earlier, columns.used.is_(False)).values(used=True))
        await db.execute(
            insert(sms_code).values(
                id=uuid4().hex,
                phone=phone,
                purpose=purpose.value,
                network=network,
                hash=hashed,
                expires_at=now + LIFETIME,
                tries_left=TRIES,
                tries_left_elsewhere=TRIES_ELSEWHERE,
                used=False,
                sent_at=now,
            )
        )
    minutes = LIFETIME.seconds // 60
    return (
        f"您的{WORDS[purpose]}验证码为{code}，{minutes}分钟内有效，请勿泄露给任何人（包括中心工作人员）。"
        "如非本人操作，请忽略。"
    )


async def match(context: Context, phone: str, purpose: SmsPurpose, typed: str) -> str | None:
    """The ID of the code that was typed, for `spend`. Each call uses up a try before it compares."""
    row = await _take_a_try(context, phone, purpose)
    network = network_of(context.client.address)
    found = await context.services.passwords.verify(row[1] if row else None, typed, network)
    return row[0] if row and found else None


async def spend(services: Services, code_id: str) -> bool:
    """Whether the code was unused until now: of two requests with the right code, one gets it."""
    query = update(sms_code).where(sms_code.c.id == code_id, sms_code.c.used.is_(False))
    async with services.store.write() as db:
        return (await db.execute(query.values(used=True))).rowcount == 1


async def expire(services: Services) -> int:
    """Removes codes that are of no use any more, except to a request that has begun; gives how many."""
    return await remove(services.store, sms_code, sms_code.c.expires_at <= services.now() - timedelta(hours=1))


async def _take_a_try(context: Context, phone: str, purpose: SmsPurpose) -> tuple[str, str] | None:
    """ID and hash of the code that may be compared, the one that this network asked for before others."""
    columns, network = sms_code.c, network_of(context.client.address)
    own = columns.network == network
    tries = case((own, columns.tries_left), else_=columns.tries_left_elsewhere)
    usable = (columns.phone == phone, columns.purpose == purpose.value, columns.used.is_(False), tries > 0)
    query = select(columns.id, columns.hash, own.label("own")).where(
        *usable, columns.expires_at > context.services.now()
    )
    async with context.services.store.write() as db:
        newest = query.order_by(own.desc(), columns.sent_at.desc()).limit(1).with_for_update()
        row = (await db.execute(newest)).first()
        if row is None:
            return None
        left = columns.tries_left if row.own else columns.tries_left_elsewhere
        await db.execute(update(sms_code).where(columns.id == row.id).values({left: left - 1}))
    return row.id, row.hash
