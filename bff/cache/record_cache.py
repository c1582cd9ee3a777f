"""A cache around the gateways' reading calls: records, not XML, one flight for each key, and old answers with their
age while the core is away. A dead storage makes it slower, never wrong."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import uuid4

import msgspec

from bff.cache.generations import Generations
from bff.cache.policy import TABLE, Cached
from bff.legacy import deadline
from bff.legacy.errors import CoreBadData, CoreCallNotPermitted, CoreError, CoreRejected, CoreTimeout
from bff.store.keyvalue import Storage, StorageAway, in_memory, in_redis

__all__ = ["Answer", "Cache", "is_away", "open_cache"]

Record = TypeVar("Record")

LOOK_EVERY = 0.03
"""Seconds between two looks while another process asks the core."""
DOWN = b"down"
DOWN_FOR = 1.0
"""Seconds for which a process that met an outage speaks for the others."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[Record]):
    """`age` is null for a fresh record, else the seconds since the core said it. `until` is the end of a fresh one, 0
    where nothing can say that it still holds. The core said it at `said_at`, asked by a reading that began at
    `reading`."""

    record: Record
    age: float | None = None
    until: float = field(default=0.0, compare=False)
    said_at: float = field(default=0.0, compare=False)
    reading: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Record]):
    said_at: float
    fresh_until: float
    reading: float
    record: Record

    def answer(self) -> Answer[Record]:
        return Answer(self.record, until=self.fresh_until, said_at=self.said_at, reading=self.reading)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What one flight is for: `reading` is the moment at which the request began that it is made for, and nothing that
    was said before `not_before` will do, nor a page with fewer than `rows` where there are more. `turn` is the mark by
    which its turn is known as its own."""

    reading: float
    not_before: float
    rows: int | None = None
    turn: bytes = field(default_factory=lambda: uuid4().hex.encode())

    def is_met_by(self, record: Any) -> bool:
        return self.rows is None or len(record.rows) + record.unreadable >= min(self.rows, record.total)


_DECODERS: dict[str, msgspec.msgpack.Decoder[Any]] = {
    row.name: msgspec.msgpack.Decoder(tuple[float, float, float, row.holds])  # type: ignore[name-defined] # a type at run time
    for row in TABLE
}


@dataclass(slots=True)
class Cache:
    """`clock` is wall-clock seconds, the same for all processes. `fresh_at_most` caps every row's `fresh`; `lease` is
    how long one flight may take, and how long another process waits for it. `count(read, result)` is told of each read:
    hit, joined, miss, stale or error."""

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
        row: Cached[Record],
        member: str | None,
        call: Callable[[], Awaitable[Record]],
        *asked: object,
        reading: float | None = None,
        not_before: float = 0.0,
        rows: int | None = None,
    ) -> Answer[Record]:
        """What `call` gives, or gave a while ago. `member` is the account's number, null for what is everybody's;
        `asked` is all else that the answer depends on. `reading` is when the request began, in the clock's seconds, now
        by default; what the core said before `not_before` counts as no longer fresh. Of a list `call` gives its first
        `rows`; one entry is kept whatever their number. It may have more, and fewer while the core is away.

        Raises what `call` raises, and CoreTimeout when the request has no time left.
        """
        generation = "" if member is None else await self._generations.of(member)
        key = key_of(row, member, generation, asked)
        wanted = _Wanted(self.clock() if reading is None else reading, not_before, rows)
        # Who wants a new reading, or more rows, does not join those whom another one serves.
        name = f"{key}:{rows}:{'anew' if not_before else ''}"
        flight = self._flights.get(name)
        if flight is None:
            stored = generation is not None
            task = asyncio.create_task(self._fly(row, key, call, stored, wanted))
            flight = self._flights[name] = _Flight(member, task)
            self._tasks.add(task)  # also while it is no longer to be joined
            task.add_done_callback(lambda _: self._landed(name, flight))
        else:
            self.count(row.name, "joined")
        return await _within_deadline(row, flight.task)

    async def kept(self, row: Cached[Record], member: str | None, *asked: object) -> Answer[Record] | None:
        """An old answer that may serve while the core is away, with its age; null where there is none."""
        generation = "" if member is None else await self._generations.of(member)
        if generation is None or not row.stale:
            return None
        old = await self._load(row, key_of(row, member, generation, asked))
        if old is None:
            return None
        self.count(row.name, "stale")
        return Answer(old.record, max(0.0, self.clock() - old.said_at))

    async def generation(self, member: str) -> str | None:
        """What changes whenever this member's entries are dropped, in any process; null when it is not known."""
        return await self._generations.of(member)

    async def drop(self, member: str) -> None:
        """From here on nobody is answered with what was read before of this member, in no process."""
        for key in [key for key, flight in self._flights.items() if flight.member == member]:
            del self._flights[key]
        await self._generations.end(member)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.storage.close()

    async def _fly(
        self, row: Cached[Record], key: str, call: Callable[[], Awaitable[Record]], stored: bool, wanted: _Wanted
    ) -> Answer[Record]:
        """For all who wait for this key: no one's own deadline or leaving ends it."""
        deadline.start(self.lease)
        old: _Entry[Record] | None = None
        try:
            if stored and (old := await self._load(row, key)) is not None and self._is_fresh(old, wanted):
                self.count(row.name, "hit")
                return old.answer()
            if stored and self.storage.shared and (news := await self._await_turn(row, key, wanted)) is not None:
                self.count(row.name, "joined")
                return news.answer()
            self.count(row.name, "miss")
            return await self._ask_core(row, key, call, stored, wanted)
        except CoreError as error:
            if old is None or not row.stale or not is_away(error):
                self.count(row.name, "error")
                raise
            self.count(row.name, "stale")
            return Answer(old.record, max(0.0, self.clock() - old.said_at))

    async def _ask_core(
        self, row: Cached[Record], key: str, call: Callable[[], Awaitable[Record]], stored: bool, wanted: _Wanted
    ) -> Answer[Record]:
        down = False
        try:
            record = await call()
            if not stored:
                return Answer(record, said_at=self.clock(), reading=wanted.reading)
            return (await self._store(row, key, record, wanted)).answer()
        except CoreError as error:
            down = is_away(error)
            raise
        finally:
            if stored:
                await self._end_turn(key, wanted, down=down)

    async def _await_turn(self, row: Cached[Record], key: str, wanted: _Wanted) -> _Entry[Record] | None:
        """Null when this process is to ask the core; else what another one was told meanwhile.

        Raises CoreCallNotPermitted when another one just met an outage.
        """
        turn, give_up = _turn_key(key), time.monotonic() + self.lease
        with contextlib.suppress(StorageAway):
            while not await self.storage.add(turn, wanted.turn, self.lease) and time.monotonic() < give_up:
                if await self.storage.get(turn) == DOWN:
                    raise CoreCallNotPermitted(row.name, "another process met an outage", DOWN_FOR)
                await asyncio.sleep(random.uniform(0.5, 1.5) * LOOK_EVERY)  # noqa: S311 (no secret)
                if (news := await self._load_fresh(row, key, wanted)) is not None:
                    return news
            # Another one's turn may have ended between this one's look and its own turn.
            if (news := await self._load_fresh(row, key, wanted)) is not None:
                await self._end_turn(key, wanted, down=False)
            return news
        return None

    async def _end_turn(self, key: str, wanted: _Wanted, *, down: bool) -> None:
        """One that came too late, or never had it, leaves the turn to the process that has it now."""
        if self.storage.shared:
            with contextlib.suppress(StorageAway):
                if down:
                    await self.storage.set(_turn_key(key), DOWN, DOWN_FOR)
                else:
                    await self.storage.release(_turn_key(key), wanted.turn)

    async def _load(self, row: Cached[Record], key: str) -> _Entry[Record] | None:
        """Null as well for what another version of this server wrote differently."""
        try:
            raw = await self.storage.get(key)
            entry: _Entry[Record] | None = _Entry(*_DECODERS[row.name].decode(raw)) if raw is not None else None
        except (StorageAway, msgspec.MsgspecError):
            return None
        return entry if entry is not None and self.clock() - entry.said_at < row.kept else None

    async def _load_fresh(self, row: Cached[Record], key: str, wanted: _Wanted) -> _Entry[Record] | None:
        entry = await self._load(row, key)
        return entry if entry is not None and self._is_fresh(entry, wanted) else None

    async def _store(self, row: Cached[Record], key: str, record: Record, wanted: _Wanted) -> _Entry[Record]:
        # The entries of one reading end together, as far as their rows allow; different readings do not.
        part = random.Random(wanted.reading).uniform(0.8, 1.0)  # noqa: S311 (no secret)
        entry = _Entry(self.clock(), wanted.reading + self._fresh(row) * part, wanted.reading, record)
        raw = msgspec.msgpack.encode((entry.said_at, entry.fresh_until, entry.reading, record))
        with contextlib.suppress(StorageAway):
            await self.storage.set(key, raw, row.kept if row.stale else self._fresh(row))
        return entry

    def _fresh(self, row: Cached[Any]) -> float:
        return row.fresh if self.fresh_at_most is None else min(row.fresh, self.fresh_at_most)

    def _is_fresh(self, entry: _Entry[Any], wanted: _Wanted) -> bool:
        is_new = self.clock() < entry.fresh_until and entry.said_at >= wanted.not_before
        return is_new and wanted.is_met_by(entry.record)

    def _landed(self, key: str, flight: _Flight) -> None:
        self._tasks.discard(flight.task)
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.task.cancelled():
            flight.task.exception()  # everybody who waited may have left


