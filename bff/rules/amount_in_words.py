"""Amounts in the capital numerals of vouchers (大写), by annex one of 支付结算办法."""

from __future__ import annotations

from decimal import Decimal

from bff.rules.money import CENT, MAXIMUM

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


def amount_in_words(amount: Decimal) -> str:
    """Write an amount in capital numerals: 24500.00 is 贰万肆仟伍佰元整. Raises ValueError below zero, above N(18,2)
    or with parts of a cent."""
    if not 0 <= amount <= MAXIMUM or amount != amount.quantize(CENT):
        raise ValueError(f"{amount} is no amount of money")
    yuan, change = divmod(int(amount * 100), 100)
    if not yuan and not change:
        return "零元整"
    return (f"{_whole(yuan)}元" if yuan else "") + _change(change, after_yuan=yuan > 0)


def _whole(number: int) -> str:
    for unit, name in _UNITS:
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return _whole(high) + name + gap + (_whole(low) if low else "")
    return _DIGITS[number]


def _change(change: int, *, after_yuan: bool) -> str:
    jiao, fen = divmod(change, 10)
    if not change:
        return "整"
    if not jiao:
        return ("零" if after_yuan else "") + _DIGITS[fen] + "分"
    return _DIGITS[jiao] + "角" + (_DIGITS[fen] + "分" if fen else "整")
