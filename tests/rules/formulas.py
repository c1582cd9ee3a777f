"""Repayment plans once more, straight from the textbook and in exact fractions: nothing here comes from the product."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction


@dataclass(frozen=True)
class Row:
    due_on: date | None
    principal: int
    interest: int
    balance: int


def half_up(value: Fraction) -> int:
    """Of what is not negative."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def due_dates(start: date, day: int, periods: int) -> list[date]:
    """Walks from month to month: the due day of each, or its last where it has none, strictly after the start."""
    found: list[date] = []
    first = start.replace(day=1)
    while len(found) < periods:
        length = calendar.monthrange(first.year, first.month)[1]
        due = first + timedelta(days=min(day, length) - 1)
        found += [due] if due > start else []
        first += timedelta(days=length)
    return found


def plan(fen: int, rate: Fraction, periods: int, *, equal_principal: bool, start: date, day: int) -> list[Row]:
    """Amounts in fen, `rate` as a fraction of one a year. 等额本金 by days, 等额本息 by twelfths; where that starts
    between two due days, the first month's interest goes by days and its principal is a whole month's."""
    days = due_dates(start, day, periods)
    starts_on_due_day = start.day == min(day, calendar.monthrange(start.year, start.month)[1])
    payment = half_up(Fraction(fen, periods)) if equal_principal else half_up(annuity(fen, rate, periods))
    rows, balance = [], fen
    for k in range(periods):
        elapsed = (days[k] - (days[k - 1] if k else start)).days
        twelfth = 0 if equal_principal else half_up(balance * rate / 12)
        by_days = equal_principal or not (k or starts_on_due_day)
        interest = half_up(balance * rate * elapsed / 360) if by_days else twelfth
        principal = payment - twelfth
        if k == periods - 1:
            principal = balance
        balance -= principal
        rows.append(Row(days[k], principal, interest, balance))
    return rows


def annuity(fen: int, rate: Fraction, periods: int) -> Fraction:
    r = rate / 12
    return fen * r * (1 + r) ** periods / ((1 + r) ** periods - 1)
