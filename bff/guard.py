"""Slows guessing down and stops it, for every secret there is, without locking its owner out for long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

PAIR = tuple(parse_many("3/5 seconds; 5/minute; 10/hour; 20/day"))
"""One secret from one address: the pauses grow with the tries."""
ACCOUNT = tuple(parse_many("20/15 minutes"))
"""One secret from all addresses that its owner never came from."""
ADDRESS = tuple(parse_many("60/15 minutes"))
"""One address against anybody's secrets."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Counts in this process's memory, or in Redis for all processes."""

    limiter: SlidingWindowCounterRateLimiter

    @classmethod
    def open(cls, redis_url: str) -> Guard:
        storage: Storage = MemoryStorage()
        if redis_url:
            storage = RedisStorage(f"async+{redis_url}", implementation="redispy", key_prefix="gjj:guard")
        return cls(SlidingWindowCounterRateLimiter(storage))

    async def admits(self, secret: str, account: str, address: str, *, known_address: bool = False) -> bool:
        """Counts one try of `secret` ("login password", "SMS code" …) before it is compared.

        `account` is whoever's secret it is, known to us or not; from an address that its owner signed in from before,
        others' tries against the account do not count.
        """
        keys = [(PAIR, (secret, account, address)), (ADDRESS, (secret, address))]
        if not known_address:
            keys.append((ACCOUNT, (secret, account)))
        # All are counted, also when the first already refuses: a refused try costs as much as any other.
        return all([await self._hit(items, key) for items, key in keys])

    async def allows(self, items: Iterable[RateLimitItem], *key: str) -> bool:
        """Counts one use of something that is limited for other reasons than guessing, such as messages sent."""
        return await self._hit(items, key)

    async def forget(self, secret: str, account: str, address: str) -> None:
        """After the right secret the pauses start anew."""
        for item in PAIR:
            await self.limiter.clear(item, *_hashed((secret, account, address)))

    async def _hit(self, items: Iterable[RateLimitItem], key: Iterable[str]) -> bool:
        hashed = _hashed(key)
        return all([await self.limiter.hit(item, *hashed) for item in items])


def _hashed(key: Iterable[str]) -> tuple[str, ...]:
    """Phones and addresses do not stand in a shared Redis."""
    return tuple(hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:32] for part in key)


def client_address(peer: str, forwarded: str | None, trusted: Iterable[str]) -> str:
    """The caller's address: the last hop of X-Forwarded-For that is not a trusted proxy, if the peer is one."""
    networks = [ip_network(each, strict=False) for each in trusted]

    def is_trusted(address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in networks)
        except ValueError:
            return False

    hops = [hop.strip() for hop in (forwarded or "").split(",") if hop.strip()]
    address = peer
    while is_trusted(address) and hops:
        address = hops.pop()
    return address
