"""The cache of the core's records: single flight for each key, and stale records with their age while the core is
unavailable. A storage that does not answer makes it slower, never wrong."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bff.cache.entries import CachedRecord, CacheEntry, decode, key_of
from bff.cache.generations import Generations
from bff.cache.policy import CachePolicy
from bff.cache.refresh_lease import RefreshLease
from bff.legacy import deadline
from bff.legacy.errors import CoreBadData, CoreError, CoreRejected, CoreTimeout
from bff.store.keyvalue import Storage, StorageAway, in_memory, in_redis

__all__ = ["CachedRecord", "RecordCache", "is_unavailable", "key_of", "open_cache"]

Record = TypeVar("Record")
Fetch = Callable[[], Awaitable[Record]]
"""Asks the core for a record."""


@dataclass(frozen=True, slots=True)
class _Demand:
    """What a read accepts: a record that was received at or after `not_before`, and of a list at least `rows` where
    there are so many. `requested_at` is when the request began that reads."""

    requested_at: float
    not_before: float
    rows: int | None

    def accepts(self, entry: CacheEntry[Any], now: float) -> bool:
        is_new = now < entry.fresh_until and entry.received_at >= self.not_before
        return is_new and self._has_rows(entry.record)

    def _has_rows(self, page: Any) -> bool:
        return self.rows is None or len(page.rows) + page.unreadable >= min(self.rows, page.total)


@dataclass(frozen=True, slots=True)
class _Flight:
    account_number: str | None
    task: asyncio.Task[CachedRecord[Any]]


@dataclass(slots=True)
class RecordCache:
    """`clock` is wall-clock seconds, the same for all processes. `fresh_at_most` caps every policy's `fresh`; `lease`
    is how long one flight may take, and how long another process waits for it. `count(record, result)` counts each
    read: hit, joined, miss, stale or error."""

    storage: Storage
    clock: Callable[[], float] = time.time
    fresh_at_most: float | None = None
    lease: float = 10.0
    count: Callable[[str, str], None] = lambda _, __: None
    _flights: dict[str, _Flight] = field(default_factory=dict)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _generations: Generations = field(init=False)

    def __post_init__(self) -> None:
        self._generations = Generations(self.storage)

    async def read(
        self,
        policy: CachePolicy[Record],
        account_number: str | None,
        fetch: Fetch[Record],
        *arguments: object,
        requested_at: float | None = None,
        not_before: float = 0.0,
        rows: int | None = None,
    ) -> CachedRecord[Record]:
        """Return what `fetch` gives, or gave a while ago. `account_number` is null for public records; `arguments` are
        all else that the record depends on. `requested_at` is when the request began, in the clock's seconds, now by
        default; a record received before `not_before` does not count as fresh. Of a list `fetch` gives its first
        `rows`; one entry is kept whatever their number. It may have more, and fewer while the core is unavailable.

        Raises what `fetch` raises, and CoreTimeout where the request has no time left.
        """
        generation = "" if account_number is None else await self._generations.of(account_number)
        key = key_of(policy, account_number, generation, arguments)
        demand = _Demand(self.clock() if requested_at is None else requested_at, not_before, rows)
        # A read that demands a newer record, or more rows, does not join a flight that may give less.
        name = f"{key}:{rows}:{'anew' if not_before else ''}"
        flight = self._flights.get(name)
        if flight is None:
            is_stored = generation is not None
            flight = self._start_flight(name, account_number, self._fly(policy, key, fetch, is_stored, demand))
        else:
            self.count(policy.name, "joined")
        return await _within_deadline(policy, flight.task)

    async def read_stale(
        self, policy: CachePolicy[Record], account_number: str | None, *arguments: object
    ) -> CachedRecord[Record] | None:
        """Return a record that may be served while the core is unavailable, with its age; null where there is none."""
        generation = "" if account_number is None else await self._generations.of(account_number)
        if generation is None or not policy.stale:
            return None
        entry = await self._load(policy, key_of(policy, account_number, generation, arguments))
        if entry is None:
            return None
        self.count(policy.name, "stale")
        return entry.stale(self.clock())

    async def generation(self, account_number: str) -> str | None:
        """Return a value that changes whenever this account's records are invalidated, in any process; null where it
        is not known."""
        return await self._generations.of(account_number)

    async def invalidate(self, account_number: str) -> None:
        """Drop this account's records, in every process; reads from here on join no flight that began before."""
        for key in [key for key, flight in self._flights.items() if flight.account_number == account_number]:
            del self._flights[key]
        await self._generations.renew(account_number)

    async def close(self) -> None:
        """Cancel the flights and close the storage."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.storage.close()

    def _start_flight(self, name: str, account_number: str | None, work: Any) -> _Flight:
        flight = self._flights[name] = _Flight(account_number, asyncio.create_task(work))
        self._tasks.add(flight.task)  # also while it is no longer to be joined
        flight.task.add_done_callback(lambda _: self._end_flight(name, flight))
        return flight

    def _end_flight(self, name: str, flight: _Flight) -> None:
        self._tasks.discard(flight.task)
        if self._flights.get(name) is flight:
            del self._flights[name]
        if not flight.task.cancelled():
            flight.task.exception()  # every reader may have left

    async def _fly(
        self, policy: CachePolicy[Record], key: str, fetch: Fetch[Record], is_stored: bool, demand: _Demand
    ) -> CachedRecord[Record]:
        """Read for all who join: no reader's own deadline or leaving ends it."""
        deadline.start(self.lease)
        old: CacheEntry[Record] | None = None
        try:
            if is_stored and (old := await self._load(policy, key)) and demand.accepts(old, self.clock()):
                self.count(policy.name, "hit")
                return old.fresh()
            return await self._refresh(policy, key, fetch, is_stored, demand)
        except CoreError as error:
            if old is None or not policy.stale or not is_unavailable(error):
                self.count(policy.name, "error")
                raise
            self.count(policy.name, "stale")
            return old.stale(self.clock())

    async def _refresh(
        self, policy: CachePolicy[Record], key: str, fetch: Fetch[Record], is_stored: bool, demand: _Demand
    ) -> CachedRecord[Record]:
        lease = RefreshLease(self.storage, policy.name, key, self.lease) if is_stored and self.storage.shared else None
        if lease and (found := await lease.acquire(lambda: self._load_accepted(policy, key, demand))) is not None:
            self.count(policy.name, "joined")
            return found.fresh()
        self.count(policy.name, "miss")
        outage = False
        try:
            return await self._fetch(policy, key if is_stored else None, fetch, demand)
        except CoreError as error:
            outage = is_unavailable(error)
            raise
        finally:
            if lease:
                await lease.release(outage=outage)

    async def _fetch(
        self, policy: CachePolicy[Record], key: str | None, fetch: Fetch[Record], demand: _Demand
    ) -> CachedRecord[Record]:
        """Ask the core, and store its record under `key`, if any."""
        record = await fetch()
        if key is None:
            return CachedRecord(record, received_at=self.clock(), requested_at=demand.requested_at)
        return (await self._store(policy, key, record, demand)).fresh()

    async def _load(self, policy: CachePolicy[Record], key: str) -> CacheEntry[Record] | None:
        try:
            raw = await self.storage.get(key)
        except StorageAway:
            return None
        entry = None if raw is None else decode(policy, raw)
        return entry if entry is not None and self.clock() - entry.received_at < policy.kept else None

    async def _load_accepted(self, policy: CachePolicy[Record], key: str, demand: _Demand) -> CacheEntry[Record] | None:
        entry = await self._load(policy, key)
        return entry if entry is not None and demand.accepts(entry, self.clock()) else None

    async def _store(
        self, policy: CachePolicy[Record], key: str, record: Record, demand: _Demand
    ) -> CacheEntry[Record]:
        # The entries of one request end together, as far as their policies allow; those of different requests do not.
        part = random.Random(demand.requested_at).uniform(0.8, 1.0)  # noqa: S311 (no secret)
        fresh_until = demand.requested_at + self._fresh(policy) * part
        entry = CacheEntry(self.clock(), fresh_until, demand.requested_at, record)
        with contextlib.suppress(StorageAway):
            await self.storage.set(key, entry.encode(), policy.kept if policy.stale else self._fresh(policy))
        return entry

    def _fresh(self, policy: CachePolicy[Any]) -> float:
        return policy.fresh if self.fresh_at_most is None else min(policy.fresh, self.fresh_at_most)


async def _within_deadline(
    policy: CachePolicy[Any], flight: asyncio.Task[CachedRecord[Record]]
) -> CachedRecord[Record]:
    try:
        async with asyncio.timeout(deadline.remaining()):
            return await asyncio.shield(flight)
    except TimeoutError as error:
        raise CoreTimeout(policy.name, "no answer within the request's deadline") from error


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the core gave no answer; a refusal, or data that cannot be trusted, is one that no stale record may
    hide."""
    return isinstance(error, CoreError) and not isinstance(error, CoreRejected | CoreBadData)


def open_cache(
    url: str,
    *,
    entries: int,
    clock: Callable[[], float],
    fresh_at_most: float | None,
    lease: float,
    count: Callable[[str, str], None],
) -> RecordCache:
    """Open a cache in Redis or Valkey; without a URL in this process's memory, with at most so many `entries`."""
    storage = in_redis(url) if url else in_memory(entries)
    return RecordCache(storage, clock, fresh_at_most, lease, count)
