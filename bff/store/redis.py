"""aiocache's Redis backend adapted to redis-py 8, also for Valkey."""

from __future__ import annotations

from typing import Any

from aiocache.backends.redis import RedisCache
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool, Redis

NAMESPACE = "gjj:cache"


class Shared(RedisCache):  # type: ignore[misc] # aiocache has no types
    async def _set(
        self, key: str, value: Any, ttl: float | None = None, _cas_token: Any = None, _conn: Any = None
    ) -> Any:
        # aiocache's own uses SETEX and PSETEX, which redis-py deprecates.
        return await self.client.set(key, value, px=None if ttl is None else max(1, round(ttl * 1000)))

    async def _close(self, *_: Any, **__: Any) -> None:
        await self.client.aclose()


def redis_backend(url: str, patience: float, connections: int) -> Shared:
    """Make a backend whose commands wait for one of so many connections; aiocache's own pool would fail."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=patience, socket_connect_timeout=patience, decode_responses=False
    )
    backend = Shared(serializer=NullSerializer(encoding=None), namespace=NAMESPACE, timeout=None)
    backend.client = Redis.from_pool(pool)
    return backend
