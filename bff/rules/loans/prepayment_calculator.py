"""The public calculator of a prepayment: the plan of a loan that the caller describes, before and after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bff.rules.application import Keep
from bff.rules.dates import add_months
from bff.rules.loan import RepaymentMethod, Repricing
from bff.rules.loans.calculator_input import (
    day_refusal,
    due_day_refusal,
    found,
    method_refusal,
    no_rate_refusal,
    range_refusal,
    rate_refusal,
)
from bff.rules.loans.calculators import plan_of
from bff.rules.loans.interest import InterestOn
from bff.rules.loans.prepayment_schedule import Prepayment, prepay
from bff.rules.loans.rate_adjustment import coming_rate, rate_note
from bff.rules.loans.schedule import DueDates
from bff.rules.money import CENT
from bff.rules.policy.model import CalculatorLimits, PolicyOnDay
from bff.rules.policy.rates import HomeOrder, RateTable
from bff.rules.refusal import Refusal, Refusals, UserErrorCode
from bff.rules.typed_values import mistyped

LONG_TERM = 61
"""The fewest periods of a loan over five years."""


@dataclass(frozen=True, slots=True)
class PrepaymentRequest:
    """Input of a prepayment; `amount` is None for the payoff. By `home_order` the loan counts as one over five
    years, repriced on each 1 January: for other loans `annual_rate` has to be given. Without a `due_day` it is that
    of `last_due_on`, which a short month may have cut."""

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


def prepayment_plan(request: PrepaymentRequest, policy: PolicyOnDay, rates: RateTable) -> Prepayment | Refusals:
    """Compute the plan before and after a prepayment as the centre bills: policy key `loan`."""
    if refusals := _prepayment_refusals(request, policy.calculators):
        return refusals
    rate_before, rate = (_existing_rate(request, day, rates) for day in (request.last_due_on, request.paid_on))
    if rate_before is None or rate is None:
        return (no_rate_refusal("lastDueOn"),)
    dates = DueDates.after(request.last_due_on, request.due_day)
    plan = plan_of(request.balance, rate, request.remaining_periods, request.method, dates, policy.loan)
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


def _days_refusals(request: PrepaymentRequest) -> Refusals:
    """Check each day by itself, then whether they are consistent."""
    each = found(
        day_refusal("lastDueOn", "上期还款日", request.last_due_on),
        *mistyped(paidOn=request.paid_on),
        due_day_refusal(request.due_day),
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
