"""Reading calls to the core: through the cache or past it, with failures as the errors that a client sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar

from bff.cache.policy import CachePolicy
from bff.context import Context
from bff.legacy.errors import CoreError
from bff.resolvers.core_errors import api_error_of
from bff.rules.dates import at_centre

Answer = TypeVar("Answer")


def today(context: Context) -> date:
    """Return the day at the centre."""
    return at_centre(context.services.now()).date()


async def ask(call: Awaitable[Answer]) -> Answer:
    """Return the core's answer to a reading call. Raises ApiError where it failed."""
    try:
        return await call
    except CoreError as error:
        raise api_error_of(error) from error


async def read(
    context: Context,
    row: CachePolicy[Answer],
    member: str | None,
    call: Callable[[], Awaitable[Answer]],
    *asked: object,
    shown: bool = True,
    rows: int | None = None,
) -> Answer:
    """Ask the core through the cache; what decides money does not come this way.

    `member` is the account's number, null for what is everybody's; `asked` is all else that the answer depends on.
    `shown` is false where nothing of the record is shown that changes, so that it need not be of the same reading as
    what is. `rows` is how many of a list `call` gives; it may be more.
    """
    cache, snapshot = context.services.cache, context.snapshot
    if cache is None:
        return await ask(call())
    snapshot.begin(cache.clock())
    floor = snapshot.not_before if member is not None and shown else 0.0
    found = await ask(cache.read(row, member, call, *asked, requested_at=snapshot.began, not_before=floor, rows=rows))
    context.cache_control.limit(found.fresh_until)
    if found.age is not None:
        context.tell_ages({row.name: found.age})
    elif member is not None and shown:
        snapshot.add(row.name, found.requested_at, found.received_at)
    return found.record


async def kept(context: Context, row: CachePolicy[Answer], member: str | None, *asked: object) -> Answer | None:
    """Return what the core said a while ago, where it is away now and the call itself was not worth keeping."""
    cache = context.services.cache
    found = None if cache is None else await cache.read_stale(row, member, *asked)
    if found is None or found.age is None:
        return None
    context.tell_ages({row.name: found.age})
    return found.record
