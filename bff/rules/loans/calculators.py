"""The public calculators: repayment and prepayment plans. What is out of range comes back as refusals, all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from bff.rules.application import Keep
from bff.rules.dates import add_months
from bff.rules.loan import Installment, RepaymentMethod, Repricing
from bff.rules.loans.calculator_input import day_refusal, found, method_refusal, range_refusal, rate_refusal
from bff.rules.loans.interest import Accrual, InterestOn
from bff.rules.loans.prepayment_schedule import Prepayment, prepay
from bff.rules.loans.rate_adjustment import bank_note, coming_rate, rate_note
from bff.rules.loans.schedule import DueDates, Plan, schedule, total_interest, total_paid
from bff.rules.money import CENT, ZERO
from bff.rules.policy.model import CalculatorLimits, LoanPolicy, PolicyOnDay
from bff.rules.policy.rates import HomeOrder, RateTable
from bff.rules.refusal import Refusal, UserErrorCode
from bff.rules.typed_values import mistyped

Refusals = tuple[Refusal, ...]

OF_FUND = ("commercial.startOn", "commercial.dueDay")
"""Fields that a bank's part does not have: they are told of the fund's part."""
LONG_TERM = 61
"""The fewest periods of a loan over five years."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """Exactly one of `annual_rate` and `home_order`. Without `start_on` every month is a twelfth of a year."""

    principal: Decimal
    periods: int
    method: RepaymentMethod
    annual_rate: Decimal | None = None
    home_order: HomeOrder | None = None
    start_on: date | None = None
    due_day: int | None = None


@dataclass(frozen=True, slots=True)
class RepaymentPlan:
    """`annual_rate` is null for the sum of two loans."""

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


@dataclass(frozen=True, slots=True)
class PrepaymentRequest:
    """`amount` is None for the payoff. By `home_order` the loan counts as one over five years, repriced on each
    1 January: for other loans `annual_rate` has to be given. Without a `due_day` it is that of `last_due_on`, which a
    short month may have cut."""

    balance: Decimal
    remaining_periods: int
    method: RepaymentMethod
    last_due_on: date
    paid_on: date
    annual_rate: Decimal | None = None
    home_order: HomeOrder | None = None
    amount: Decimal | None = None
    keep: Keep = Keep.TERM
    due_day: int | None = None


def repayment_plan(
    request: PlanRequest, policy: PolicyOnDay, rates: RateTable, today: date
) -> RepaymentPlan | Refusals:
    """Policy keys `calculators` and `loan`; the rate of a home order is that of the start, or of today. Without a start
    there are no days to count, so that each month is a whole one."""
    if refusals := _plan_refusals(request, policy.calculators):
        return refusals
    rate = _rate(request.annual_rate, request.home_order, request.periods, request.start_on or today, rates)
    if rate is None:
        return (_no_rate("startOn"),)
    dates = DueDates.after(request.start_on, request.due_day) if request.start_on else DueDates.after(today)
    plan = _terms(request.principal, rate, request.periods, request.method, dates, policy.loan)
    if request.start_on:
        return _plan(rate, schedule(plan))
    rows = schedule(replace(plan, accrual=Accrual.WHOLE_MONTHS))
    return _plan(rate, tuple(replace(row, due_on=None) for row in rows))


def combined_plan(
    fund: PlanRequest, commercial: PlanRequest, policy: PolicyOnDay, rates: RateTable, today: date
) -> CombinedPlan | Refusals:
    """组合贷款: both parts start and fall due on the days of the fund's. A bank's rate has to be given."""
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


def prepayment_plan(request: PrepaymentRequest, policy: PolicyOnDay, rates: RateTable) -> Prepayment | Refusals:
    """As the centre bills: policy key `loan`."""
    if refusals := _prepayment_refusals(request, policy.calculators):
        return refusals
    rate_before, rate = (_existing_rate(request, day, rates) for day in (request.last_due_on, request.paid_on))
    if rate_before is None or rate is None:
        return (_no_rate("lastDueOn"),)
    dates = DueDates.after(request.last_due_on, request.due_day)
    plan = _terms(request.balance, rate, request.remaining_periods, request.method, dates, policy.loan)
    if rate != rate_before:
        plan = replace(plan, repriced=Repricing(date(request.paid_on.year, 1, 1), rate_before))
    order = request.home_order
    coming = coming_rate(order, LONG_TERM, rate, rates, request.paid_on) if order else None
    if coming and dates.due(request.remaining_periods) <= coming.on:
        coming = None
    note = rate_note(rate, LONG_TERM, coming)
    interest_on = policy.prepayment.interest_on if policy.prepayment else InterestOn.BALANCE
    return prepay(plan, request.paid_on, request.amount, request.keep, note=note, interest_on=interest_on)


def _existing_rate(request: PrepaymentRequest, day: date, rates: RateTable) -> Decimal | None:
    if request.annual_rate is not None or request.home_order is None:
        return request.annual_rate
    return rates.rate_of_existing_loan(request.home_order, LONG_TERM, date.min, day)


def _terms(
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
        _due_day_refusal(request.due_day),
    )


def _prepayment_refusals(request: PrepaymentRequest, limits: CalculatorLimits) -> Refusals:
    amount = CENT if request.amount is None else request.amount
    most = limits.most_principal if mistyped(balance=request.balance) else max(request.balance - CENT, CENT)
    return found(
        range_refusal("balance", "贷款余额", request.balance, CENT, limits.most_principal),
        range_refusal("remainingPeriods", "剩余期数", request.remaining_periods, 1, limits.most_periods),
        method_refusal(request.method),
        rate_refusal(request.annual_rate, request.home_order, limits),
        *_days_refusals(request),
        range_refusal("amount", "提前还款金额", amount, CENT, most),
    )


def _due_day_refusal(day: int | None) -> Refusal | None:
    return range_refusal("dueDay", "还款日", 1 if day is None else day, 1, 31)


def _days_refusals(request: PrepaymentRequest) -> Refusals:
    """Each day by itself first; then whether they fit each other."""
    each = found(
        day_refusal("lastDueOn", "上期还款日", request.last_due_on),
        *mistyped(paidOn=request.paid_on),
        _due_day_refusal(request.due_day),
    )
    return each or found(_other_due_day_refusal(request) or _paid_on_refusal(request))


def _other_due_day_refusal(request: PrepaymentRequest) -> Refusal | None:
    last, day = request.last_due_on, request.due_day
    if day is None or add_months(last, 0, on=day) == last:
        return None
    message = f"上期还款日须为当月{day}日（当月没有{day}日的，为月末），请核对上期还款日和还款日。"
    return Refusal(UserErrorCode.INVALID_DATE, message, "dueDay")


def _paid_on_refusal(request: PrepaymentRequest) -> Refusal | None:
    dates = DueDates.after(request.last_due_on, request.due_day)
    if dates.interest_from <= request.paid_on < dates.due(1):
        return None
    message = "提前还款日须不早于上期还款日，且早于下期还款日。"
    return Refusal(UserErrorCode.INVALID_DATE, message, "paidOn")


def _rate(
    annual_rate: Decimal | None, order: HomeOrder | None, periods: int, day: date, rates: RateTable
) -> Decimal | None:
    if annual_rate is not None or order is None:
        return annual_rate
    on_day = rates.rates_on(day)
    return on_day.loan.of(order, periods) if on_day else None


def _no_rate(field: str) -> Refusal:
    return Refusal(UserErrorCode.INVALID_DATE, "没有该日期的利率，请直接输入年利率。", field)


def _plan(rate: Decimal | None, rows: tuple[Installment, ...]) -> RepaymentPlan:
    return RepaymentPlan(rate, total_paid(rows), total_interest(rows), rows, rate_note(rate, len(rows)))


def _prefixed(part: str, outcome: RepaymentPlan | Refusals) -> Refusals:
    refusals = outcome if isinstance(outcome, tuple) else ()
    return tuple(replace(refusal, field=f"{part}.{refusal.field}") for refusal in refusals)


def _sum(first: Installment | None, second: Installment | None) -> Installment:
    """One month of both loans; the shorter one's balance is nothing after its end."""
    rows = [row for row in (first, second) if row]
    return Installment(
        period=rows[0].period,
        due_on=rows[0].due_on,
        amount=sum((row.amount for row in rows), ZERO),
        principal=sum((row.principal for row in rows), ZERO),
        interest=sum((row.interest for row in rows), ZERO),
        balance=sum((row.balance for row in rows), ZERO),
    )
