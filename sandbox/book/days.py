"""Months and business days."""

from __future__ import annotations

import sqlite3
from calendar import monthrange
from datetime import date, timedelta

from sandbox.book.database import compact


def add_months(on: date, months: int, day_of_month: int | None = None) -> date:
    """`months` later, on `day_of_month` (else the same day) or the month's last day where it has no such day."""
    index = on.year * 12 + on.month - 1 + months
    year, month = divmod(index, 12)
    wanted = on.day if day_of_month is None else day_of_month
    return date(year, month + 1, min(wanted, monthrange(year, month + 1)[1]))


def next_due(after: date, due_day: int) -> date:
    """The first due day strictly after a date."""
    this_month = add_months(after, 0, due_day)
    return this_month if this_month > after else add_months(after, 1, due_day)


def business_day(db: sqlite3.Connection, on: date) -> date:
    """`on`, or the first working day after it."""
    while not is_business_day(db, on):
        on += timedelta(days=1)
    return on


def is_business_day(db: sqlite3.Connection, on: date) -> bool:
    """Monday to Friday, but for the holidays and make-up days in the book."""
    special = db.execute("SELECT SFGZR FROM special_day WHERE RQ = ?", (compact(on),)).fetchone()
    return bool(special[0]) if special else on.weekday() < 5


def month_after(month: str) -> str:
    """201812 gives 201901."""
    following = add_months(date(int(month[:4]), int(month[4:]), 1), 1)
    return f"{following:%Y%m}"
