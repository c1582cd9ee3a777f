"""Amounts in capitals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.rules.amount_in_words import amount_in_words
from tests.rules.examples import derandomised

DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000, "万": 10**4, "亿": 10**8}


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("24500.00", "贰万肆仟伍佰元整"),
        ("1500.00", "壹仟伍佰元整"),
        ("30921.43", "叁万零玖佰贰拾壹元肆角叁分"),
        ("1500.05", "壹仟伍佰元零伍分"),
        ("1500.50", "壹仟伍佰元伍角整"),
        ("0.00", "零元整"),
        ("0.50", "伍角整"),
        ("0.05", "伍分"),
        ("0.55", "伍角伍分"),
        ("10.00", "壹拾元整"),
        ("1001.00", "壹仟零壹元整"),
        ("1040.00", "壹仟零肆拾元整"),
        ("10000.00", "壹万元整"),
        ("100005.00", "壹拾万零伍元整"),
        ("10100000.00", "壹仟零壹拾万元整"),
        ("100000000.00", "壹亿元整"),
        ("100000001.00", "壹亿零壹元整"),
        ("100010000.00", "壹亿零壹万元整"),
        ("1000000000001.01", "壹万亿零壹元零壹分"),
        ("9999999999999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_writes_what_a_voucher_says(amount: str, words: str) -> None:
    assert amount_in_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "10000000000000000.00", "NaN", "Infinity"])
def test_refuses_what_is_no_amount_of_money(amount: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        amount_in_words(Decimal(amount))


@derandomised
@given(st.integers(0, 10**18 - 1))
def test_reads_back_as_the_same_amount(fen: int) -> None:
    assert _read(amount_in_words(Decimal(fen) / 100)) == fen


@derandomised
@given(st.integers(0, 10**18 - 1))
def test_never_writes_two_zeros_in_a_row_nor_one_before_a_unit(fen: int) -> None:
    words = amount_in_words(Decimal(fen) / 100)
    assert not any(pair in words.removeprefix("零元") for pair in ("零零", "零元", "零万", "零亿", "零角", "零分"))


def _read(words: str) -> int:
    """Fen, read by the units alone."""
    yuan, _, change = words.removesuffix("整").rpartition("元")
    return _count(yuan) * 100 + sum(
        DIGITS[change[at - 1]] * fen for unit, fen in (("角", 10), ("分", 1)) if (at := change.find(unit)) > 0
    )


def _count(text: str) -> int:
    for unit in "亿万仟佰拾":
        if unit in text:
            # 万 may stand before 亿 (万亿): split at the largest unit, at its last place.
            high, _, low = text.rpartition(unit)
            return _count(high) * UNITS[unit] + _count(low)
    return DIGITS[text.strip("零") or "零"]


def test_an_amount_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"-0\.01 is no amount of money"):
        amount_in_words(Decimal("-0.01"))


def test_fen_after_a_single_yuan_follow_a_zero() -> None:
    assert (amount_in_words(Decimal("1.05")), amount_in_words(Decimal("0.05"))) == ("壹元零伍分", "伍分")
