"""Sessions: opaque tokens, stored as hashes; refresh tokens rotate, and a replayed one ends the family, unless its
answer was lost a moment ago."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Select, Update, and_, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bff.security.audit_log import record_operator
from bff.security.current_session import CurrentSession, Member
from bff.security.session_cache import SessionCache
from bff.store.batch_delete import remove
from bff.store.database import Store
from bff.store.tables import member, session, spent_refresh_token, storable

AGAIN_WITHIN = timedelta(seconds=30)
"""For so long a spent refresh token gives its successor once more: phones lose answers, and ask twice at once."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens as the client gets them; the store has hashes. By the `nonce` the refresh token follows from the access
    token."""

    access: str
    access_expires_at: datetime
    refresh: str
    refresh_expires_at: datetime
    unlocked_until: datetime | None
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as its owner sees it in the list."""

    id: str
    device: str
    created_at: datetime
    last_used_at: datetime


def hash_token(token: str) -> str:
    """Hash a token of 256 random bits: nothing is to be gained from salt or a slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class SessionLifetimes:
    """Lifetimes of a session: `idle` is how long a refresh token is good, `unlocked` how long the query password opens
    account data."""

    access_token: timedelta
    idle: timedelta
    session: timedelta
    unlocked: timedelta


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions in the store. `cache_locked` tells whether a session that the query password has not opened is cached,
    too."""

    store: Store
    now: Callable[[], datetime]
    lifetimes: SessionLifetimes
    cache: SessionCache
    cache_locked: bool = False

    async def authenticate(self, token: str, *, allow_cached: bool = False) -> CurrentSession | None:
        """Return the session of an access token that is known, has not expired and was not ended; with `allow_cached`
        as it was within the last second."""
        now, hashed = self.now(), hash_token(token)
        if allow_cached and (seen := self.cache.get(hashed, now)) is not None:
            return seen
        mark = self.cache.mark()
        row = await self.store.first(_by_token(), {"hashed": hashed, "now": now})
        if row is None:
            return None
        found = CurrentSession(row.id, _member_of(row), row.unlocked_until)
        if found.is_unlocked(now) or self.cache_locked:
            # Another process may unlock the others at any moment, under the same token.
            self.cache.put(hashed, found, min(row.access_expires_at, row.expires_at), mark)
        return found

    async def start(self, member_id: str, device: str, *, unlock: bool) -> Tokens:
        """Open a session with new tokens."""
        now = self.now()
        until = now + self.lifetimes.unlocked if unlock else None
        latest = now + self.lifetimes.session
        tokens = self._new_tokens(secrets.token_urlsafe(32), new_nonce(), latest, until)
        async with self.store.write() as db:
            await db.execute(
                insert(session).values(
                    id=uuid4().hex,
                    member_id=member_id,
                    expires_at=latest,
                    device=storable(device, 200),
                    created_at=now,
                    last_used_at=now,
                    **_stored(tokens),
                )
            )
        return tokens

    async def refresh(self, token: str) -> Tokens | None:
        """Return new tokens for a refresh token. The one before it gives its successor once more for some seconds,
        whose answer was lost on the way; any other that was used before ends its session, since it has been copied."""
        now, hashed = self.now(), hash_token(token)
        async with self._changing() as db:
            query = select(session).where(session.c.refresh_hash == hashed, session.c.ended_at.is_(None))
            row = (await db.execute(query.with_for_update())).first()
            if row is None:
                return await _once_more(db, token, now)
            if now >= min(row.refresh_expires_at, row.expires_at):
                return None
            nonce = new_nonce()
            tokens = self._new_tokens(derived(token, nonce), new_nonce(), row.expires_at, row.unlocked_until)
            spent = {"hash": hashed, "session_id": row.id, "spent_at": now, "nonce": nonce}
            await db.execute(insert(spent_refresh_token).values(spent))
            await db.execute(update(session).where(session.c.id == row.id).values(last_used_at=now, **_stored(tokens)))
        return tokens

    async def unlock(self, current: CurrentSession, access: str) -> Tokens | None:
        """Open account data for a while. The tokens stay: `access` is the one that was presented, and the refresh token
        follows from it. Null when the session has newer tokens, or has ended."""
        now = self.now()
        async with self._changing() as db:
            query = select(session).where(session.c.id == current.id, session.c.access_hash == hash_token(access))
            row = (await db.execute(query.where(session.c.ended_at.is_(None)).with_for_update())).first()
            if row is None:
                return None
            tokens = replace(_present(row, access), unlocked_until=now + self.lifetimes.unlocked)
            if hash_token(tokens.refresh) != row.refresh_hash:
                # An older release made it, from nothing that is known here: this once it is replaced.
                await db.execute(
                    insert(spent_refresh_token).values(hash=row.refresh_hash, session_id=row.id, spent_at=now)
                )
            await db.execute(update(session).where(session.c.id == row.id).values(last_used_at=now, **_stored(tokens)))
        return tokens

    async def end(self, member_id: str, *, only: str | None = None, but: str | None = None) -> int:
        """End a member's sessions: all of them, `only` one, or all `but` one. Return how many were open."""
        query = _open_ones(member_id, but)
        if only is not None:
            query = query.where(session.c.id == only)
        async with self._changing() as db:
            return (await db.execute(query.values(ended_at=self.now()))).rowcount

    async def end_for_password(self, member_id: str, changed: Update, *, but: str | None = None) -> None:
        """End a member's sessions together with the password that they were opened by, both or neither: where the store
        fails halfway, the member would be told so and the old password be gone."""
        async with self._changing() as db:
            await db.execute(changed)
            await db.execute(_open_ones(member_id, but).values(ended_at=self.now()))

    async def is_open(self, session_id: str) -> bool:
        """Return whether a session was not ended meanwhile; for what runs longer than a request."""
        query = select(session.c.id).where(
            session.c.id == session_id, session.c.ended_at.is_(None), session.c.expires_at > self.now()
        )
        async with self.store.read() as db:
            return (await db.execute(query)).first() is not None

    async def of_member(self, member_id: str) -> tuple[SessionInfo, ...]:
        """Return the member's open sessions, the one used last first."""
        now = self.now()
        query = (
            select(session)
            .where(
                session.c.member_id == member_id,
                session.c.ended_at.is_(None),
                session.c.expires_at > now,
                session.c.refresh_expires_at > now,
            )
            .order_by(session.c.last_used_at.desc(), session.c.id)
        )
        async with self.store.read() as db:
            rows = (await db.execute(query)).all()
        return tuple(SessionInfo(row.id, row.device, row.created_at, row.last_used_at) for row in rows)

    async def expire(self) -> int:
        """Remove sessions that are over, except to a request that has begun; return how many."""
        before = self.now() - timedelta(hours=1)
        over = or_(
            session.c.ended_at <= before,
            and_(session.c.refresh_expires_at <= before, session.c.access_expires_at <= before),
        )
        # No refresh token follows from an access token that has expired, not even with the store at hand.
        locked = session.c.nonce.is_not(None), session.c.access_expires_at <= before
        async with self.store.write() as db:
            await db.execute(update(session).where(*locked).values(nonce=None))
        return await remove(self.store, session, over, spent_refresh_token.c.session_id)

    async def forget_successors(self) -> None:
        """Delete the nonces of spent tokens: from here on no spent token gives its successor, not even with the store
        at hand."""
        spent = spent_refresh_token.c
        due = spent.nonce.is_not(None), spent.spent_at <= self.now() - AGAIN_WITHIN
        async with self.store.write() as db:
            await db.execute(update(spent_refresh_token).where(*due).values(nonce=None))

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, and clear the cache after it."""
        try:
            async with self.store.write() as db:
                yield db
        finally:
            self.cache.clear()

    def _new_tokens(self, access: str, nonce: str, latest: datetime, unlocked_until: datetime | None) -> Tokens:
        now = self.now()
        return Tokens(
            access=access,
            access_expires_at=min(now + self.lifetimes.access_token, latest),
            refresh=derived(access, nonce),
            refresh_expires_at=min(now + self.lifetimes.idle, latest),
            unlocked_until=unlocked_until,
            nonce=nonce,
        )


@cache
def _by_token() -> Select[Any]:
    """Build the query of a token once, which takes longer than to run it."""
    columns = (session.c.id, session.c.unlocked_until, session.c.access_expires_at, session.c.expires_at)
    return (
        select(*columns, *_member_columns())
        .join(member)
        .where(
            session.c.access_hash == bindparam("hashed"),
            session.c.access_expires_at > bindparam("now"),
            session.c.expires_at > bindparam("now"),
            session.c.ended_at.is_(None),
        )
    )


def _open_ones(member_id: str, but: str | None) -> Update:
    query = update(session).where(session.c.member_id == member_id, session.c.ended_at.is_(None))
    return query if but is None else query.where(session.c.id != but)


async def end_by_operator(store: Store, id_number: str) -> int | None:
    """End all sessions of the member with this ID number, tidied; return how many, or null where no member has it."""
    async with store.write() as db:
        found = (await db.execute(select(member.c.id).where(member.c.id_number == id_number))).scalar_one_or_none()
        if found is None:
            return None
        query = update(session).where(session.c.member_id == found, session.c.ended_at.is_(None))
        ended = (await db.execute(query.values(ended_at=datetime.now(UTC)))).rowcount
    await record_operator(store, "end_sessions", "done", found)
    return ended


async def end_all(store: Store) -> int:
    """End all sessions of all members; return how many."""
    async with store.write() as db:
        query = update(session).where(session.c.ended_at.is_(None))
        return (await db.execute(query.values(ended_at=datetime.now(UTC)))).rowcount


async def _once_more(db: AsyncConnection, token: str, now: datetime) -> Tokens | None:
    """Return the successor of a token that was spent a moment ago, if nothing came after that one. Else end the
    family."""
    hashed = hash_token(token)
    family = select(spent_refresh_token.c.session_id).where(spent_refresh_token.c.hash == hashed).scalar_subquery()
    query = select(session).where(session.c.id == family, session.c.ended_at.is_(None))
    if (row := (await db.execute(query.with_for_update())).first()) is None:
        return None
    # Looked at only now, when no other process changes what belongs to the session.
    nonce = await _taken(db, hashed, now)
    tokens = _present(row, derived(token, nonce)) if nonce else None
    if tokens is not None and hash_token(tokens.refresh) == row.refresh_hash and now < tokens.refresh_expires_at:
        return tokens
    await db.execute(update(session).where(session.c.id == row.id).values(ended_at=now))
    return None


async def _taken(db: AsyncConnection, hashed: str, now: datetime) -> str | None:
    """Take the nonce of a spent token's successor, for the one further time that there is."""
    spent = spent_refresh_token.c
    query = select(spent.nonce).where(spent.hash == hashed, spent.spent_at > now - AGAIN_WITHIN)
    nonce = (await db.execute(query)).scalar_one_or_none()
    await db.execute(update(spent_refresh_token).where(spent.hash == hashed).values(nonce=None))
    return nonce


