"""The generation of each member's entries: part of their keys, so that a new one drops them all, in every process."""

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
    """Random, not counted: one that was lost never comes back, nor do the entries under it."""

    storage: Storage
    _owed: set[str] = field(default_factory=set)
    _now: dict[str, asyncio.Task[str | None]] = field(default_factory=dict)
    _next: dict[str, asyncio.Task[str | None]] = field(default_factory=dict)

    async def of(self, member: str) -> str | None:
        """As it is at some moment after this call; null when the storage does not tell."""
        if not self.storage.shared:
            return await self._look(member)
        if member not in self._now:
            task = self._now[member] = self._started(member, None)
        elif member in self._next:
            task = self._next[member]
        else:
            # What is on its way may have been looked up before this call: those who come now share the next look.
            task = self._next[member] = self._started(member, self._now[member])
        return await asyncio.shield(task)

    async def end(self, member: str) -> None:
        """A storage that is away now is told before it is asked again."""
        self._owed.add(member)
        with contextlib.suppress(StorageAway):
            await self._renew(member)

    def _started(self, member: str, after: asyncio.Task[str | None] | None) -> asyncio.Task[str | None]:
        task = asyncio.create_task(self._look_after(member, after))
        task.add_done_callback(lambda _: self._now.pop(member, None) if self._now.get(member) is task else None)
        return task

    async def _look_after(self, member: str, after: asyncio.Task[str | None] | None) -> str | None:
        if after is not None:
            await asyncio.wait((after,))
            self._now[member] = self._next.pop(member)
        return await self._look(member)

    async def _look(self, member: str) -> str | None:
        try:
            if member in self._owed:
                await self._renew(member)
            found = await self.storage.get(_key(member))
            if found is None:
                fresh = uuid4().hex.encode()
                found = (
                    fresh if await self.storage.add(_key(member), fresh, DAY) else await self.storage.get(_key(member))
                )
        except StorageAway:
            return None
        return found.decode() if found is not None else None

    async def _renew(self, member: str) -> None:
        await self.storage.set(_key(member), uuid4().hex.encode(), DAY)
        self._owed.discard(member)


def _key(member: str) -> str:
    return "generation:" + hashlib.sha256(member.encode()).hexdigest()
