"""Interest on loans: multiplied first, divided last, rounded once, half a cent up. Rates are per cent a year,
`basis` is the days of the year (360 or 365)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from bff.rules.money import cents


class Accrual(StrEnum):
    """Policy key `loan.accrual`: interest by the actual days of each period, or a twelfth of the yearly rate for
    each whole month and days only for a broken one."""

    ACTUAL_DAYS = "ACTUAL_DAYS"
    WHOLE_MONTHS = "WHOLE_MONTHS"


class InterestOn(StrEnum):
    """Policy key `prepayment.interest_on`: the principal on which a prepayment collects interest to its day. PREPAID
    (利随本清) leaves interest on the rest to the next installment."""

    BALANCE = "BALANCE"
    PREPAID = "PREPAID"


def interest_for_days(principal: Decimal, annual_rate: Decimal, days: int, basis: int) -> Decimal:
    """Compute interest for actual days over the basis: policy key `loan.day_count`."""
    return cents(principal * annual_rate * days / (100 * basis))


def interest_for_month(principal: Decimal, annual_rate: Decimal) -> Decimal:
    """Compute a twelfth of the year's interest, however long the month is."""
    return cents(principal * annual_rate / 1200)
