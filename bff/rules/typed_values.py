"""Typed amounts, rates and days. A value that cannot be read is replaced by `Mistyped` until it is refused together
with all else that is wrong with the input."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bff.rules.parsing import parse_money
from bff.rules.refusal import Refusal, UserErrorCode
from bff.rules.text_normalization import half_width

_RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,7})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Mistyped:
    """Placeholder of a value that could not be read."""

    code: UserErrorCode
    message: str

    def of(self, field: str) -> Refusal:
        return Refusal(self.code, self.message, field)


NO_AMOUNT = Mistyped(UserErrorCode.INVALID_AMOUNT, "请输入金额，如 2126.00。")
WRONG_AMOUNT = Mistyped(
    UserErrorCode.INVALID_AMOUNT, "金额格式不正确，请只输入数字，不带符号和单位，最多两位小数，如 2126.00。"
)
WRONG_RATE = Mistyped(UserErrorCode.INVALID_INPUT, "利率格式不正确，请输入百分比的数字，不带百分号，如 3.575。")
WRONG_DAY = Mistyped(UserErrorCode.INVALID_DATE, "日期不正确，请按“年-月-日”输入实际存在的日期，如 2018-10-25。")


def typed_money(text: str) -> Decimal | Mistyped:
    if (amount := parse_money(text)) is not None:
        return amount
    return WRONG_AMOUNT if text.strip() else NO_AMOUNT


def typed_rate(text: str) -> Decimal | Mistyped:
    plain = half_width(text).strip()
    return Decimal(plain) if _RATE.fullmatch(plain) else WRONG_RATE


def typed_day(text: str) -> date | Mistyped:
    plain = half_width(text).strip()
    try:
        return date.fromisoformat(plain) if _DAY.fullmatch(plain) else WRONG_DAY
    except ValueError:
        return WRONG_DAY


def mistyped(**values: object) -> tuple[Refusal, ...]:
    """Return a refusal for each value that could not be read, by the names of the input's fields."""
    found = ((field, value) for field, value in values.items() if isinstance(value, Mistyped))
    return tuple(value.of(field) for field, value in found)
