"""The generation of each account's cached records: a part of their keys, so that a new generation invalidates all of
them, in every process."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, field
from uuid import uuid4

from bff.cache.policy import DAY
from bff.store.keyvalue import Storage, StorageAway


@dataclass(slots=True)
class Generations:
    """Generations are random, not counted: one that was lost never comes back, nor do the records under it."""

    storage: Storage
    _owed: set[str] = field(default_factory=set)
    _current: dict[str, asyncio.Task[str | None]] = field(default_factory=dict)
    _next: dict[str, asyncio.Task[str | None]] = field(default_factory=dict)

    async def of(self, account_number: str) -> str | None:
        """Return the generation as it is at some moment after this call; null where the storage does not answer."""
        if not self.storage.shared:
            return await self._read(account_number)
        if account_number not in self._current:
            task = self._current[account_number] = self._start(account_number, None)
        elif account_number in self._next:
            task = self._next[account_number]
        else:
            # The read under way may have begun before this call: callers from here on share the next one.
            task = self._next[account_number] = self._start(account_number, self._current[account_number])
        return await asyncio.shield(task)

    async def renew(self, account_number: str) -> None:
        """Start a new generation. A storage that does not answer now is told before it is read again."""
        self._owed.add(account_number)
        with contextlib.suppress(StorageAway):
            await self._write(account_number)

    def _start(self, account_number: str, after: asyncio.Task[str | None] | None) -> asyncio.Task[str | None]:
        task = asyncio.create_task(self._read_after(account_number, after))
        task.add_done_callback(lambda _: self._finish(account_number, task))
        return task

    def _finish(self, account_number: str, task: asyncio.Task[str | None]) -> None:
        if self._current.get(account_number) is task:
            del self._current[account_number]

    async def _read_after(self, account_number: str, after: asyncio.Task[str | None] | None) -> str | None:
        if after is not None:
            await asyncio.wait((after,))
            self._current[account_number] = self._next.pop(account_number)
        return await self._read(account_number)

    async def _read(self, account_number: str) -> str | None:
        key = _key(account_number)
        try:
            if account_number in self._owed:
                await self._write(account_number)
            found = await self.storage.get(key)
            if found is None:
                first = uuid4().hex.encode()
                found = first if await self.storage.add(key, first, DAY) else await self.storage.get(key)
        except StorageAway:
            return None
        return found.decode() if found is not None else None

    async def _write(self, account_number: str) -> None:
        await self.storage.set(_key(account_number), uuid4().hex.encode(), DAY)
        self._owed.discard(account_number)


def _key(account_number: str) -> str:
    return "generation:" + hashlib.sha256(account_number.encode()).hexdigest()
