"""Members of this app in the store: their identity, their phone, their password hashes and the networks they come
from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy import Update, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import insert

from bff.rules.customer import Customer
from bff.rules.parsing import parse_phone
from bff.store.batch_delete import remove
from bff.store.database import Store
from bff.store.tables import known_network, member, storable

MOST_WITH_A_PHONE = 5
"""Members of whom the core is asked when another one turns out to have their phone; families share one."""

Which = Literal["login", "query"]

REMEMBERED = timedelta(days=90)
"""How long a network stays known that a member does not come from any more."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """`phone` is as the core last said, empty for none, at `phone_confirmed_at`; null when it has not said so, or no
    longer knows the person. `former_phone` is the one before it while its change has not been told."""

    member_id: str
    account_number: str
    name: str
    phone: str
    phone_confirmed_at: datetime | None
    former_phone: str | None
    id_number: str
    login_hash: str
    query_hash: str

    def hash_of(self, which: Which) -> str:
        return self.login_hash if which == "login" else self.query_hash


@dataclass(frozen=True, slots=True)
class Members:
    """Members in the store."""

    store: Store
    now: Callable[[], datetime]

    async def find(self, *, phone: str | None = None, id_number: str | None = None) -> Credentials | None:
        """Find a member by phone or by ID number, both tidied; null when there is none, or more than one with a
        phone."""
        matches = [
            column == value for column, value in ((member.c.phone, phone), (member.c.id_number, id_number)) if value
        ]
        if not matches:
            return None
        async with self.store.read() as db:
            rows = (await db.execute(select(member).where(or_(*matches)).limit(2))).all()
        return _credentials(rows[0]) if len(rows) == 1 else None

    async def by_id(self, member_id: str) -> Credentials:
        """Return the member of an ID."""
        async with self.store.read() as db:
            return _credentials((await db.execute(select(member).where(member.c.id == member_id))).one())

    async def with_phone(self, phone: str, *, but: str) -> tuple[Credentials, ...]:
        """Return other members whose phone this is, or was when the core was last asked."""
        query = select(member).where(member.c.phone == phone, member.c.id != but).limit(MOST_WITH_A_PHONE)
        async with self.store.read() as db:
            return tuple(map(_credentials, (await db.execute(query)).all()))

    async def confirm_phone(self, who: Credentials, phone: str) -> bool:
        """Store what the core says of the member's phone; return whether it was another one until now. Of two that find
        out, one is told so."""
        now, changed = self.now(), phone != who.phone
        values: dict[str, object] = {"phone": phone, "phone_confirmed_at": now}
        if changed:
            values["former_phone"] = who.phone
        query = update(member).where(member.c.id == who.member_id, member.c.phone == who.phone).values(values)
        async with self.store.write() as db:
            return (await db.execute(query)).rowcount == 1 and changed

    async def doubt_phone(self, member_id: str) -> None:
        """Record that the core no longer says that the phone is the member's."""
        async with self.store.write() as db:
            await db.execute(update(member).where(member.c.id == member_id).values(phone_confirmed_at=None))

    async def take_former_phone(self, who: Credentials) -> bool:
        """Return whether it falls to the caller to tell of the change: of two, to one."""
        query = update(member).where(member.c.id == who.member_id, member.c.former_phone == who.former_phone)
        async with self.store.write() as db:
            return (await db.execute(query.values(former_phone=None))).rowcount == 1

    async def keep_former_phone(self, who: Credentials) -> None:
        """Record that the change could not be told, so that it is told the next time that the core is asked."""
        query = update(member).where(member.c.id == who.member_id, member.c.former_phone.is_(None))
        async with self.store.write() as db:
            await db.execute(query.values(former_phone=who.former_phone))

    async def with_account(self, account_number: str) -> Credentials | None:
        """Find the member of an account."""
        async with self.store.read() as db:
            row = (await db.execute(select(member).where(member.c.account_number == account_number))).first()
        return None if row is None else _credentials(row)

    async def change_account(self, who: Credentials, account_number: str) -> bool:
        """Give the member another account number. False where it is another member's, or the member's was changed
        meanwhile."""
        try:
            async with self.store.write() as db:
                return (await db.execute(_new_account(who, who.account_number, account_number))).rowcount == 1
        except IntegrityError:
            return False

    async def exchange_accounts(self, one: Credentials, other: Credentials) -> bool:
        """Give each of two members the other's account number; false, and nothing changed, where one was changed
        meanwhile."""
        one, other = sorted((one, other), key=lambda who: who.member_id)  # rows are locked in one order
        between = f"-{one.member_id}"  # the numbers are unique after each statement
        steps = (
            (one, one.account_number, between),
            (other, other.account_number, one.account_number),
            (one, between, other.account_number),
        )
        try:
            async with self.store.write() as db:
                for step in steps:
                    if (await db.execute(_new_account(*step))).rowcount != 1:
                        raise _ChangedMeanwhile
        except (_ChangedMeanwhile, IntegrityError):
            return False
        return True

    async def add(self, customer: Customer, id_number: str, login_hash: str, query_hash: str) -> str | None:
        """Add a member; return the ID, or null when the person or the account is registered already. The core has just
        said who the customer is."""
        member_id, now = uuid4().hex, self.now()
        try:
            async with self.store.write() as db:
                await db.execute(
                    insert(member).values(
                        id=member_id,
                        account_number=customer.account_number,
                        name=storable(customer.name, 200),
                        phone=parse_phone(customer.phone) or "",
                        phone_confirmed_at=now,
                        id_number=id_number,
                        login_hash=login_hash,
                        query_hash=query_hash,
                        registered_at=now,
                    )
                )
        except IntegrityError:
            return None
        return member_id

    async def set_password(self, member_id: str, which: Which, hashed: str) -> None:
        """Replace a password hash."""
        async with self.store.write() as db:
            await db.execute(new_password(member_id, which, hashed))

    async def note_network(self, member_id: str, network: str) -> None:
        """Record that the member proved to be in this network, by a password or a code."""
        now, key = self.now(), {"member_id": member_id, "network": network}
        try:
            async with self.store.write() as db:
                await db.execute(delete(known_network).filter_by(**key))
                await db.execute(insert(known_network).values(last_seen_at=now, **key))
        except IntegrityError:
            # Another sign-in from there has just noted it.
            return

    async def came_from(self, member_id: str, network: str) -> bool:
        """Return whether the member came from this network lately."""
        seen = known_network.c.last_seen_at > self.now() - REMEMBERED
        query = select(known_network.c.network).filter_by(member_id=member_id, network=network).where(seen)
        async with self.store.read() as db:
            return (await db.execute(query)).first() is not None

    async def forget_networks(self) -> int:
        """Remove networks that no member came from lately; return how many."""
        return await remove(self.store, known_network, known_network.c.last_seen_at <= self.now() - REMEMBERED)


class _ChangedMeanwhile(Exception):
    """Rolls the transaction back."""


def _new_account(who: Credentials, old: str, new: str) -> Update:
    query = update(member).where(member.c.id == who.member_id, member.c.account_number == old)
    return query.values(account_number=new)


def new_password(member_id: str, which: Which, hashed: str) -> Update:
    """Return the statement that replaces a password hash."""
    column = "login_hash" if which == "login" else "query_hash"
    return update(member).where(member.c.id == member_id).values({column: hashed})


def _credentials(row: object) -> Credentials:
    get = row._mapping  # type: ignore[attr-defined] # a row of SQLAlchemy
    return Credentials(
        get["id"],
        get["account_number"],
        get["name"],
        get["phone"],
        get["phone_confirmed_at"],
        get["former_phone"],
        get["id_number"],
        get["login_hash"],
        get["query_hash"],
    )
