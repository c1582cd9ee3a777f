"""Consents to the privacy policy: which versions members agreed to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bff.store.database import Store
from bff.store.tables import consent


@dataclass(frozen=True, slots=True)
class Consent:
    """A version that was agreed to."""

    version: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Consents:
    """Consents in the store."""

    store: Store
    now: Callable[[], datetime]

    async def latest(self, member_id: str) -> Consent | None:
        """Return the version agreed to last."""
        query = select(consent.c.version, consent.c.given_at).filter_by(member_id=member_id)
        async with self.store.read() as db:
            row = (await db.execute(query.order_by(consent.c.given_at.desc()).limit(1))).first()
        return Consent(row.version, row.given_at) if row is not None else None

    async def give(self, member_id: str, version: str) -> None:
        """Add a consent; a version that was agreed to before keeps its moment."""
        values = {"member_id": member_id, "version": version, "given_at": self.now()}
        with suppress(IntegrityError):
            async with self.store.write() as db:
                await db.execute(insert(consent).values(values))