def new_nonce() -> str:
    return secrets.token_hex(32)


def derived(token: str, nonce: str) -> str:
    """Derive a token of 256 bits from another one. The store has the nonce, and of both tokens only hashes."""
    mac = hmac.digest(token.encode("utf-8", "surrogatepass"), nonce.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def _present(row: Row[Any], access: str) -> Tokens:
    """Return the tokens that the session has, if `access` is one of them."""
    nonce = row.nonce or new_nonce()
    return Tokens(
        access=access,
        access_expires_at=row.access_expires_at,
        refresh=derived(access, nonce),
        refresh_expires_at=min(row.refresh_expires_at, row.expires_at),
        unlocked_until=row.unlocked_until,
        nonce=nonce,
    )


def _stored(tokens: Tokens) -> dict[str, object]:
    return {
        "access_hash": hash_token(tokens.access),
        "access_expires_at": tokens.access_expires_at,
        "refresh_hash": hash_token(tokens.refresh),
        "refresh_expires_at": tokens.refresh_expires_at,
        "unlocked_until": tokens.unlocked_until,
        "nonce": tokens.nonce,
    }


def _member_columns() -> tuple[ColumnElement[Any], ...]:
    columns = member.c
    own = columns.account_number, columns.name, columns.phone, columns.id_number, columns.phone_confirmed_at
    return (columns.id.label("member_id"), *own)


def _member_of(row: Row[Any]) -> Member:
    return Member(row.member_id, row.account_number, row.name, row.phone, row.id_number, row.phone_confirmed_at)
