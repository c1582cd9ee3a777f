"""Interest on loans: multiplied first, divided last, rounded once, half a cent up. Rates are per cent a
year, the basis is the days of the year that it divides by (360 or 365)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from bff.rules.money import cents


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