@dataclass(frozen=True, slots=True)
class _Flight:
    member: str | None
    task: asyncio.Task[Answer[Any]]


async def _within_deadline(row: Cached[Any], flight: asyncio.Task[Answer[Record]]) -> Answer[Record]:
    try:
        async with asyncio.timeout(deadline.remaining()):
            return await asyncio.shield(flight)
    except TimeoutError as error:
        raise CoreTimeout(row.name, "no answer within the request's deadline") from error


def is_away(error: BaseException | None) -> bool:
    """Else the core answered: with a refusal, or with data that an older answer must not cover up."""
    return isinstance(error, CoreError) and not isinstance(error, CoreRejected | CoreBadData)


def key_of(row: Cached[Any], member: str | None, generation: str | None, asked: tuple[object, ...]) -> str:
    """The parts are packed, not joined, so that no two lists of parts look alike, and hashed, so that no account's
    number stands in a shared storage."""
    return hashlib.sha256(msgspec.msgpack.encode((row.name, member, generation, asked))).hexdigest()


def _turn_key(key: str) -> str:
    return f"{key}:turn"


def open_cache(
    url: str,
    *,
    entries: int,
    clock: Callable[[], float],
    fresh_at_most: float | None,
    lease: float,
    count: Callable[[str, str], None],
) -> Cache:
    """`url` is Redis's or Valkey's; empty for this process's memory with at most so many `entries`."""
    storage = in_redis(url) if url else in_memory(entries)
    return Cache(storage, clock, fresh_at_most, lease, count)
