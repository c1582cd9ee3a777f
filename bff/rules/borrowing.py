"""How much somebody may borrow out of the fund: by the balance, by the monthly payment, by the centre's cap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from bff.rules.calculators import Refusals
from bff.rules.inputs import found, method_refusal, range_refusal, rate_refusal
from bff.rules.loan import RepaymentMethod
from bff.rules.money import CENT, ZERO, floor_to
from bff.rules.policy import CalculatorLimits, PolicyOnDay
from bff.rules.rates import HomeOrder, RateTable


@dataclass(frozen=True, slots=True)
class BorrowingRequest:
    """Yuan; incomes and payments are the household's a month. Exactly one of `annual_rate` and `home_order`."""

    balance: Decimal
    monthly_income: Decimal
    other_monthly_payments: Decimal
    periods: int
    method: RepaymentMethod
    annual_rate: Decimal | None = None
    home_order: HomeOrder | None = None


@dataclass(frozen=True, slots=True)
class Borrowing:
    """`amount` is the least of the three limits, rounded down to the policy's `loan_floor`."""

    amount: Decimal
    by_balance: Decimal
    by_payment: Decimal
    by_cap: Decimal
    annual_rate: Decimal


def borrowing(request: BorrowingRequest, policy: PolicyOnDay, rates: RateTable, today: date) -> Borrowing | Refusals:
    """Policy keys `calculators.balance_multiple`, `payment_share`, `loan_cap` and `loan_floor`."""
    limits = policy.calculators
    if refusals := _refusals(request, limits):
        return refusals
    rate = request.annual_rate
    if rate is None:
        on_day = rates.rates_on(today)
        if on_day is None or request.home_order is None:
            return found(rate_refusal(None, None, limits))
        rate = on_day.loan.of(request.home_order, request.periods)
    payment = request.monthly_income * limits.payment_share / 100 - request.other_monthly_payments
    by_balance = request.balance * limits.balance_multiple
    by_payment = principal_for(max(payment, ZERO), rate, request.periods, request.method)
    amount = floor_to(min(by_balance, by_payment, limits.loan_cap), limits.loan_floor)
    return Borrowing(amount, floor_to(by_balance, CENT), by_payment, limits.loan_cap, rate)


def principal_for(payment: Decimal, annual_rate: Decimal, periods: int, method: RepaymentMethod) -> Decimal:
    """The largest loan whose first installment, at a twelfth of the rate, is not above `payment`."""
    monthly = annual_rate / 1200
    if method is RepaymentMethod.EQUAL_PRINCIPAL or not monthly:
        return (payment * periods / (1 + monthly * periods)).quantize(CENT, ROUND_FLOOR)
    growth = (1 + monthly) ** periods
    return (payment * (growth - 1) / (monthly * growth)).quantize(CENT, ROUND_FLOOR)


def _refusals(request: BorrowingRequest, limits: CalculatorLimits) -> Refusals:
    most = limits.most_principal
    return found(
        range_refusal("balance", "账户余额", request.balance, 0, most),
        range_refusal("monthlyIncome", "家庭月收入", request.monthly_income, 0, most),
        range_refusal("otherMonthlyPayments", "其他月还款", request.other_monthly_payments, 0, most),
        range_refusal("periods", "贷款期数", request.periods, 1, limits.most_periods),
        method_refusal(request.method),
        rate_refusal(request.annual_rate, request.home_order, limits),
    )
