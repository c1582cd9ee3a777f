"""Repayment plans of equal principal (等额本金) and equal installments (等额本息), as the centre bills them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bff.rules.dates import add_months
from bff.rules.loan import Installment, NextInstallment, RepaymentMethod, Repricing
from bff.rules.loans.interest import Accrual, interest_for_days, interest_for_month
from bff.rules.money import ZERO, cents

PLANNED = (RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.EQUAL_INSTALLMENT)
"""The methods that have a plan; the others repay as agreed."""


@dataclass(frozen=True, slots=True)
class DueDates:
    """Due dates of a plan. Period k is due k months after `anchor` on `day` (or the month's last), on a weekend too;
    interest of the first runs from `interest_from`, which is not the anchor after a prepayment or an odd first
    period."""

    anchor: date
    day: int
    interest_from: date

    @classmethod
    def after(cls, start: date, day: int | None = None) -> DueDates:
        """Return due dates from the first due day strictly after `start` on, as the core bills."""
        due_day = day or start.day
        this_month = add_months(start, 0, on=due_day)
        return cls(add_months(start, -1 if this_month > start else 0, on=due_day), due_day, start)

    def due(self, period: int) -> date:
        return add_months(self.anchor, period, on=self.day)

    def start(self, period: int) -> date:
        return self.interest_from if period == 1 else self.due(period - 1)

    def is_whole(self, period: int) -> bool:
        """Tell whether interest of a period runs from one due day to the next."""
        return period > 1 or self.interest_from == self.anchor


@dataclass(frozen=True, slots=True)
class Plan:
    """Parameters of a schedule; `basis` is the days of a year, `accrual` the method's. A period that spans the day
    of `repriced` is split there."""

    principal: Decimal
    annual_rate: Decimal
    periods: int
    method: RepaymentMethod
    dates: DueDates
    basis: int
    accrual: Accrual
    first_period: int = 1
    repriced: Repricing | None = None

    def interest(self, balance: Decimal, period: int) -> Decimal:
        since, until = self.dates.start(period), self.dates.due(period)
        whole = self.dates.is_whole(period) and not self._days_before_repricing(since, until)
        if self.accrual is Accrual.WHOLE_MONTHS and whole:
            return interest_for_month(balance, self.annual_rate)
        return self.accrued(balance, since, until)

    def accrued(self, balance: Decimal, since: date, until: date) -> Decimal:
        """Compute interest by days."""
        days, before = (until - since).days, self._days_before_repricing(since, until)
        rate_before = self.repriced.rate_before if self.repriced else self.annual_rate
        return interest_for_days(balance, rate_before * before + self.annual_rate * (days - before), 1, self.basis)

    def _days_before_repricing(self, since: date, until: date) -> int:
        return max((min(self.repriced.on, until) - since).days, 0) if self.repriced else 0


def share(plan: Plan) -> Decimal:
    """Compute what stays constant each period: the principal of 等额本金, the payment of 等额本息.

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


def schedule(plan: Plan, kept_share: Decimal | None = None, *, first_in_full: bool = False) -> tuple[Installment, ...]:
    """Compute every installment; the last one takes the rest. With a `kept_share` larger than the plan's own, fewer
    periods.

    A broken first month of 等额本息 repays the principal of a whole one and interest for its days, so that what is
    left out of it does not pile up in the last period; `first_in_full` keeps its payment instead.
    """
    each = share(plan) if kept_share is None else kept_share
    balance = plan.principal
    rows: list[Installment] = []
    for period in range(1, plan.periods + 1):
        interest = plan.interest(balance, period)
        in_full = first_in_full and period == 1
        principal = balance if period == plan.periods else _principal(plan, each, balance, interest, in_full=in_full)
        balance -= principal
        number = plan.first_period + period - 1
        rows.append(Installment(number, plan.dates.due(period), principal + interest, principal, interest, balance))
        if not balance:
            break
    return tuple(rows)


def share_of(plan: Plan, installment: NextInstallment) -> Decimal:
    """Return the share that an installment billed by the core was cut from."""
    if plan.method is RepaymentMethod.EQUAL_PRINCIPAL:
        return installment.principal
    if plan.accrual is Accrual.WHOLE_MONTHS:
        return installment.principal + interest_for_month(plan.principal, plan.annual_rate)
    return installment.amount


def _principal(plan: Plan, each: Decimal, balance: Decimal, interest: Decimal, *, in_full: bool) -> Decimal:
    if plan.method is RepaymentMethod.EQUAL_PRINCIPAL:
        principal = each
    elif plan.accrual is Accrual.ACTUAL_DAYS or in_full:
        principal = each - interest
    else:
        principal = each - interest_for_month(balance, plan.annual_rate)
    # At rates above any fund loan's, 31 days of interest may exceed a payment made of twelfths.
    return min(max(principal, ZERO), balance)


def total_interest(installments: Iterable[Installment]) -> Decimal:
    return sum((row.interest for row in installments), ZERO)


def total_paid(installments: Iterable[Installment]) -> Decimal:
    return sum((row.amount for row in installments), ZERO)
