"""Validation that the calculators share: ranges of amounts, periods, rates and days, each refused by its field's
name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bff.rules.loan import RepaymentMethod
from bff.rules.loans.schedule import PLANNED
from bff.rules.policy.model import CalculatorLimits
from bff.rules.policy.rates import HomeOrder
from bff.rules.refusal import Refusal, UserErrorCode
from bff.rules.typed_values import Mistyped

UNITS = {
    "periods": "期",
    "remainingPeriods": "期",
    "annualRate": "%",
    "dueDay": "日",
    "age": "岁",
    "monthsContributed": "个月",
}
"""Of what is no amount of yuan."""
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Loans out of the fund exist since 1991; plans end before any calendar does."""


def range_refusal(
    field: str, label: str, value: Decimal | int | Mistyped, least: Decimal | int, most: Decimal | int
) -> Refusal | None:
    if isinstance(value, Mistyped):
        return value.of(field)
    unit = UNITS.get(field, "元")
    if value < least:
        return Refusal(UserErrorCode.BELOW_MINIMUM, f"{label}不能小于{least}{unit}。", field, limit=Decimal(least))
    if value > most:
        return Refusal(UserErrorCode.ABOVE_MAXIMUM, f"{label}不能大于{most}{unit}。", field, limit=Decimal(most))
    return None


def method_refusal(method: RepaymentMethod) -> Refusal | None:
    if method in PLANNED:
        return None
    return Refusal(UserErrorCode.INVALID_INPUT, "还款方式只能为等额本息或等额本金。", "method")


def rate_refusal(annual_rate: Decimal | None, order: HomeOrder | None, limits: CalculatorLimits) -> Refusal | None:
    """Require exactly one of the rate and the home order that it follows from."""
    if annual_rate is None and order is None:
        return Refusal(UserErrorCode.REQUIRED, "请输入年利率，或选择首套、二套住房。", "annualRate")
    if annual_rate is None:
        return None
    if order is not None:
        return Refusal(UserErrorCode.INVALID_INPUT, "年利率和住房套数只能填写一项。", "annualRate")
    return range_refusal("annualRate", "年利率", annual_rate, 0, limits.most_annual_rate)


def day_refusal(field: str, label: str, day: date | Mistyped | None) -> Refusal | None:
    if isinstance(day, Mistyped):
        return day.of(field)
    if day is None or FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    return Refusal(UserErrorCode.INVALID_DATE, f"{label}须在{FIRST_YEAR}年至{LAST_YEAR}年之间。", field)


def due_day_refusal(day: int | None) -> Refusal | None:
    return range_refusal("dueDay", "还款日", 1 if day is None else day, 1, 31)


def no_rate_refusal(field: str) -> Refusal:
    return Refusal(UserErrorCode.INVALID_DATE, "没有该日期的利率，请直接输入年利率。", field)


def found(*refusals: Refusal | None) -> tuple[Refusal, ...]:
    return tuple(refusal for refusal in refusals if refusal)
