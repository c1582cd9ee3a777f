"""Rate changes of a running loan: on the 1 January after a change, for loans of more than a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bff.rules.dates import next_new_year
from bff.rules.loan import Loan
from bff.rules.policy.rates import HomeOrder, RateTable
from bff.rules.refusal import day_in_words

NEVER_REPRICED = 12
"""Loans of so many periods, or fewer, keep the rate of their contract."""


@dataclass(frozen=True, slots=True)
class ComingRate:
    """Announced rate that applies from the next 1 January on, per cent a year."""

    on: date
    rate: Decimal


def coming_rate(
    order: HomeOrder, periods: int, annual_rate: Decimal, table: RateTable, today: date
) -> ComingRate | None:
    """Return the rate that a running loan will have from 1 January as announced today. Returns None where it does
    not change."""
    announced = table.rates_on(today)
    if announced is None or periods <= NEVER_REPRICED:
        return None
    rate = announced.loan.of(order, periods)
    return ComingRate(next_new_year(today), rate) if rate != annual_rate else None


def coming_rate_of(loan: Loan, table: RateTable, today: date) -> ComingRate | None:
    """Return the coming rate of a loan on record. No core tells its home order: it is the one whose rate the loan
    has. Returns None for a loan with a rate of its own."""
    for order in HomeOrder:
        if table.rate_of_existing_loan(order, loan.periods, loan.disbursed_on, today) == loan.annual_rate:
            return coming_rate(order, loan.periods, loan.annual_rate, table, today)
    return None


def note_of_loan(loan: Loan, coming: ComingRate | None) -> str:
    """Write the note on the rest of a running loan."""
    if coming and loan.matures_on and loan.matures_on <= coming.on:
        coming = None
    return rate_note(loan.annual_rate, loan.periods, coming)


def rate_note(annual_rate: Decimal | None, periods: int, coming: ComingRate | None = None) -> str:
    """Write what a plan assumes of its rate, which may change. `periods` are those of the contract; `annual_rate` is
    None for the sum of two loans."""
    if annual_rate is None:
        return "按两部分各自的年利率试算；还款期间利率调整的，以实际还款为准。"
    counted = f"按年利率{_percent(annual_rate)}试算"
    if periods <= NEVER_REPRICED:
        return f"{counted}；期限一年以内（含一年）的公积金贷款执行合同利率。以实际还款为准。"
    if coming:
        return f"{counted}；自{day_in_words(coming.on)}起年利率调整为{_percent(coming.rate)}，以实际还款为准。"
    return f"{counted}；还款期间利率调整的，公积金贷款自次年1月1日起执行新利率，以实际还款为准。"


def bank_note(annual_rate: Decimal) -> str:
    """Write the note on the bank's part of a combined loan."""
    return f"按年利率{_percent(annual_rate)}试算；商业贷款的利率及其调整以借款合同为准。"


def _percent(rate: Decimal) -> str:
    return f"{rate.normalize():f}%"
