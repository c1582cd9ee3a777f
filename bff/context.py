"""What a request knows: the process's services, who is asking and from where."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from math import ceil, inf
from typing import Any, TypeVar

from bff.security.client_address import Client
from bff.security.current_session import CurrentSession
from bff.services import Services

Found = TypeVar("Found")


@dataclass(slots=True)
class CacheControl:
    """Until when what was found for a request may serve again, in wall-clock seconds; without end where nothing that
    changes was read."""

    until: float = inf

    def limit(self, until: float) -> None:
        self.until = min(self.until, until)

    def no_store(self) -> None:
        """It is audited, depends on the time of day, or is asked of the core each time."""
        self.until = 0.0


@dataclass(slots=True)
class Reading:
    """When the core said the member's records that one answer shows, in wall-clock seconds. Each was said between the
    beginning of the request that asked for it and its arrival. Where two of these spans do not overlap, something may
    have been posted between them: a balance that the cache kept would stand beside rows that the core has added to."""

    began: float = inf
    not_before: float = 0.0
    _latest_begin: float = 0.0
    _said_at: dict[str, float] = field(default_factory=dict)

    def begin(self, now: float) -> None:
        """Sets when this request began; to be called before each read, of which the first counts."""
        self.began = min(self.began, now)

    def note(self, record: str, began: float, said_at: float) -> None:
        """Adds a record to the answer, by its name in the cache's policy."""
        self._latest_begin = max(self._latest_begin, began)
        self._said_at[record] = min(said_at, self._said_at.get(record, inf))

    def note_now(self, record: str, now: float) -> None:
        """Adds what this request asks the core for without the cache."""
        self.begin(now)
        self.note(record, self.began, inf)

    def ages(self) -> dict[str, float]:
        """By record, the age in seconds of what is older than something else; empty where all is of one reading."""
        return {each: self.began - at for each, at in self._said_at.items() if at < self._latest_begin}

    def restart(self) -> None:
        """From here on only what the core said since this request began will do."""
        self.not_before, self._latest_begin = self.began, 0.0
        self._said_at.clear()


@dataclass(slots=True)
class Once:
    """What a request asks for once, however many of its fields want it."""

    _tasks: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self._tasks

    async def get(self, name: str, make: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
        """What `make` gave or raised when it was first asked for; a field that is given up does not end it."""
        if name not in self._tasks:
            task = self._tasks[name] = asyncio.create_task(make())
            task.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        found: Found = await asyncio.shield(self._tasks[name])
        return found

    def forget(self, name: str) -> None:
        self._tasks.pop(name, None)


@dataclass(frozen=True, slots=True)
class Context:
    """`session` is null for an anonymous caller, also with a token that is wrong or has expired.

    `staleness` collects, by record, how many seconds old one is that is no longer fresh,
    `cache_control` how long all of it may serve again, and `reading` when the core said it. `once` is what several
    fields share, such as the audit entry of a number that is shown in full. `access_token` is the one that the session
    was found by.
    """

    services: Services
    client: Client
    session: CurrentSession | None
    staleness: dict[str, int] = field(default_factory=dict)
    cache_control: CacheControl = field(default_factory=CacheControl)
    reading: Reading = field(default_factory=Reading)
    once: Once = field(default_factory=Once)
    access_token: str = field(default="", repr=False)

    async def audit(self, event: str, outcome: str, *, member_id: str | None = None, detail: str | None = None) -> None:
        """Adds an audit entry about this request; without `member_id` about the member who is signed in."""
        if member_id is None and self.session is not None:
            member_id = self.session.member.id
        await self.services.audit_log.record(self.client, event, outcome, member_id=member_id, detail=detail)

    def tell_ages(self, ages: dict[str, float]) -> None:
        """Of records that stand beside newer ones, where they could not be read again."""
        for record, age in ages.items():
            self.staleness[record] = max(ceil(age), self.staleness.get(record, 0))

    def anonymous(self) -> Context:
        """Return the context without its session, for a response that every caller shares."""
        return replace(self, session=None)

    async def cache_identity(self) -> tuple[object, ...] | None:
        """Return what a private response depends on beside its request: the member as the session has it, whether the
        session is unlocked, and the generation of the member's cached records; null when there is none now."""
        session, cache = self.session, self.services.cache
        if session is None or cache is None:
            return None
        generation = await cache.generation(session.member.account_number)
        if generation is None:
            return None
        return session.member, session.is_unlocked(self.services.now()), generation
