"""Codes by SMS: six digits, five minutes, five tries, one use, bound to phone and purpose, kept as a slow hash."""

from __future__ import annotations

import secrets
from datetime import timedelta
from enum import StrEnum
from uuid import uuid4

from limits import parse_many
from sqlalchemy import ColumnElement, insert, select, update

from bff.context import Context
from bff.store.tables import sms_code


class SmsPurpose(StrEnum):
    REGISTER = "REGISTER"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 (a purpose, no password)


LIFETIME = timedelta(minutes=5)
RESEND = timedelta(seconds=60)
TRIES = 5
PER_PHONE = tuple(parse_many("1/minute; 10/day"))
PER_ADDRESS = tuple(parse_many("10/minute; 100/day"))

WORDS = {SmsPurpose.REGISTER: "注册", SmsPurpose.RESET_PASSWORD: "重置密码"}


async def may_send(context: Context, phone: str) -> bool:
    """Counts a message against the phone's and the address's caps."""
    guard = context.services.guard
    by_phone = await guard.allows(PER_PHONE, "sms", phone)
    by_address = await guard.allows(PER_ADDRESS, "sms from", context.client.address)
    return by_phone and by_address


async def create(context: Context, phone: str, purpose: SmsPurpose) -> str:
    """A new code, stored; codes sent before for the same purpose no longer count. Gives the message's text."""
    services = context.services
    code = f"{secrets.randbelow(1_000_000):06d}"
    hashed = await services.passwords.hash(code)
    now = services.now()
    async with services.store.write() as db:
        await db.execute(update(sms_code).where(*_of(phone, purpose)).values(used=True))
        await db.execute(
            insert(sms_code).values(
                id=uuid4().hex,
                phone=phone,
                purpose=purpose.value,
                hash=hashed,
                expires_at=now + LIFETIME,
                tries_left=TRIES,
                used=False,
                sent_at=now,
            )
        )
    return f"您的{WORDS[purpose]}验证码为{code}，{LIFETIME.seconds // 60}分钟内有效，请勿告诉他人。"


async def redeem(context: Context, phone: str, purpose: SmsPurpose, code: str) -> bool:
    """Whether this is the phone's code. Each call uses up a try before it compares; the right code works once."""
    services = context.services
    async with services.store.write() as db:
        query = select(sms_code).where(*_of(phone, purpose), sms_code.c.expires_at > services.now())
        row = (await db.execute(query.order_by(sms_code.c.sent_at.desc()).limit(1).with_for_update())).first()
        if row is not None and row.tries_left > 0:
            left = row.tries_left - 1
            await db.execute(update(sms_code).where(sms_code.c.id == row.id).values(tries_left=left))
    usable = row is not None and row.tries_left > 0
    if not await services.passwords.verify(row.hash if usable and row else None, code):
        return False
    async with services.store.write() as db:
        # Two requests with the right code: one of them gets it.
        spent = update(sms_code).where(sms_code.c.id == (row.id if row else ""), sms_code.c.used.is_(False))
        return (await db.execute(spent.values(used=True))).rowcount == 1


def _of(phone: str, purpose: SmsPurpose) -> tuple[ColumnElement[bool], ...]:
    return (sms_code.c.phone == phone, sms_code.c.purpose == purpose.value, sms_code.c.used.is_(False))
