"""Repayment plans of 等额本金 and 等额本息: as the centre bills them by days, or in whole months without dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bff.rules.days import add_months
from bff.rules.interest import interest_for_days, interest_for_month
from bff.rules.loan import Installment, RepaymentMethod
from bff.rules.money import ZERO, cents

PLANNED = (RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.EQUAL_INSTALLMENT)
"""The methods that have a plan; the others repay as agreed."""


@dataclass(frozen=True, slots=True)
class DueDates:
    """Period k is due k months after `anchor` on `day` (or the month's last), on a weekend too; interest of the first
    runs from `interest_from`, which is not the anchor after a prepayment or an odd first period."""

    anchor: date
    day: int
    interest_from: date

    @classmethod
    def after(cls, start: date, day: int | None = None) -> DueDates:
        """From the first due day strictly after `start` on, as the core bills."""
        due_day = day or start.day
        this_month = add_months(start, 0, on=due_day)
        return cls(add_months(start, -1 if this_month > start else 0, on=due_day), due_day, start)

    def due(self, period: int) -> date:
        return add_months(self.anchor, period, on=self.day)

    def days(self, period: int) -> int:
        start = self.interest_from if period == 1 else self.due(period - 1)
        return (self.due(period) - start).days


@dataclass(frozen=True, slots=True)
class Plan:
    """What a schedule follows from. Without `dates` every month is a twelfth of a year."""

    principal: Decimal
    annual_rate: Decimal
    periods: int
    method: RepaymentMethod
    dates: DueDates | None
    basis: int
    first_period: int = 1

    def interest(self, balance: Decimal, period: int) -> Decimal:
        if self.dates is None:
            return interest_for_month(balance, self.annual_rate)
        return interest_for_days(balance, self.annual_rate, self.dates.days(period), self.basis)


def share(plan: Plan) -> Decimal:
    """What stays the same each period: the principal of 等额本金, the payment of 等额本息.

    The payment is P·r·(1+r)^n / ((1+r)^n - 1) with r a twelfth of the yearly rate, whatever the months' days are.
    Raises ValueError for methods without a plan.
    """
    if plan.method not in PLANNED:
        raise ValueError(f"{plan.method} has no plan")
    if plan.method is RepaymentMethod.EQUAL_PRINCIPAL or not plan.annual_rate:
        return cents(plan.principal / plan.periods)
    rate = plan.annual_rate / 1200
    growth = (1 + rate) ** plan.periods
    return cents(plan.principal * rate * growth / (growth - 1))


def schedule(plan: Plan, kept_share: Decimal | None = None) -> tuple[Installment, ...]:
    """Every installment; the last one takes the rest. With a `kept_share` larger than the plan's own, fewer periods."""
    each = share(plan) if kept_share is None else kept_share
    balance = plan.principal
    rows: list[Installment] = []
    for period in range(1, plan.periods + 1):
        interest = plan.interest(balance, period)
        principal = balance if period == plan.periods else _principal(plan.method, each, balance, interest)
        balance -= principal
        due_on = plan.dates.due(period) if plan.dates else None
        number = plan.first_period + period - 1
        rows.append(Installment(number, due_on, principal + interest, principal, interest, balance))
        if not balance:
            break
    return tuple(rows)


def _principal(method: RepaymentMethod, each: Decimal, balance: Decimal, interest: Decimal) -> Decimal:
    principal = each if method is RepaymentMethod.EQUAL_PRINCIPAL else each - interest
    # At rates above any fund loan's, 31 days of interest may exceed a payment made of twelfths.
    return min(max(principal, ZERO), balance)


def total_interest(installments: Iterable[Installment]) -> Decimal:
    return sum((row.interest for row in installments), ZERO)


def total_paid(installments: Iterable[Installment]) -> Decimal:
    return sum((row.amount for row in installments), ZERO)
