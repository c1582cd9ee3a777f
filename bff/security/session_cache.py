"""Cache of sessions that the store gave a moment ago, so that a screen's queries do not each ask it again. What ends or
changes a session in this process is seen at once, in another one after `SECONDS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from bff.security.current_session import CurrentSession
from bff.store.lru import LruCache

SECONDS = 1.0
MOST = 10_000
"""Sessions that are remembered; the least recently used is evicted first."""


@dataclass(frozen=True, slots=True)
class CacheMark:
    """When the store was asked, and after how many changes."""

    at: float
    changes: int


@dataclass(frozen=True, slots=True)
class _CachedSession:
    at: float
    expires_at: datetime
    session: CurrentSession


@dataclass(slots=True)
class SessionCache:
    """Sessions by the hash of the access token. Changes in this process are counted: what was read from the store
    before one is not kept after it."""

    clock: Callable[[], float] = monotonic
    _changes: int = 0
    _sessions: LruCache[str, _CachedSession] = field(default_factory=lambda: LruCache(MOST))

    def get(self, token_hash: str, now: datetime) -> CurrentSession | None:
        seen = self._sessions.get(token_hash)
        if seen is None or self.clock() - seen.at >= SECONDS or now >= seen.expires_at:
            return None
        return seen.session

    def mark(self) -> CacheMark:
        """Mark the moment before the store is asked."""
        return CacheMark(self.clock(), self._changes)

    def put(self, token_hash: str, session: CurrentSession, expires_at: datetime, mark: CacheMark) -> None:
        if mark.changes != self._changes:
            return
        self._sessions.put(token_hash, _CachedSession(mark.at, expires_at, session))

    def clear(self) -> None:
        """Remove all sessions, after a change: it is rare, and asking the store again is cheap."""
        self._changes += 1
        self._sessions.clear()
