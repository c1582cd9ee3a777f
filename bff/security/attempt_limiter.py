"""Limits of attempts at a secret: guessing becomes slow and stops, and the secret's owner is not locked out for
long."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import floor
from time import time
from typing import Any, TypeVar, cast

import structlog
from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage, SlidingWindowCounterSupport
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from bff.security.client_address import network_of

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
Limiter = SlidingWindowCounterRateLimiter
Limits = Sequence[RateLimitItem]

PAIR = tuple(parse_many("3/5 seconds; 5/minute; 10/10 minutes; 20/hour"))
"""Tries of a secret under one name from one network: the pauses grow with the tries, up to an hour."""
NAME = tuple(parse_many("10/15 minutes"))
"""Tries of a secret under one name from everywhere. A member has two, a phone and an ID number."""
CROWDED = tuple(parse_many("3/hour"))
"""Tries under a name that has none left, of each network: in case its owner is there."""
NETWORK = tuple(parse_many("60/15 minutes"))
"""Wrong tries of one network against anybody's secrets. Right ones do not count: many members share an address."""

A_MOMENT = 0.001
"""Seconds by which clocks and their arithmetic are off."""
PATIENCE = 0.5
"""Seconds that Redis has for an answer."""
CONNECTIONS = 8
"""To Redis; each takes a descriptor, however many requests come at once."""
MEMORY_AFTER_FAILURE = 5.0
"""Seconds in which Redis is not asked again once it has failed."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of something limited, and the key that it is counted under."""

    limits: Limits
    key: tuple[str, ...]


@dataclass(slots=True)
class AttemptLimiter:
    """Sliding-window counters, in Redis for all processes, or in this process's memory: without a URL, and while Redis
    is away."""

    shared: Limiter | None
    own: Limiter
    _shared_again_at: float = 0.0

    @classmethod
    def open(cls, redis_url: str) -> AttemptLimiter:
        own = Limiter(MemoryStorage())
        return cls(Limiter(_redis(redis_url)) if redis_url else None, own)

    async def close(self) -> None:
        if self.shared is not None:
            connection = self.shared.storage.bridge.get_connection()  # type: ignore[attr-defined] # RedisStorage
            await connection.aclose(close_connection_pool=True)

    async def wait(self, secret: str, name: str, address: str) -> int:
        """Count an attempt at `secret` ("login password", "SMS code" …) before it is compared. Return the seconds until
        one may be made, 0 when this one may.

        `name` is what the attempt is made under, tidied. The answer depends on that and on the network alone, never on
        whether there is such an account. A refused attempt counts nowhere, so it never prolongs a pause.
        """
        pair = Use(PAIR, (secret, name, network_of(address)))
        if seconds := await self.wait_for_network(secret, address):
            return max(seconds, await self.wait_of(pair))
        return await self.use_all(pair)

    async def wait_for_network(self, secret: str, address: str) -> int:
        """Return the seconds until this network may try any secret again; count nothing."""
        return await self.wait_of(Use(NETWORK, (secret, network_of(address))))

    async def wrong(self, secret: str, address: str) -> None:
        """Count a wrong secret against the network."""
        await self.use(NETWORK, secret, network_of(address))

    async def use(self, items: Limits, *key: str) -> int:
        """Count one use. Return the seconds until one is possible, 0 when this one is."""
        return await self.use_all(Use(items, key))

    async def use_all(self, *uses: Use) -> int:
        """Count one use under every limit, or under none. Return the seconds until all of them allow one, 0 when they
        do."""
        counted: list[tuple[RateLimitItem, tuple[str, ...]]] = []
        for item, key in _limits_of(uses):
            if not await self._ask(Limiter.hit, item, key):
                for one, under in counted:
                    await self._ask(_give_back, one, under)
                return max(1, await self.wait_of(*uses))
            counted.append((item, key))
        return 0

    async def wait_of(self, *uses: Use) -> int:
        """Return the seconds until every limit allows one more, which is the longest of their waits; count nothing."""
        waits = [await self._ask(_seconds_until, item, key) for item, key in _limits_of(uses)]
        return max(waits, default=0)

    async def give_back(self, items: Limits, *key: str) -> None:
        """Take a use back that was counted a moment ago: a right secret leaves no trace that others could see."""
        for item in items:
            await self._ask(_give_back, item, _hashed(key))

    async def _ask(self, question: Callable[..., Awaitable[Answer]], item: RateLimitItem, key: Sequence[str]) -> Answer:
        if self.shared is not None and time() >= self._shared_again_at:
            try:
                return await question(self.shared, item, *key)
            except StorageError:
                self._shared_again_at = time() + MEMORY_AFTER_FAILURE
                log.warning("attempts_counted_in_memory", seconds=MEMORY_AFTER_FAILURE)
        return await question(self.own, item, *key)


def _limits_of(uses: Iterable[Use]) -> Iterator[tuple[RateLimitItem, tuple[str, ...]]]:
    return ((item, _hashed(use.key)) for use in uses for item in use.limits)


async def _seconds_until(limiter: Limiter, item: RateLimitItem, *key: str) -> int:
    """Return 0 where one more is allowed. A use of the window before counts for less and less; those of a window that
    is full begin to when it ends."""
    if await limiter.test(item, *key):
        return 0
    storage, expiry = cast(SlidingWindowCounterSupport, limiter.storage), item.get_expiry()
    previous, previous_left, current, current_left = await storage.get_sliding_window(item.key_for(*key), expiry)
    if current < item.amount and previous:
        seconds = previous_left - (item.amount - current) * expiry / previous
    else:
        seconds = current_left - expiry
    return floor(max(0.0, seconds) + A_MOMENT) + 1  # at that very moment it is still one too many


async def _give_back(limiter: Limiter, item: RateLimitItem, *key: str) -> bool:
    """Subtract one use: both storages add whatever they are told to."""
    return await limiter.hit(item, *key, cost=-1)


def _redis(url: str) -> RedisStorage:
    from redis.asyncio import BlockingConnectionPool  # redis is an extra

    # Valkey speaks Redis's protocol; its own scheme would ask for its own client.
    url = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url
    options: dict[str, Any] = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "timeout": PATIENCE}
    pool = BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS, **options)
    return RedisStorage(
        f"async+{url}",
        implementation="redispy",
        key_prefix="gjj:attempts",
        wrap_exceptions=True,
        connection_pool=pool,  # type: ignore[arg-type] # as its documentation says
    )


def _hashed(key: Iterable[str]) -> tuple[str, ...]:
    """Hash each part: phones and addresses do not stand in a shared Redis."""
    return tuple(hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:32] for part in key)
