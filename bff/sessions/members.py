"""The app's own members: finding them, adding them, their password hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import insert

from bff.context import Services
from bff.rules.member import Customer
from bff.rules.validation import parse_phone
from bff.store.removing import remove
from bff.store.tables import known_network, member, storable

Which = Literal["login", "query"]

REMEMBERED = timedelta(days=90)
"""How long a network stays known that a member does not come from any more."""


@dataclass(frozen=True, slots=True)
class Credentials:
    member_id: str
    phone: str
    id_number: str
    login_hash: str
    query_hash: str

    def hash_of(self, which: Which) -> str:
        return self.login_hash if which == "login" else self.query_hash


async def find(services: Services, *, phone: str | None = None, id_number: str | None = None) -> Credentials | None:
    """By phone or by ID number, both tidied; null when there is nobody, or more than one with a phone."""
    matches = [column == value for column, value in ((member.c.phone, phone), (member.c.id_number, id_number)) if value]
    if not matches:
        return None
    async with services.store.read() as db:
        rows = (await db.execute(select(member).where(or_(*matches)).limit(2))).all()
    return _credentials(rows[0]) if len(rows) == 1 else None


async def by_id(services: Services, member_id: str) -> Credentials:
    async with services.store.read() as db:
        return _credentials((await db.execute(select(member).where(member.c.id == member_id))).one())


async def add(services: Services, customer: Customer, id_number: str, login_hash: str, query_hash: str) -> str | None:
    """The new member's ID, or null when the person or the account is registered already."""
    member_id = uuid4().hex
    try:
        async with services.store.write() as db:
            await db.execute(
                insert(member).values(
                    id=member_id,
                    account_number=customer.account_number,
                    name=storable(customer.name, 200),
                    phone=_as_typed(customer.phone),
                    id_number=id_number,
                    login_hash=login_hash,
                    query_hash=query_hash,
                    registered_at=services.now(),
                )
            )
    except IntegrityError:
        return None
    return member_id


async def set_password(services: Services, member_id: str, which: Which, hashed: str) -> None:
    column = "login_hash" if which == "login" else "query_hash"
    async with services.store.write() as db:
        await db.execute(update(member).where(member.c.id == member_id).values({column: hashed}))


async def note_network(services: Services, member_id: str, network: str) -> None:
    """The member proved to be there, by a password or a code."""
    now, key = services.now(), {"member_id": member_id, "network": network}
    try:
        async with services.store.write() as db:
            await db.execute(delete(known_network).filter_by(**key))
            await db.execute(insert(known_network).values(last_seen_at=now, **key))
    except IntegrityError:
        # Another sign-in from there has just noted it.
        return


async def came_from(services: Services, member_id: str, network: str) -> bool:
    """Whether the member came from there lately."""
    seen = known_network.c.last_seen_at > services.now() - REMEMBERED
    query = select(known_network.c.network).filter_by(member_id=member_id, network=network).where(seen)
    async with services.store.read() as db:
        return (await db.execute(query)).first() is not None


async def forget_networks(services: Services) -> int:
    """Removes networks that nobody came from lately; gives how many."""
    return await remove(services.store, known_network, known_network.c.last_seen_at <= services.now() - REMEMBERED)


def _as_typed(phone: str) -> str:
    """The core's spelling of a phone as members are looked up by it: old cores write blanks, hyphens, country codes."""
    return parse_phone(phone) or storable(phone, 20)


def _credentials(row: object) -> Credentials:
    get = row._mapping  # type: ignore[attr-defined] # a row of SQLAlchemy
    return Credentials(get["id"], get["phone"], get["id_number"], get["login_hash"], get["query_hash"])
