"""Fair queueing for a bounded number of places: callers take turns, so that one with many requests delays the others by
a place's time at most."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field


class QueueFull(Exception):
    """No place within the time, or too many waiting."""


@dataclass(slots=True)
class FairQueue:
    """`at_once` places, and `longest` requests that may wait for one. When these are too many, the caller with the most
    waiting loses its latest (longest queue drop)."""

    at_once: int
    longest: int
    _free: int = field(init=False)
    _waiting: OrderedDict[str, deque[asyncio.Future[None]]] = field(default_factory=OrderedDict)
    """In the order of their turns."""

    def __post_init__(self) -> None:
        self._free = self.at_once

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    async def acquire(self, caller: str, within: float) -> None:
        """Take a place for `caller`, to be given back by `release`. Raises QueueFull."""
        if self._free:
            self._free -= 1
            return
        if len(self) >= self.longest:
            self._drop_for(caller)
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(place)
        try:
            async with asyncio.timeout(within):
                await place
        except BaseException as error:
            self._give_up(caller, place)
            if isinstance(error, TimeoutError):
                raise QueueFull from None
            raise

    def release(self) -> None:
        """Give the place to the caller whose turn it is."""
        while self._waiting:
            caller, places = self._waiting.popitem(last=False)
            place = places.popleft()
            if places:
                self._waiting[caller] = places
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def _drop_for(self, caller: str) -> None:
        """Drop the latest of the caller with the most waiting. Raises QueueFull unless it has more than this one would
        have."""
        most = max(self._waiting, key=lambda each: len(self._waiting[each]), default=caller)
        own = len(self._waiting.get(caller, ()))
        if len(self._waiting.get(most, ())) <= own + 1:
            raise QueueFull
        if not (latest := self._waiting[most].pop()).done():
            latest.set_exception(QueueFull())

    def _give_up(self, caller: str, place: asyncio.Future[None]) -> None:
        places = self._waiting.get(caller, deque())
        if place in places:
            places.remove(place)
            if not places:
                del self._waiting[caller]
        elif not place.cancelled() and place.exception() is None:
            self.release()  # its turn came at the very moment when it left
