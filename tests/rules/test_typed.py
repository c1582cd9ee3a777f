"""Amounts, rates and days as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bff.rules.dates import at_centre
from bff.rules.refusal import Refusal, UserErrorCode
from bff.rules.typed_values import (
    NO_AMOUNT,
    WRONG_AMOUNT,
    WRONG_DAY,
    WRONG_RATE,
    mistyped,
    typed_day,
    typed_money,
    typed_rate,
)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("２，１２６．００", Decimal("2126.00")), ("", NO_AMOUNT), (" ", NO_AMOUNT), ("10元", WRONG_AMOUNT)],
)
def test_an_amount_is_read_or_said_to_be_missing_or_wrong(text: str, amount: object) -> None:
    assert typed_money(text) == amount


@pytest.mark.parametrize(
    ("text", "rate"), [(" ３．５７５ ", Decimal("3.575")), ("3.575%", WRONG_RATE), ("", WRONG_RATE), ("-1", WRONG_RATE)]
)
def test_a_rate_is_read_or_wrong(text: str, rate: object) -> None:
    assert typed_rate(text) == rate


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (" ２０１８-10-25 ", date(2018, 10, 25)),
        ("2018-02-30", WRONG_DAY),
        ("20181025", WRONG_DAY),
        ("2018-W43-4", WRONG_DAY),
        ("", WRONG_DAY),
    ],
)
def test_a_day_is_read_or_wrong(text: str, day: object) -> None:
    assert typed_day(text) == day


def test_what_could_not_be_read_is_refused_by_its_field() -> None:
    message = "请输入金额，如 2126.00。"
    assert mistyped(amount=NO_AMOUNT, day=date(2018, 10, 25)) == (
        Refusal(UserErrorCode.INVALID_AMOUNT, message, "amount"),
    )


def test_a_moment_is_shown_in_the_centre_s_time() -> None:
    moment = datetime(2018, 10, 25, 20, 30, tzinfo=UTC)
    assert at_centre(moment).isoformat() == "2018-10-26T04:30:00+08:00"
    assert at_centre(moment) == moment


def test_a_moment_without_a_zone_is_not_guessed() -> None:
    with pytest.raises(ValueError, match=r"^a moment without a zone$"):
        at_centre(datetime(2018, 10, 25))  # noqa: DTZ001
