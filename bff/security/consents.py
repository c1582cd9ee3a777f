"""Which versions of the privacy policy members agreed to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bff.store.tables import consent

if TYPE_CHECKING:
    from bff.services import Services


@dataclass(frozen=True, slots=True)
class Consent:
    version: str
    given_at: datetime


async def latest(services: Services, member_id: str) -> Consent | None:
    """The version agreed to last."""
    query = select(consent.c.version, consent.c.given_at).filter_by(member_id=member_id)
    async with services.store.read() as db:
        row = (await db.execute(query.order_by(consent.c.given_at.desc()).limit(1))).first()
    return Consent(row.version, row.given_at) if row is not None else None


async def give(services: Services, member_id: str, version: str) -> None:
    """A version that was agreed to before keeps its moment."""
    values = {"member_id": member_id, "version": version, "given_at": services.now()}
    with suppress(IntegrityError):
        async with services.store.write() as db:
            await db.execute(insert(consent).values(values))
