"""National interest rates of fund loans and deposits by day, from `rates.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from bff.rules.policy.toml_reader import Table, parse


class HomeOrder(StrEnum):
    FIRST = "FIRST"
    SECOND = "SECOND"


@dataclass(frozen=True, slots=True)
class DepositRate:
    """Rates on the two parts of an account, per cent a year."""

    since: date
    current_year: Decimal
    carried_forward: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class TermRates:
    """Rates by the term of a loan, per cent a year; five years (60 periods) themselves still count as up to five."""

    up_to_five_years: Decimal
    over_five_years: Decimal

    def of(self, periods: int) -> Decimal:
        return self.up_to_five_years if periods <= 60 else self.over_five_years


@dataclass(frozen=True, slots=True)
class LoanRate:
    """Rates of loans since a day; `second` is absent where no rate of its own was set for second homes: then the
    first's holds."""

    since: date
    first: TermRates
    second: TermRates | None
    source: str

    def terms(self, order: HomeOrder) -> TermRates:
        return self.second or self.first if order is HomeOrder.SECOND else self.first

    def of(self, order: HomeOrder, periods: int) -> Decimal:
        return self.terms(order).of(periods)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates in force on a day; `effective_from` is the day of the latest change."""

    effective_from: date
    deposit: DepositRate
    loan: LoanRate


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates by day, oldest first."""

    deposit: tuple[DepositRate, ...]
    loan: tuple[LoanRate, ...]

    @property
    def since(self) -> date:
        """The first day with both rates of deposits and rates of loans."""
        return max(self.deposit[0].since, self.loan[0].since)

    def rates_on(self, day: date) -> Rates | None:
        """Return the rates in force on a day. Returns None before the first day of the table."""
        deposits = [rate for rate in self.deposit if rate.since <= day]
        loans = [rate for rate in self.loan if rate.since <= day]
        if not deposits or not loans:
            return None
        return Rates(max(deposits[-1].since, loans[-1].since), deposits[-1], loans[-1])

    def rate_of_existing_loan(self, order: HomeOrder, periods: int, disbursed_on: date, day: date) -> Decimal | None:
        """Return the rate of a running loan. A change reaches a loan of more than a year on the 1 January after it,
        a shorter loan never. A loan whose disbursement is not known counts as an older one: `date.min`."""
        fixed_on = disbursed_on if periods <= 12 else max(disbursed_on, date(day.year, 1, 1))
        rates = self.rates_on(fixed_on)
        return rates.loan.of(order, periods) if rates else None


def load_rates(text: str, source: str) -> RateTable:
    """Read the table. Raises PolicyError with file, key and reason."""
    with parse(text, source) as file:
        deposit = tuple(_deposit(table) for table in file.tables("deposit"))
        loan = tuple(_loan(table) for table in file.tables("loan"))
        _in_order(file, "deposit", [rate.since for rate in deposit])
        _in_order(file, "loan", [rate.since for rate in loan])
    return RateTable(deposit, loan)


def _in_order(file: Table, key: str, days: list[date]) -> None:
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise file.error(key, "entries must be in the order of their dates")


def _deposit(table: Table) -> DepositRate:
    with table:
        return DepositRate(
            table.day("from"), table.amount("current_year"), table.amount("carried_forward"), table.text("source")
        )


def _loan(table: Table) -> LoanRate:
    with table:
        second = _terms(table.table("second")) if table.has("second") else None
        return LoanRate(table.day("from"), _terms(table.table("first")), second, table.text("source"))


def _terms(table: Table) -> TermRates:
    with table:
        return TermRates(table.positive("up_to_five_years"), table.positive("over_five_years"))
