"""Cache of encoded responses: public ones, and a session's own for as long as every record in them is fresh. The
caller is authenticated before a look-up, and is part of the key of a private response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any

import orjson

from bff.server.cacheability import CacheScope
from bff.server.engine import PreparedOperation
from bff.server.request_context import RequestContext
from bff.store.lru import LruCache

ENTRIES, BYTES = 1000, 8 * 1024 * 1024
"""Bounds of a process's cache; the least recently used responses are evicted first."""
LARGEST = BYTES // 16


@dataclass(frozen=True, slots=True)
class EncodedResponse:
    """A response's JSON. `executed`: it has `data`; `clean`: it has nothing else. `until`: when a cached one expires,
    in wall-clock seconds."""

    body: bytes
    executed: bool = True
    clean: bool = True
    until: float | None = None


@dataclass(frozen=True, slots=True)
class CacheSlot:
    """Where the response to one request is cached, from `now` until `latest` at most. The request is executed in
    `context`, whose cache control says how long the response is fresh."""

    key: tuple[object, ...]
    now: float
    latest: float
    context: RequestContext


@dataclass(slots=True)
class ResponseCache:
    """`public_for` bounds the seconds that a public response is cached; a private one is as fresh as its records.
    `clock` gives wall-clock seconds, and `count` is told of hits and misses."""

    public_for: float
    clock: Callable[[], float]
    count: Callable[[str], None]
    enabled: bool = True
    _held: LruCache[tuple[object, ...], EncodedResponse] = field(default_factory=lambda: LruCache(ENTRIES))
    _bytes: int = 0

    async def slot(self, context: RequestContext, prepared: PreparedOperation) -> CacheSlot | None:
        """Return null for what is not cacheable, or when the context does not tell now what its response depends on."""
        request = prepared.request
        if prepared.cache_scope is CacheScope.NONE or not self.enabled:
            return None
        try:
            variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # nested too deeply
            return None
        key, now = (request.query, request.operation_name, variables), self.clock()
        if prepared.cache_scope is CacheScope.PUBLIC:
            # Executed without a session, so that it cannot depend on who asked first.
            return CacheSlot(key, now, now + self.public_for, context.anonymous())
        identity = await context.cache_identity()
        return None if identity is None else CacheSlot((*key, *identity), now, inf, context)

    def get(self, slot: CacheSlot) -> EncodedResponse | None:
        found = self._held.get(slot.key)
        is_fresh = found is not None and found.until is not None and slot.now < found.until
        self.count("hit" if is_fresh else "miss")
        if not is_fresh:
            self._drop(slot.key)
            return None
        return found

    def put(self, slot: CacheSlot, body: bytes) -> EncodedResponse:
        """Cache the body unless it is fresh no longer, fresh without end, or too large; return it with its expiry."""
        until, size = min(slot.context.cache_control.until, slot.latest), _size(slot.key, body)
        if not slot.now < until < inf or size > LARGEST:
            return EncodedResponse(body)
        self._drop(slot.key)
        while len(self._held) >= ENTRIES or self._bytes + size > BYTES:
            oldest, evicted = self._held.evict()
            self._bytes -= _size(oldest, evicted.body)
        response = EncodedResponse(body, until=until)
        self._held.put(slot.key, response)
        self._bytes += size
        return response

    def _drop(self, key: tuple[object, ...]) -> None:
        if (dropped := self._held.pop(key)) is not None:
            self._bytes -= _size(key, dropped.body)


def _size(key: tuple[object, ...], body: bytes) -> int:
    """Return the bytes of an entry without its overhead, which the number of entries bounds."""
    return len(body) + sum(len(part) for part in key if isinstance(part, (str, bytes)))


def encoded(answer: dict[str, Any]) -> EncodedResponse:
    return EncodedResponse(orjson.dumps(answer), "data" in answer, answer.keys() == {"data"})
