"""Interest on loans and deposits: multiplied first, divided last, rounded once, half a cent up. Rates are per cent a
year, the basis is the days of the year that it divides by (360 or 365)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from bff.rules.money import ZERO, cents
from bff.rules.policy.rates import DepositRate


class Accrual(StrEnum):
    """Policy key `loan.accrual`: by the actual days of each period, or by a twelfth of the yearly rate for each whole
    month and by days only for a broken one."""

    ACTUAL_DAYS = "ACTUAL_DAYS"
    WHOLE_MONTHS = "WHOLE_MONTHS"


class InterestOn(StrEnum):
    """Policy key `prepayment.interest_on`: what the interest to the day of a prepayment is collected on. PREPAID
    (利随本清) leaves that on the rest to the next installment."""

    BALANCE = "BALANCE"
    PREPAID = "PREPAID"


def interest_for_days(principal: Decimal, annual_rate: Decimal, days: int, basis: int) -> Decimal:
    """Policy key `loan.day_count`: actual days over the basis."""
    return cents(principal * annual_rate * days / (100 * basis))


def interest_for_month(principal: Decimal, annual_rate: Decimal) -> Decimal:
    """A twelfth of the year's, however long the month is."""
    return cents(principal * annual_rate / 1200)


@dataclass(frozen=True, slots=True)
class PenaltyTerms:
    """Policy key `loan.penalty`. Within `grace_days` nothing is due; after them every day late counts."""

    factor: Decimal
    on_interest: bool
    grace_days: int


def penalty(
    principal: Decimal, interest: Decimal, annual_rate: Decimal, days_late: int, basis: int, terms: PenaltyTerms
) -> Decimal:
    """罚息 on one overdue installment, or on its principal alone."""
    if days_late <= terms.grace_days:
        return ZERO
    overdue = principal + interest if terms.on_interest else principal
    return interest_for_days(overdue, annual_rate * terms.factor, days_late, basis)


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """What one day added to (or took from) the two parts of an account; that day already earns interest on it."""

    on: date
    carried_forward: Decimal
    current_year: Decimal


def deposit_interest(
    changes: Iterable[BalanceChange], until: date, rates: Iterable[DepositRate], basis: int
) -> Decimal:
    """积数计息 from the first change to the day before `until`, as on closing an account: the day itself earns nothing.
    Each part of the balance earns the rate of its day.

    Policy key `deposit.day_count`; `rates` oldest first. Raises ValueError where no rate covers the first change.
    """
    before = sorted((change for change in changes if change.on < until), key=lambda change: change.on)
    segments = sorted(rates, key=lambda rate: rate.since)
    if before and not (segments and segments[0].since <= before[0].on):
        raise ValueError(f"no deposit rate on {before[0].on}")
    days = sorted({change.on for change in before} | {rate.since for rate in segments if rate.since < until} | {until})
    total = Decimal(0)
    for first, after in pairwise(days):
        posted = [change for change in before if change.on <= first]
        if posted:
            rate = [segment for segment in segments if segment.since <= first][-1]
            earning = sum((change.carried_forward for change in posted), ZERO) * rate.carried_forward
            earning += sum((change.current_year for change in posted), ZERO) * rate.current_year
            total += earning * (after - first).days
    return cents(total / (100 * basis))


def settled_interest(
    changes: Iterable[BalanceChange], settled_on: date, rates: Iterable[DepositRate], basis: int
) -> Decimal:
    """What a settlement (结息) posts: its day, 30 June, is the last of the year and earns, too."""
    return deposit_interest(changes, settled_on + timedelta(days=1), rates, basis)
