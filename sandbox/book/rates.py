"""Interest rates set for the whole country. They are data: the one table that the server ships."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parents[2] / "bff" / "rules" / "policy" / "rates.toml"
DEPOSIT_UNIT = 100
"""Rates of deposits are in hundredths of a per cent."""
LOAN_UNIT = 10_000_000
"""Those of loans in ten-millionths."""
FIRST_HOME, SECOND_HOME = "1", "2"
UP_TO_FIVE_YEARS, OVER_FIVE_YEARS = "01", "02"
"""A.2, the first two."""


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


def loan_rate(order: str, term: str, on: date) -> int:
    """What a loan that is paid out on a day costs. Raises ValueError before the table's first day."""
    found = [rates for since, rates in _loans() if since <= on]
    if not found:
        raise ValueError(f"no loan rate on {on}")
    return found[-1][order, term]


def of_new_loan(order: str, periods: int, on: date) -> dict[str, str | int | None]:
    """The columns of a loan that say what it costs, now and later; one of up to a year keeps its rate."""
    term = UP_TO_FIVE_YEARS if periods <= 60 else OVER_FIVE_YEARS
    return {"DKLL": loan_rate(order, term, on), "FWTS": order if periods > 12 else None, "LLLX": term}


@cache
def _loans() -> tuple[tuple[date, Mapping[tuple[str, str], int]], ...]:
    found = tomllib.loads(TABLE.read_text(encoding="utf-8"))["loan"]
    return tuple((each["from"], _orders(each)) for each in found)


def _orders(table: Mapping[str, Mapping[str, float]]) -> Mapping[tuple[str, str], int]:
    """A second home without a rate of its own has the first's."""
    return {
        (order, term): round(rates[name] * LOAN_UNIT)
        for order, rates in ((FIRST_HOME, table["first"]), (SECOND_HOME, table.get("second", table["first"])))
        for term, name in ((UP_TO_FIVE_YEARS, "up_to_five_years"), (OVER_FIVE_YEARS, "over_five_years"))
    }
