"""The core's paged lists: how they are asked for and read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from bff.legacy.reading import Reader
from bff.rules.period import Page

Row = TypeVar("Row")


def page_request(since: date | None, until: date | None, page: int, size: int) -> dict[str, object]:
    """`page` counts from 1; both dates are inclusive."""
    dates = {"KSRQ": since and day_of(since), "JSRQ": until and day_of(until)}
    return {**{name: day for name, day in dates.items() if day}, "YM": page, "YHS": size}


def day_of(day: date) -> str:
    """Eight digits; strftime would leave out the zeros before a year below 1000, and the core calls that a fault."""
    return day.isoformat().replace("-", "")


def page_of(found: Reader, name: str, row_of: Callable[[Reader], Row]) -> Page[Row]:
    """The rows called `name` of a reply's page, and the size of the whole selection."""
    return Page(tuple(row_of(row) for row in found.children(name)), found.count("ZHS"))
