"""Eviction policy of a Redis: counts of attempts protect nothing where clients can have them evicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NOEVICTION = "noeviction"
PATIENCE = 2.0
"""Seconds for connecting, and for each answer."""


@dataclass(frozen=True, slots=True)
class Eviction:
    """`limit` is in bytes, 0 for none: without one nothing is evicted."""

    policy: str
    limit: int

    @property
    def threatens(self) -> bool:
        return self.limit > 0 and self.policy != NOEVICTION


async def eviction_of(url: str) -> Eviction | None:
    """Return null when the server does not tell. Raises OSError, RedisError, ValueError and ImportError."""
    from redis.asyncio import Redis  # an extra
    from redis.exceptions import ResponseError

    url = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url
    client = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True)
    try:
        told: dict[str, Any] = await client.info("memory")  # which is allowed where CONFIG is not
    except ResponseError:
        return None
    finally:
        await client.aclose()
    if "maxmemory_policy" not in told:
        return None
    return Eviction(str(told["maxmemory_policy"]), int(told.get("maxmemory", 0)))
