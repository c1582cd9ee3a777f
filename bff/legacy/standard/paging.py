"""Requests for pages of the core's lists, and the rows of its replies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date
from typing import TypeVar

from bff.legacy.errors import CoreBadData
from bff.legacy.standard.reply_reader import ReplyReader
from bff.rules.paging import Page

Row = TypeVar("Row")


def page_request(since: date | None, until: date | None, page: int, size: int) -> dict[str, object]:
    """Return the arguments of a request for a page; `page` counts from 1, both dates are inclusive."""
    dates = {"KSRQ": since and day_of(since), "JSRQ": until and day_of(until)}
    return {**{name: day for name, day in dates.items() if day}, "YM": page, "YHS": size}


def day_of(day: date) -> str:
    """Write a day in eight digits; strftime would leave out the zeros before a year below 1000, a fault for the
    core."""
    return day.isoformat().replace("-", "")


def page_of(found: ReplyReader, name: str, row_of: Callable[[ReplyReader], Row]) -> Page[Row]:
    """Return the rows called `name` of a reply's page, and the size of the whole selection."""
    return Page(tuple(row_of(row) for row in found.children(name)), found.count("ZHS"))


def readable_page_of(found: ReplyReader, name: str, row_of: Callable[[ReplyReader], Row]) -> Page[Row]:
    """Return a page of published information without the rows that cannot be read; rows of money are never left out."""
    rows, unreadable = readable(found, name, row_of)
    return Page(rows, found.count("ZHS"), unreadable)


def readable(found: ReplyReader, name: str, row_of: Callable[[ReplyReader], Row]) -> tuple[tuple[Row, ...], int]:
    """Return the rows, and how many were left out. Raises CoreBadData where there are several and none can be read:
    that is no odd row any more."""
    every = tuple(found.children(name))
    rows = tuple(_readable(every, row_of))
    if not rows and len(every) > 1:
        raise found.broken(name, "no row can be read")
    return rows, len(every) - len(rows)


def _readable(rows: Iterable[ReplyReader], row_of: Callable[[ReplyReader], Row]) -> Iterator[Row]:
    """Skip the rows that cannot be read; what is wrong with one was counted where it was found."""
    for row in rows:
        if len(row.element):
            with suppress(CoreBadData):
                yield row_of(row)
