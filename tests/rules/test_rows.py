"""What a row that was taken back, and the one that takes it back, say and add up to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bff.rules.rows import RowState, marked, signed


@pytest.mark.parametrize(
    ("summary", "state", "expected"),
    [
        ("汇缴201204公积金", RowState.STANDS, "汇缴201204公积金"),
        ("汇缴201204公积金", RowState.REVERSED, "汇缴201204公积金（已冲账）"),
        (None, RowState.REVERSED, "已冲账"),
        ("汇缴201204公积金", RowState.REVERSAL, "冲账：汇缴201204公积金"),
        ("付款退回冲账", RowState.REVERSAL, "付款退回冲账"),
        ("红冲", RowState.REVERSAL, "红冲"),
        (None, RowState.REVERSAL, "冲账"),
        (None, RowState.STANDS, None),
    ],
)
def test_a_text_says_that_a_row_was_taken_back(summary: str | None, state: RowState, expected: str | None) -> None:
    assert marked(summary, state) == expected


@pytest.mark.parametrize("sent", ["1500.00", "-1500.00"])
def test_a_reversal_is_below_zero_however_the_core_writes_it(sent: str) -> None:
    assert str(signed(Decimal(sent), RowState.REVERSAL)) == "-1500.00"


def test_nothing_has_no_sign() -> None:
    assert str(signed(Decimal("0.00"), RowState.REVERSAL)) == "0.00"


@pytest.mark.parametrize("state", [RowState.STANDS, RowState.REVERSED, RowState.UNKNOWN])
@pytest.mark.parametrize("sent", ["1500.00", "-1500.00", "0.00"])
def test_every_other_row_has_the_sign_of_the_core(sent: str, state: RowState) -> None:
    assert str(signed(Decimal(sent), state)) == sent


@pytest.mark.parametrize("summary", ["汇缴201204公积金", "冲抵", None])
def test_a_mark_that_is_not_known_says_nothing(summary: str | None) -> None:
    assert marked(summary, RowState.UNKNOWN) == summary
