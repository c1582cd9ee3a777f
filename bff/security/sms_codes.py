"""Codes by SMS: six digits, five minutes, five tries, one use, bound to phone and purpose, kept as a slow hash."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import structlog
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, parse, parse_many
from sqlalchemy import case, insert, select, update

from bff.security.attempt_limiter import AttemptLimiter, Use
from bff.security.password_hashing import PasswordHasher
from bff.store.batch_delete import remove
from bff.store.database import Store
from bff.store.tables import sms_code


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
    """Seconds until a message may be sent, 0 when it may. `for_all`: no phone gets one before."""

    seconds: int
    for_all: bool = False


def budget_of(an_hour: int, a_day: int) -> Use:
    """Return the limit of messages that the centre sends to all phones; 0 stands for no limit."""
    limits: list[RateLimitItem] = []
    if an_hour:
        limits.append(RateLimitItemPerHour(an_hour))
    if a_day:
        limits.append(RateLimitItemPerDay(a_day))
    return Use(limits, ("messages to all",))


@dataclass(frozen=True, slots=True)
class SmsCodes:
    """Codes in the store. `budget` limits the messages to all phones; `count_over_budget` is called for each that it
    kept back. `network` is the client's in all methods."""

    store: Store
    now: Callable[[], datetime]
    hasher: PasswordHasher
    limiter: AttemptLimiter
    budget: Use
    count_over_budget: Callable[[], None]

    async def wait(self, phone: str, network: str, *, own: bool) -> Wait:
        """Count a message against the caps of the phone, the network and the centre, or against none of them; return
        the longest of their waits.

        The caps are the same whether a member has the phone or not. A member who is signed in gets a message to their
        `own` phone however many others asked for.
        """
        caps = _caps(phone, network, own=own)
        seconds = await self.limiter.use_all(*caps)
        for_all = await (self.limiter.wait_of(self.budget) if seconds else self.limiter.use_all(self.budget))
        if for_all and not seconds:
            for each in caps:
                await self.limiter.give_back(each.limits, *each.key)
            await self._note_budget(for_all)
        return Wait(max(seconds, for_all), for_all > seconds)

    async def create(self, phone: str, purpose: SmsPurpose, network: str) -> str:
        """Store a new code and return the text of the message. Earlier codes for the same purpose and network no longer
        count."""
        code = f"{secrets.randbelow(1_000_000):06d}"
        hashed = await self.hasher.hash(code, network)
        now = self.now()
        columns = sms_code.c
        earlier = (columns.phone == phone, columns.purpose == purpose.value, columns.network == network)
        async with self.store.write() as db:
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

    async def match(self, phone: str, purpose: SmsPurpose, typed: str, network: str) -> str | None:
        """Return the ID of the code that was typed, for `spend`. Each call uses up a try before it compares."""
        row = await self._take_a_try(phone, purpose, network)
        found = await self.hasher.verify(row[1] if row else None, typed, network)
        return row[0] if row and found else None

    async def spend(self, code_id: str) -> bool:
        """Use the code up; false where it was used before. Of two requests with the right code, one gets it."""
        query = update(sms_code).where(sms_code.c.id == code_id, sms_code.c.used.is_(False))
        async with self.store.write() as db:
            return (await db.execute(query.values(used=True))).rowcount == 1

    async def expire(self) -> int:
        """Remove codes that are of no use any more, except to a request that has begun; return how many."""
        return await remove(self.store, sms_code, sms_code.c.expires_at <= self.now() - timedelta(hours=1))

    async def _take_a_try(self, phone: str, purpose: SmsPurpose, network: str) -> tuple[str, str] | None:
        """Return ID and hash of the code that may be compared, the one that this network asked for before others."""
        columns = sms_code.c
        own = columns.network == network
        tries = case((own, columns.tries_left), else_=columns.tries_left_elsewhere)
        usable = (columns.phone == phone, columns.purpose == purpose.value, columns.used.is_(False), tries > 0)
        query = select(columns.id, columns.hash, own.label("own")).where(*usable, columns.expires_at > self.now())
        async with self.store.write() as db:
            newest = query.order_by(own.desc(), columns.sent_at.desc()).limit(1).with_for_update()
            row = (await db.execute(newest)).first()
            if row is None:
                return None
            left = columns.tries_left if row.own else columns.tries_left_elsewhere
            await db.execute(update(sms_code).where(columns.id == row.id).values({left: left - 1}))
        return row.id, row.hash

    async def _note_budget(self, seconds: int) -> None:
        self.count_over_budget()
        if not await self.limiter.use(ONCE_A_MINUTE, "messages over budget"):
            log.warning("sms_budget_used_up", seconds=seconds)


def _caps(phone: str, network: str, *, own: bool) -> tuple[Use, ...]:
    caps = Use(HERE, ("messages to", phone, network)), Use(PER_NETWORK, ("messages from", network))
    return caps if own else (*caps, Use(PER_PHONE, ("messages to", phone)))
