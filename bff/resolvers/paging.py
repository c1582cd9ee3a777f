"""Stable pages over a core that pages by number. A cursor is the date and serial of a row, not its position, so a
row posted meanwhile moves nothing: the next page asks the core from the cursor's day on and skips what was shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Generic, Protocol, TypeVar

from bff.cache.policy import CachePolicy
from bff.cache.record_cache import is_unavailable
from bff.context import Context
from bff.errors import ApiError, bad_input, bad_inputs
from bff.resolvers.core_reads import ask, kept, read
from bff.resolvers.cursors import Dated, decode_cursor
from bff.rules.paging import Page
from bff.rules.refusal import UserErrorCode
from bff.rules.typed_values import mistyped

CORE_PAGE = 200
"""Rows that the core's contract allows on a page."""
SLACK = 10
"""Rows asked for beyond the page, for those of the cursor's own day that were shown already."""

Row = TypeVar("Row", bound=Dated)
Shown = TypeVar("Shown")


class Fetch(Protocol[Row]):
    """Rows newest first, by date, then by serial, descending; `page` counts from 1, dates are inclusive."""

    async def __call__(self, *, since: date | None, until: date | None, page: int, size: int) -> Page[Row]: ...


@dataclass(frozen=True, slots=True)
class Slice:
    """What a client asks of a list; dates are inclusive."""

    first: int = 20
    after: str | None = None
    since: date | None = None
    until: date | None = None

    def check(self) -> None:
        """Raises BAD_USER_INPUT with the field and what it takes."""
        if wrong := mistyped(**{"from": self.since, "to": self.until}):
            raise bad_inputs(wrong)
        self.check_size()
        if self.since and self.until and self.since > self.until:
            raise bad_input("开始日期不能晚于结束日期。", "from", UserErrorCode.INVALID_DATE)
        if self.after is not None:
            decode_cursor(self.after)

    def check_size(self) -> None:
        if not 1 <= self.first <= 100:
            raise bad_input("每页条数须为1至100之间的整数。", "first")


@dataclass(frozen=True, slots=True)
class Found(Generic[Shown]):
    """`total` counts the whole selection; null when nobody asked and the core did not say by the way."""

    rows: tuple[Shown, ...]
    has_next: bool
    total: int | None


@dataclass(frozen=True, slots=True)
class CachedList(Generic[Row]):
    """`fetch` through the cache for the page that a screen opens with. Deeper pages and chosen dates have too many keys
    for any of them to be asked for twice. `member` is null for everybody's; `of` says which list of this kind."""

    context: Context
    row: CachePolicy[Page[Row]]
    member: str | None
    fetch: Fetch[Row]
    of: tuple[object, ...] = ()

    async def __call__(self, *, since: date | None, until: date | None, page: int, size: int) -> Page[Row]:
        call = partial(self.fetch, since=since, until=until, page=page, size=size)
        if page > 1 or since or until:
            self.context.cache_control.no_store()
            if page == 1 and until is None:
                # The newest rows, and so of the reading that begins now; older pages no longer change.
                self.context.snapshot.add_uncached(self.row.name, self.context.services.now().timestamp())
            return await ask(call())
        found = await read(self.context, self.row, self.member, call, *self.of, rows=size)
        return replace(found, rows=found.rows[:size]) if len(found.rows) > size else found

    async def kept(self, wanted: Slice) -> Found[Row] | None:
        """As much of a deeper page, or of chosen dates, as was kept of the first page; null where that is nothing."""
        page = await kept(self.context, self.row, self.member, *self.of)
        return None if page is None else _within(page, wanted)


async def find(fetch: Fetch[Row], wanted: Slice, *, with_total: bool) -> Found[Row]:
    """Return the page after the cursor: one call, and one beside it for a total that the first does not give. While the
    core is away, what was kept of the list."""
    wanted.check()
    try:
        return await _asked(fetch, wanted, with_total=with_total)
    except ApiError as api_error:
        if not isinstance(fetch, CachedList) or not is_unavailable(api_error.__cause__):
            raise
        found = await fetch.kept(wanted)
        if found is None or (with_total and found.total is None):
            raise
        return found


async def _asked(fetch: Fetch[Row], wanted: Slice, *, with_total: bool) -> Found[Row]:
    if wanted.after is None:
        page = await fetch(since=wanted.since, until=wanted.until, page=1, size=wanted.first + 1)
        # Rows may be missing: unreadable ones, and those that were not kept for when the core is away.
        has_next = len(page.rows) > wanted.first or page.total > len(page.rows) + page.unreadable
        return Found(page.rows[: wanted.first], has_next, page.total)
    older = _older_than(decode_cursor(wanted.after), fetch, wanted)
    if not with_total:
        return _found(await older, wanted, None)
    rows, total = await asyncio.gather(older, _count(fetch, wanted))
    return _found(rows, wanted, total)


def _within(page: Page[Row], wanted: Slice) -> Found[Row] | None:
    """Choose the wanted rows among the newest of a list. The total of chosen dates is known where all of them are
    there."""
    since, until = wanted.since or date.min, wanted.until or date.max
    chosen = [row for row in page.rows if since <= row.date <= until]
    is_whole = len(page.rows) + page.unreadable >= page.total or bool(page.rows and page.rows[-1].date < since)
    key = decode_cursor(wanted.after) if wanted.after else None
    rows = [row for row in chosen if key is None or (row.date, row.id) < key]
    if not rows and not is_whole:
        return None
    total = len(chosen) if wanted.since or wanted.until else page.total
    is_known = is_whole or not (wanted.since or wanted.until)
    return Found(tuple(rows[: wanted.first]), len(rows) > wanted.first or not is_whole, total if is_known else None)


def _found(rows: list[Row], wanted: Slice, total: int | None) -> Found[Row]:
    return Found(tuple(rows[: wanted.first]), len(rows) > wanted.first, total)


async def _count(fetch: Fetch[Row], wanted: Slice) -> int:
    return (await fetch(since=wanted.since, until=wanted.until, page=1, size=1)).total


async def _older_than(key: tuple[date, str], fetch: Fetch[Row], wanted: Slice) -> list[Row]:
    """Return up to one row more than asked for; several calls only when very many rows fall on the cursor's day."""
    until = min(key[0], wanted.until or key[0])
    size = min(CORE_PAGE, wanted.first + 1 + SLACK)
    rows: list[Row] = []
    number = 0
    while len(rows) <= wanted.first:
        number += 1
        page = await fetch(since=wanted.since, until=until, page=number, size=size)
        for row in page.rows:
            if (row.date, row.id) < key:  # skips, too, what a row posted between two of these calls moved over
                rows.append(row)
                key = (row.date, row.id)
        if number * size >= page.total or not (page.rows or page.unreadable):
            break
    return rows
