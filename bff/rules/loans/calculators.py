"""The public calculators of repayment plans, for a fund loan and for a combined loan (组合贷款)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from bff.rules.loan import Installment, RepaymentMethod
from bff.rules.loans.calculator_input import (
    day_refusal,
    due_day_refusal,
    found,
    method_refusal,
    no_rate_refusal,
    range_refusal,
    rate_refusal,
)
from bff.rules.loans.interest import Accrual
from bff.rules.loans.rate_adjustment import bank_note, rate_note
from bff.rules.loans.schedule import DueDates, Plan, schedule, total_interest, total_paid
from bff.rules.money import ZERO
from bff.rules.policy.model import CalculatorLimits, LoanPolicy, PolicyOnDay
from bff.rules.policy.rates import HomeOrder, RateTable
from bff.rules.refusal import Refusals

OF_FUND = ("commercial.startOn", "commercial.dueDay")
"""Fields that a bank's part does not have: they are told of the fund's part."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """Input of a plan: exactly one of `annual_rate` and `home_order`. Without `start_on` every month is a twelfth of
    a year."""

    principal: Decimal
    periods: int
    method: RepaymentMethod
    annual_rate: Decimal | None = None
    home_order: HomeOrder | None = None
    start_on: date | None = None
    due_day: int | None = None


@dataclass(frozen=True, slots=True)
class RepaymentPlan:
    """Plan with its sums; `annual_rate` is null for the sum of two loans."""

    annual_rate: Decimal | None
    total_paid: Decimal
    total_interest: Decimal
    installments: tuple[Installment, ...]
    note: str


@dataclass(frozen=True, slots=True)
class CombinedPlan:
    fund: RepaymentPlan
    commercial: RepaymentPlan
    total: RepaymentPlan


def repayment_plan(
    request: PlanRequest, policy: PolicyOnDay, rates: RateTable, today: date
) -> RepaymentPlan | Refusals:
    """Compute a plan by policy keys `calculators` and `loan`; the rate of a home order is that of the start, or of
    today. Without a start there are no days to count, so that each month is a whole one."""
    if refusals := _plan_refusals(request, policy.calculators):
        return refusals
    rate = _rate(request.annual_rate, request.home_order, request.periods, request.start_on or today, rates)
    if rate is None:
        return (no_rate_refusal("startOn"),)
    dates = DueDates.after(request.start_on, request.due_day) if request.start_on else DueDates.after(today)
    plan = plan_of(request.principal, rate, request.periods, request.method, dates, policy.loan)
    if request.start_on:
        return _plan(rate, schedule(plan))
    rows = schedule(replace(plan, accrual=Accrual.WHOLE_MONTHS))
    return _plan(rate, tuple(replace(row, due_on=None) for row in rows))


def combined_plan(
    fund: PlanRequest, commercial: PlanRequest, policy: PolicyOnDay, rates: RateTable, today: date
) -> CombinedPlan | Refusals:
    """Compute the plan of a combined loan (组合贷款): both parts start and fall due on the days of the fund's. A
    bank's rate has to be given."""
    same_days = replace(commercial, start_on=fund.start_on, due_day=fund.due_day, home_order=None)
    first = repayment_plan(fund, policy, rates, today)
    second = repayment_plan(same_days, policy, rates, today)
    if isinstance(first, tuple) or isinstance(second, tuple):
        return (
            *_prefixed("fund", first),
            *(each for each in _prefixed("commercial", second) if each.field not in OF_FUND),
        )
    if second.annual_rate is not None:
        second = replace(second, note=bank_note(second.annual_rate))
    rows = tuple(_sum(*pair) for pair in zip_longest(first.installments, second.installments))
    return CombinedPlan(first, second, _plan(None, rows))


def plan_of(
    principal: Decimal, rate: Decimal, periods: int, method: RepaymentMethod, dates: DueDates, loan: LoanPolicy
) -> Plan:
    return Plan(principal, rate, periods, method, dates, loan.day_count, loan.accrual_of(method))


def _plan_refusals(request: PlanRequest, limits: CalculatorLimits) -> Refusals:
    return found(
        range_refusal("principal", "贷款金额", request.principal, limits.least_principal, limits.most_principal),
        range_refusal("periods", "贷款期数", request.periods, 1, limits.most_periods),
        method_refusal(request.method),
        rate_refusal(request.annual_rate, request.home_order, limits),
        day_refusal("startOn", "起息日", request.start_on),
        due_day_refusal(request.due_day),
    )


def _rate(
    annual_rate: Decimal | None, order: HomeOrder | None, periods: int, day: date, rates: RateTable
) -> Decimal | None:
    if annual_rate is not None or order is None:
        return annual_rate
    on_day = rates.rates_on(day)
    return on_day.loan.of(order, periods) if on_day else None


def _plan(rate: Decimal | None, rows: tuple[Installment, ...]) -> RepaymentPlan:
    return RepaymentPlan(rate, total_paid(rows), total_interest(rows), rows, rate_note(rate, len(rows)))


def _prefixed(part: str, outcome: RepaymentPlan | Refusals) -> Refusals:
    refusals = outcome if isinstance(outcome, tuple) else ()
    return tuple(replace(refusal, field=f"{part}.{refusal.field}") for refusal in refusals)


def _sum(first: Installment | None, second: Installment | None) -> Installment:
    """Add one month of both loans; the shorter one's balance is zero after its end."""
    rows = [row for row in (first, second) if row]
    return Installment(
        period=rows[0].period,
        due_on=rows[0].due_on,
        amount=sum((row.amount for row in rows), ZERO),
        principal=sum((row.principal for row in rows), ZERO),
        interest=sum((row.interest for row in rows), ZERO),
        balance=sum((row.balance for row in rows), ZERO),
    )
