"""Sessions that the store was asked for a moment ago, so that a screen's queries do not each ask it again. What ends or
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
class Asked:
    """When the store was asked, and after how many changes."""

    at: float
    changes: int


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float
    expires_at: datetime
    session: CurrentSession


@dataclass(slots=True)
class SessionCache:
    """By the hash of the access token. Changes in this process are counted: what was read from the store before one is
    not remembered after it."""

    clock: Callable[[], float] = monotonic
    _changes: int = 0
    _seen: LruCache[str, _Seen] = field(default_factory=lambda: LruCache(MOST))

    def get(self, token_hash: str, now: datetime) -> CurrentSession | None:
        seen = self._seen.get(token_hash)
        if seen is None or self.clock() - seen.at >= SECONDS or now >= seen.expires_at:
            return None
        return seen.session

    def asking(self) -> Asked:
        """To be called before the store is asked."""
        return Asked(self.clock(), self._changes)

    def put(self, token_hash: str, session: CurrentSession, expires_at: datetime, asked: Asked) -> None:
        if asked.changes != self._changes:
            return
        self._seen.put(token_hash, _Seen(asked.at, expires_at, session))

    def forget(self) -> None:
        """All of them, after a change: it is rare, and asking the store again is cheap."""
        self._changes += 1
        self._seen.clear()
