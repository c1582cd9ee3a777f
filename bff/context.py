"""The context of one request: the services, the client, the session, and what its answer is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from math import ceil, inf
from typing import Any, TypeVar

from bff.security.client_address import Client
from bff.security.current_session import CurrentSession
from bff.services import Services

Result = TypeVar("Result")


@dataclass(slots=True)
class CacheControl:
    """How long an answer may be stored: `until`, in wall-clock seconds; without end where nothing that changes was
    read."""

    until: float = inf

    def limit(self, until: float) -> None:
        """Let the answer be stored no longer than `until`."""
        self.until = min(self.until, until)

    def no_store(self) -> None:
        """Keep the answer from being stored: it is audited, depends on the time of day, or is asked of the core each
        time."""
        self.until = 0.0


@dataclass(slots=True)
class ReadSnapshot:
    """When the core said the member's records that one answer shows, in wall-clock seconds. Each was said between the
    beginning of the request that asked for it and its arrival. Where two of these spans do not overlap, something may
    have been posted between them: a balance from the cache would stand beside rows that the core has added to."""

    began: float = inf
    not_before: float = 0.0
    _latest_begin: float = 0.0
    _said_at: dict[str, float] = field(default_factory=dict)

    def begin(self, now: float) -> None:
        """Set when this request began; to be called before each read, of which the first counts."""
        self.began = min(self.began, now)

    def add(self, record: str, began: float, said_at: float) -> None:
        """Add a record to the answer, by its name in the cache's policy."""
        self._latest_begin = max(self._latest_begin, began)
        self._said_at[record] = min(said_at, self._said_at.get(record, inf))

    def add_uncached(self, record: str, now: float) -> None:
        """Add what this request asks the core for without the cache."""
        self.begin(now)
        self.add(record, self.began, inf)

    def ages(self) -> dict[str, float]:
        """Return by record the age in seconds of what is older than another; empty for one consistent read."""
        return {each: self.began - at for each, at in self._said_at.items() if at < self._latest_begin}

    def restart(self) -> None:
        """Accept from here on only what the core said since this request began."""
        self.not_before, self._latest_begin = self.began, 0.0
        self._said_at.clear()


@dataclass(slots=True)
class RequestMemo:
    """Results that are computed once a request, however many of its fields want them."""

    _tasks: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self._tasks

    async def get(self, name: str, make: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return, or raise, what `make` came to when it was first called; a field that is cancelled does not end it."""
        if name not in self._tasks:
            task = self._tasks[name] = asyncio.create_task(make())
            task.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        found: Result = await asyncio.shield(self._tasks[name])
        return found

    def forget(self, name: str) -> None:
        self._tasks.pop(name, None)


@dataclass(frozen=True, slots=True)
class Context:
    """What the resolvers of one request share. `session` is null for an anonymous client, also with a token that is
    wrong or has expired; `access_token` is the one that it was found by.

    `staleness` collects, by record, how many seconds old one is that is no longer fresh,
    `cache_control` how long all of it may be stored, and `snapshot` when the core said it. `memo` holds what several
    fields share, such as the audit entry of a number that is shown in full.
    """

    services: Services
    client: Client
    session: CurrentSession | None
    staleness: dict[str, int] = field(default_factory=dict)
    cache_control: CacheControl = field(default_factory=CacheControl)
    snapshot: ReadSnapshot = field(default_factory=ReadSnapshot)
    memo: RequestMemo = field(default_factory=RequestMemo)
    access_token: str = field(default="", repr=False)

    async def audit(self, event: str, outcome: str, *, member_id: str | None = None, detail: str | None = None) -> None:
        """Add an audit entry about this request; without `member_id` about the member who is signed in. An answer that
        may not be stored after it is for the caller to mark."""
        if member_id is None and self.session is not None:
            member_id = self.session.member.id
        await self.services.audit_log.record(self.client, event, outcome, member_id=member_id, detail=detail)

    def tell_ages(self, ages: dict[str, float]) -> None:
        """Report the ages of records that stand beside newer ones, where they could not be read again."""
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
