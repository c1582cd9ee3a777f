"""Whole answers, held as bytes: everybody's, and a member's own for as long as every record in them is fresh. Whoever
asks is known before anything is looked up here, and is part of what it is looked up by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import orjson

from bff.context import Context
from bff.server.cacheability import Holdable
from bff.server.engine import Prepared
from bff.store.lru import LruCache

ENTRIES, BYTES = 1000, 8 * 1024 * 1024
"""At most in a process; whatever was not asked for the longest goes first."""
LARGEST = BYTES // 16


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer. `executed`: it has `data`; `clean`: and nothing else. `until`, in wall-clock seconds, where it is
    held."""

    body: bytes
    executed: bool = True
    clean: bool = True
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the answer of one request is held, from `now` until `latest` at most; it is made in `context`, which says
    how long what was found holds."""

    key: tuple[object, ...]
    now: float
    latest: float
    context: Context


@dataclass(slots=True)
class Responses:
    """`public_for` seconds a public answer is held at most; a member's own no longer than the records in it."""

    public_for: float
    _held: LruCache[tuple[object, ...], Encoded] = field(default_factory=lambda: LruCache(ENTRIES))
    _bytes: int = 0

    async def place(self, context: Context, prepared: Prepared) -> Place | None:
        """Null where nothing is held, or the cache cannot say what belongs to this member now."""
        request = prepared.request
        if prepared.holdable is Holdable.NEVER or context.services.cache is None:
            return None
        try:
            variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # nested too deeply
            return None
        asked, now = (request.query, request.operation_name, variables), context.services.now().timestamp()
        if prepared.holdable is Holdable.PUBLIC:
            # What is held for all may not depend on who asked.
            return Place(asked, now, now + self.public_for, replace(context, session=None))
        whose = await _whose(context)
        return None if whose is None else Place((*asked, *whose), now, inf, context)

    def get(self, place: Place) -> Encoded | None:
        found = self._held.get(place.key)
        still_holds = found is not None and found.until is not None and place.now < found.until
        place.context.services.metrics.cache_reads.labels("response", "hit" if still_holds else "miss").inc()
        if not still_holds:
            self._drop(place.key)
            return None
        return found

    def put(self, place: Place, body: bytes) -> Encoded:
        until, size = min(place.context.keeping.until, place.latest), _size(place.key, body)
        if not place.now < until < inf or size > LARGEST:
            return Encoded(body)
        self._drop(place.key)
        while len(self._held) >= ENTRIES or self._bytes + size > BYTES:
            oldest, dropped = self._held.evict()
            self._bytes -= _size(oldest, dropped.body)
        held = Encoded(body, until=until)
        self._held.put(place.key, held)
        self._bytes += size
        return held

    def _drop(self, key: tuple[object, ...]) -> None:
        if (gone := self._held.pop(key)) is not None:
            self._bytes -= _size(key, gone.body)


async def _whose(context: Context) -> tuple[object, ...] | None:
    """The member as the session has it, what the session may see, and which of the core's answers it may be made of."""
    session, cache = context.session, context.services.cache
    if session is None or cache is None:
        return None
    generation = await cache.generation(session.member.account_number)
    if generation is None:
        return None
    return session.member, session.is_unlocked(context.services.now()), generation


def _size(key: tuple[object, ...], body: bytes) -> int:
    """Without what every entry takes, which their number bounds."""
    return len(body) + sum(len(part) for part in key if isinstance(part, (str, bytes)))


def encoded(answer: dict[str, Any]) -> Encoded:
    return Encoded(orjson.dumps(answer), "data" in answer, answer.keys() == {"data"})
