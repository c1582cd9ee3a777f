"""Interest rates set for the whole country. They are data: the one table that the server ships."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parents[2] / "bff" / "rules" / "policies" / "rates.toml"
DEPOSIT_UNIT = 100
"""Rates of deposits are in hundredths of a per cent."""


@dataclass(frozen=True, slots=True)
class DepositRate:
    """Holds from `since` to the day before `until`."""

    since: date
    until: date
    current_year: int
    carried_forward: int


def deposit_rates(since: date, until: date) -> Iterator[tuple[date, date, DepositRate]]:
    """Stretches of days with one rate: from, to (excluded), rate. Raises ValueError before the table's first day."""
    if since < _deposits()[0].since:
        raise ValueError(f"no deposit rate on {since}")
    for rate in _deposits():
        begin, end = max(rate.since, since), min(rate.until, until)
        if begin < end:
            yield begin, end, rate


@cache
def _deposits() -> tuple[DepositRate, ...]:
    found = tomllib.loads(TABLE.read_text(encoding="utf-8"))["deposit"]
    ends = [*(each["from"] for each in found[1:]), date.max]
    return tuple(
        DepositRate(each["from"], end, round(each["current_year"] * 100), round(each["carried_forward"] * 100))
        for each, end in zip(found, ends, strict=True)
    )
