"""Months between days, where a day that a month does not have is that month's last one."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int, *, on: int | None = None) -> date:
    """`months` later on the day of the month `on` (by default that of `day`): 31 January + 1 is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(on or day.day, monthrange(year, month + 1)[1]))


def next_month(day: date) -> date:
    """The first of the next calendar month."""
    return add_months(day, 1, on=1)


def next_quarter(day: date) -> date:
    """The first of January, April, July or October."""
    return add_months(day, 3 - (day.month - 1) % 3, on=1)


def next_fund_year(day: date) -> date:
    """1 July: the fund's year runs from then to 30 June."""
    return date(day.year + (day.month >= 7), 7, 1)


def next_new_year(day: date) -> date:
    return date(day.year + 1, 1, 1)
