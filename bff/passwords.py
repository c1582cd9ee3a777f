"""Password hashes: argon2id in threads, a bounded number of them at once, so that sign-ins cannot starve queries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bff.errors import Problem, ProblemCode

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Passwords:
    """`at_once` hashes run in parallel (64 MiB each by default), `waiting` more may queue."""

    memory_kib: int = 65536
    iterations: int = 3
    at_once: int = 2
    waiting: int = 64
    _hasher: PasswordHasher = field(init=False)
    _slots: asyncio.Semaphore = field(init=False)
    _queue: list[int] = field(default_factory=lambda: [0])
    _nobody: str = field(init=False)

    def __post_init__(self) -> None:
        hasher = PasswordHasher(time_cost=self.iterations, memory_cost=self.memory_kib, parallelism=1)
        object.__setattr__(self, "_hasher", hasher)
        object.__setattr__(self, "_slots", asyncio.Semaphore(self.at_once))
        object.__setattr__(self, "_nobody", hasher.hash("nobody's password"))

    async def hash(self, password: str) -> str:
        return await self._in_turn(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """With no stored hash the same work is done, so that an unknown user takes as long as a wrong password."""
        matches = await self._in_turn(self._matches, stored or self._nobody, password)
        return matches and stored is not None

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[..., Answer], *arguments: str) -> Answer:
        if self._queue[0] >= self.waiting:
            raise Problem(ProblemCode.RATE_LIMITED, "系统繁忙，请稍后再试。", retryAfterSeconds=5)
        self._queue[0] += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._queue[0] -= 1
