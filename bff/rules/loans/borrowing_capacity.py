"""Borrowing capacity: the largest loan by balance, monthly payment, price and the centre's cap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from bff.rules.loan import RepaymentMethod
from bff.rules.loans.calculator_input import found, method_refusal, range_refusal, rate_refusal
from bff.rules.money import CENT, ZERO, floor_to
from bff.rules.policy.model import CalculatorLimits, PolicyOnDay, Supplement
from bff.rules.policy.rates import HomeOrder, RateTable
from bff.rules.refusal import Refusal, Refusals, UserErrorCode


@dataclass(frozen=True, slots=True)
class BorrowingRequest:
    """Input in yuan; incomes and payments are the household's a month. Exactly one of `annual_rate` and
    `home_order`. `couple`: both pay into the fund. A null limits nothing."""

    balance: Decimal
    monthly_income: Decimal
    other_monthly_payments: Decimal
    periods: int
    method: RepaymentMethod
    annual_rate: Decimal | None = None
    home_order: HomeOrder | None = None
    couple: bool = False
    price: Decimal | None = None
    age: int | None = None
    months_contributed: int | None = None
    supplements: tuple[Supplement, ...] = ()


@dataclass(frozen=True, slots=True)
class Borrowing:
    """Result: `amount` is the least of the limits, rounded down to the policy's `loan_floor`; `by_price` is null
    where the price or the policy's down payment is unknown."""

    amount: Decimal
    by_balance: Decimal
    by_payment: Decimal
    by_cap: Decimal
    annual_rate: Decimal
    by_price: Decimal | None = None


def borrowing(request: BorrowingRequest, policy: PolicyOnDay, rates: RateTable, today: date) -> Borrowing | Refusals:
    """Compute the limits by policy keys `calculators.balance_multiple`, `payment_share`, `loan_cap`, `loan_floor`
    and those below."""
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
    by_payment = principal_for(
        max(payment, ZERO), rate * policy.loan.longest_month(request.method), request.periods, request.method
    )
    by_cap, by_price = _cap(request, limits), _by_price(request, limits)
    known = [each for each in (by_balance, by_payment, by_cap, by_price) if each is not None]
    return Borrowing(
        amount=floor_to(min(known), limits.loan_floor),
        by_balance=floor_to(by_balance, CENT),
        by_payment=by_payment,
        by_cap=by_cap,
        annual_rate=rate,
        by_price=by_price,
    )


def _cap(request: BorrowingRequest, limits: CalculatorLimits) -> Decimal:
    """Return the first of policy keys `loan_cap_second_couple`, `loan_cap_second`, `loan_cap_couple` and `loan_cap`
    that is set and applies."""
    second = request.home_order is HomeOrder.SECOND
    fitting = (
        limits.loan_cap_second_couple if second and request.couple else None,
        limits.loan_cap_second if second else None,
        limits.loan_cap_couple if request.couple else None,
    )
    cap = next((cap for cap in fitting if cap is not None), limits.loan_cap)
    return floor_to(cap * (100 + _supplement(request, limits)) / 100, CENT)


def _supplement(request: BorrowingRequest, limits: CalculatorLimits) -> Decimal:
    """Apply policy keys `loan_cap_supplements` and `loan_cap_supplement_most`: per cent of the cap."""
    asked = set(request.supplements)
    total = sum((each.per_cent for each in limits.loan_cap_supplements if asked & set(each.reasons)), ZERO)
    most = limits.loan_cap_supplement_most
    return total if most is None else min(total, most)


def _by_price(request: BorrowingRequest, limits: CalculatorLimits) -> Decimal | None:
    """Return the price less policy key `down_payment_first` or `down_payment_second`."""
    second = request.home_order is HomeOrder.SECOND
    share = limits.down_payment_second if second else limits.down_payment_first
    if request.price is None or share is None:
        return None
    return floor_to(request.price * (100 - share) / 100, CENT)


def principal_for(payment: Decimal, monthly: Decimal, periods: int, method: RepaymentMethod) -> Decimal:
    """Compute the largest loan whose first installment is not above `payment`; `monthly` is a month's interest on
    one yuan."""
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
        None if request.price is None else range_refusal("price", "房屋总价", request.price, 0, most),
        _age_refusal(request, limits),
        _contribution_refusal(request, limits),
        method_refusal(request.method),
        rate_refusal(request.annual_rate, request.home_order, limits),
    )


def _age_refusal(request: BorrowingRequest, limits: CalculatorLimits) -> Refusal | None:
    """Check policy key `oldest_at_maturity`: the age at which the last installment is due."""
    if request.age is None:
        return None
    if refusal := range_refusal("age", "借款人年龄", request.age, 18, 100):
        return refusal
    most = max(limits.oldest_at_maturity - request.age, 0) * 12
    if not limits.oldest_at_maturity or request.periods <= most:
        return None
    message = f"借款人年龄与贷款年限之和不能超过{limits.oldest_at_maturity}岁，按您的年龄最长可贷{most}期。"
    return Refusal(UserErrorCode.ABOVE_MAXIMUM, message, "periods", limit=Decimal(most))


def _contribution_refusal(request: BorrowingRequest, limits: CalculatorLimits) -> Refusal | None:
    """Check policy key `contribution_months`."""
    months, least = request.months_contributed, limits.contribution_months
    if months is None or months >= least:
        return None
    message = f"连续缴存满{least}个月后方可申请贷款，您已连续缴存{max(months, 0)}个月。"
    return Refusal(UserErrorCode.CONTRIBUTIONS_TOO_SHORT, message, "monthsContributed", limit=Decimal(least))
