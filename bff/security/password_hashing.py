"""Password hashing: argon2id in threads, a bounded number at once, so that sign-ins cannot starve queries; in turns by
network, so that one network cannot starve the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from bff.errors import ApiError, ApiErrorCode
from bff.security.fair_queue import FairQueue, QueueFull

Answer = TypeVar("Answer")


@dataclass(slots=True)
class PasswordHasher:
    """Hashes passwords: `at_once` in parallel (64 MiB each by default), while `waiting` more queue for `patience`
    seconds. `count` is called for each hash that was computed."""

    memory_kib: int = 65536
    iterations: int = 3
    at_once: int = 2
    waiting: int = 64
    patience: float = 5.0
    count: Callable[[], None] = lambda: None
    _hasher: argon2.PasswordHasher = field(init=False)
    _queue: FairQueue = field(init=False)
    _running: set[asyncio.Future[Any]] = field(default_factory=set)
    _unknown: str = field(init=False)

    def __post_init__(self) -> None:
        hasher = argon2.PasswordHasher(time_cost=self.iterations, memory_cost=self.memory_kib, parallelism=1)
        self._hasher, self._queue = hasher, FairQueue(self.at_once, self.waiting)
        self._unknown = hasher.hash("nobody's password")

    async def hash(self, password: str, network: str = "") -> str:
        """Hash a password; `network` is the client's. Raises RATE_LIMITED when too many wait."""
        return await self._in_turn(lambda: self._hasher.hash(_bytes(password)), network)

    async def verify(self, stored: str | None, password: str, network: str = "") -> bool:
        """Return whether the hash is the password's. Without a stored hash as much work is done, so that an unknown
        user takes as long as a wrong password. Raises RATE_LIMITED when too many wait."""
        matches = await self._in_turn(lambda: self._matches(stored or self._unknown, password), network)
        return matches and stored is not None

    @property
    def waiting_now(self) -> int:
        return len(self._queue)

    @property
    def running_now(self) -> int:
        return len(self._running)

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], Answer], network: str = "") -> Answer:
        try:
            await self._queue.acquire(network, self.patience)
        except QueueFull:
            raise _busy() from None
        running = asyncio.ensure_future(asyncio.to_thread(work))
        # A caller that goes away does not free the processor: the slot is free when the hash is done.
        self._running.add(running)
        running.add_done_callback(self._done)
        return await asyncio.shield(running)

    def _done(self, running: asyncio.Future[Any]) -> None:
        self._running.discard(running)
        self._queue.release()
        self.count()


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _busy() -> ApiError:
    return ApiError(ApiErrorCode.RATE_LIMITED, "系统繁忙，请稍后再试。", retryAfterSeconds=5)
