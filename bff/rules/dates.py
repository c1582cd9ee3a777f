"""The centre's time zone, calendar months, and arithmetic on dates by months, quarters and years."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

import msgspec

CENTRE_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""All of China keeps one time, without summer time since 1991; a fixed offset needs no data of zones."""


def at_centre(moment: datetime) -> datetime:
    """Convert an aware datetime to the centre's time zone. Raises ValueError for a naive one: the machine's own zone
    would be guessed."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(CENTRE_TIME)


class Month(msgspec.Struct, frozen=True, order=True):
    """A calendar month; `str()` gives 2018-09."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9999 and 1 <= self.month <= 12):
            raise ValueError(f"{self.year}-{self.month} is no month")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)


def add_months(day: date, months: int, *, on: int | None = None) -> date:
    """Add months, ending on the day of the month `on` (by default that of `day`) or on the month's last: 31 January
    + 1 is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(on or day.day, monthrange(year, month + 1)[1]))


def next_month(day: date) -> date:
    """Return the first day of the next calendar month."""
    return add_months(day, 1, on=1)


def next_quarter(day: date) -> date:
    """Return the first day of the next calendar quarter."""
    return add_months(day, 3 - (day.month - 1) % 3, on=1)


def next_fund_year(day: date) -> date:
    """Return the next 1 July, on which a year of the fund begins."""
    return date(day.year + (day.month >= 7), 7, 1)


def next_new_year(day: date) -> date:
    return date(day.year + 1, 1, 1)
