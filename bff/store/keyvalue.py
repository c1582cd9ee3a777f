"""Key-value storage of bytes, in this process's memory or in Redis for all processes. A storage that does not answer
is not asked again for a while, so that it does not slow requests down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from aiocache.backends.memory import SimpleMemoryCache
from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

Result = TypeVar("Result")

PATIENCE = 0.12
"""Seconds for one command, which bound what a hanging storage costs a request."""
PAUSE = 5.0
"""Seconds for which a storage that did not answer is not asked."""
CONNECTIONS = 8
"""Commands take microseconds and wait for each other here; opening a connection takes longer than many of them."""

log = structlog.get_logger(__name__)


class StorageAway(Exception):
    """The storage did not answer, or failed just now."""


@dataclass(slots=True)
class Storage:
    """A storage; `shared` when other processes see it, too. Every method raises StorageAway."""

    backend: BaseCache
    shared: bool
    clock: Callable[[], float] = time.monotonic
    _away_until: float = 0.0

    async def get(self, key: str) -> bytes | None:
        found: bytes | None = await self._ask(self.backend.get(key))
        return found

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        await self._ask(self.backend.set(key, value, ttl=ttl))

    async def add(self, key: str, value: bytes, ttl: float) -> bool:
        """Add a key and return whether it was missing."""
        return bool(await self._ask(_added(self.backend.add(key, value, ttl=ttl))))

    async def delete(self, key: str) -> None:
        await self._ask(self.backend.delete(key))

    async def release(self, key: str, value: bytes) -> None:
        """Delete a key unless it has another value by now, in one step."""
        await self._ask(self.backend._redlock_release(self.backend.build_key(key), value))

    async def is_there(self) -> bool:
        try:
            await self.get("gjj:readyz")
        except StorageAway:
            return False
        return True

    async def close(self) -> None:
        await self.backend.close()

    async def _ask(self, command: Coroutine[Any, Any, Result]) -> Result:
        if not self.shared:
            return await command
        if self.clock() < self._away_until:
            command.close()
            raise StorageAway
        task = asyncio.ensure_future(command)
        try:
            done, _ = await asyncio.wait((task,), timeout=PATIENCE)
            if not done:
                # A busy process is late itself: what has arrived meanwhile is read before it counts as a failure.
                done, _ = await asyncio.wait((task,), timeout=0.01)
            if done:
                return task.result()
            raise TimeoutError
        except Exception as error:
            self._left_alone(error)
            raise StorageAway from error
        finally:
            task.cancel()

    def _left_alone(self, error: Exception) -> None:
        now = self.clock()
        if now >= self._away_until:
            # Its own text may quote what was stored.
            log.warning("cache_away", error=type(error).__name__)
        self._away_until = now + PAUSE


async def _added(add: Awaitable[Any]) -> bool:
    try:
        return bool(await add)
    except ValueError:  # aiocache raises it when the key exists
        return False


class BoundedMemory(SimpleMemoryCache):  # type: ignore[misc] # aiocache has no types
    """aiocache's memory backend with `most` entries, of which the least recently used is evicted first."""

    def __init__(self, most: int) -> None:
        super().__init__(serializer=NullSerializer(encoding=None), timeout=None)
        self._most = most

    async def get(self, key: str, *_: Any, **__: Any) -> Any:
        """Read without aiocache's plugins and time limits, which take longer than the look-up itself."""
        return await self._get(key)

    async def _get(self, key: str, encoding: str | None = None, _conn: Any = None) -> Any:
        if key not in self._cache:
            return None
        self._cache[key] = value = self._cache.pop(key)
        return value

    async def _set(
        self, key: str, value: Any, ttl: float | None = None, _cas_token: Any = None, _conn: Any = None
    ) -> Any:
        done = await super()._set(key, value, ttl=ttl, _cas_token=_cas_token)
        while len(self._cache) > self._most:
            await self._delete(next(iter(self._cache)))
        return done


def in_memory(most: int) -> Storage:
    return Storage(BoundedMemory(most), shared=False)


def in_redis(url: str) -> Storage:
    """Make a storage that connects at its first command."""
    from bff.store.redis import redis_backend  # redis is an extra

    return Storage(redis_backend(url, PATIENCE, CONNECTIONS), shared=True)
