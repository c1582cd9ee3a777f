"""Deposit interest to the day, and penalty interest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.rules.loans.interest import (
    BalanceChange,
    PenaltyTerms,
    deposit_interest,
    interest_for_days,
    penalty,
    settled_interest,
)
from bff.rules.policy.rates import DepositRate
from tests.rules.examples import derandomised

ONE_AND_A_HALF = (DepositRate(date(2016, 2, 21), Decimal("1.50"), Decimal("1.50"), ""),)
TWO_BUCKETS = (DepositRate(date(2015, 10, 24), Decimal("0.35"), Decimal("1.10"), ""), *ONE_AND_A_HALF)
ZERO = Decimal(0)


def change(on: date, carried_forward: str = "0", current_year: str = "0") -> BalanceChange:
    return BalanceChange(on, Decimal(carried_forward), Decimal(current_year))


YEAR_OF_THE_MANUAL = [
    change(date(2018, 7, 1), "26043.43"),
    change(date(2018, 7, 14), "0", "2126.00"),
    change(date(2018, 8, 19), "0", "2126.00"),
    change(date(2018, 9, 8), "0", "2126.00"),
    change(date(2018, 10, 23), "-1500.00"),
]


@pytest.mark.parametrize(
    ("until", "basis", "interest"),
    [
        (date(2018, 10, 25), 360, "144.97"),
        (date(2018, 10, 25), 365, "142.99"),
    ],
)
def test_the_day_of_closing_earns_nothing(until: date, basis: int, interest: str) -> None:
    """26043.43 x 13 + 28169.43 x 36 + 30295.43 x 20 + 32421.43 x 45 + 30921.43 x 2 days = 3 479 379.88."""
    assert deposit_interest(YEAR_OF_THE_MANUAL, until, ONE_AND_A_HALF, basis) == Decimal(interest)


@pytest.mark.parametrize(("basis", "interest"), [(360, "465.78"), (365, "459.40")])
def test_the_day_of_settlement_earns(basis: int, interest: str) -> None:
    """The same days but 251 of 30921.43, 23 October to 30 June: 11 178 815.95 x 1.50 % / 360 = 465.784."""
    assert settled_interest(YEAR_OF_THE_MANUAL, date(2019, 6, 30), ONE_AND_A_HALF, basis) == Decimal(interest)


@pytest.mark.parametrize(("year", "interest"), [(2019, "5475.00"), (2020, "5490.00")])
def test_every_day_of_a_year_belongs_to_it(year: int, interest: str) -> None:
    """1 July to 30 June: 365 days, or 366. 360 000.00 earn 15.00 a day."""
    changes = [change(date(year - 1, 7, 1), "360000.00")]
    assert settled_interest(changes, date(year, 6, 30), ONE_AND_A_HALF, 360) == Decimal(interest)


def test_each_part_earns_its_own_rate_until_they_were_made_one() -> None:
    changes = [change(date(2016, 2, 11), "36000.00", "36000.00")]
    # Ten days at 1.10 and 0.35, then ten at 1.50 on both: 11.00 + 3.50 + 30.00.
    assert deposit_interest(changes, date(2016, 3, 2), TWO_BUCKETS, 360) == Decimal("44.50")


def test_rounds_once_at_the_end() -> None:
    changes = [change(date(2018, 7, d), "40.00") for d in range(1, 5)]
    assert deposit_interest(changes, date(2018, 7, 5), ONE_AND_A_HALF, 360) == Decimal("0.02")


def test_nothing_before_the_first_change_or_on_the_last_day() -> None:
    assert deposit_interest([], date(2018, 7, 1), ONE_AND_A_HALF, 360) == 0
    assert deposit_interest([change(date(2018, 7, 1), "9999.00")], date(2018, 7, 1), ONE_AND_A_HALF, 360) == 0


def test_a_day_without_a_rate_is_an_error() -> None:
    with pytest.raises(ValueError, match="2015-01-01"):
        deposit_interest([change(date(2015, 1, 1), "1")], date(2016, 1, 1), ONE_AND_A_HALF, 360)


@derandomised
@given(
    st.lists(
        st.tuples(st.dates(date(2018, 7, 1), date(2019, 6, 29)), st.decimals(0, 5000, places=2), st.booleans()),
        max_size=8,
    )
)
def test_agrees_with_adding_up_every_day(rows: list[tuple[date, Decimal, bool]]) -> None:
    changes = [BalanceChange(on, amount if old else ZERO, ZERO if old else amount) for on, amount, old in rows]
    days = range(date(2018, 7, 1).toordinal(), date(2019, 6, 30).toordinal())
    sum_of_days = sum(sum(amount for on, amount, _ in rows if on.toordinal() <= day) for day in days)
    expected = (Decimal(sum_of_days) * Decimal("0.015") / 360).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert deposit_interest(changes, date(2019, 6, 30), ONE_AND_A_HALF, 360) == expected


@pytest.mark.parametrize(
    ("principal", "days", "interest"),
    [
        ("194807.02", 30, "580.36"),
        ("192897.15", 31, "593.83"),
        ("190987.28", 31, "587.95"),
        ("189077.41", 30, "563.29"),
    ],
)
def test_loan_interest_of_the_manuals_rows(principal: str, days: int, interest: str) -> None:
    assert interest_for_days(Decimal(principal), Decimal("3.575"), days, 360) == Decimal(interest)


@pytest.mark.parametrize(
    ("terms", "days", "expected"),
    [
        (PenaltyTerms(Decimal("1.5"), on_interest=False, grace_days=0), 40, "12.00"),
        (PenaltyTerms(Decimal("1.5"), on_interest=True, grace_days=0), 40, "15.00"),
        (PenaltyTerms(Decimal("1.3"), on_interest=False, grace_days=0), 40, "10.40"),
        (PenaltyTerms(Decimal("1.5"), on_interest=False, grace_days=3), 3, "0.00"),
        (PenaltyTerms(Decimal("1.5"), on_interest=False, grace_days=3), 4, "1.20"),
    ],
)
def test_penalty_follows_the_policy(terms: PenaltyTerms, days: int, expected: str) -> None:
    rate = Decimal("3.6")
    assert penalty(Decimal("2000.00"), Decimal("500.00"), rate, days, 360, terms) == Decimal(expected)


def test_a_rate_of_the_day_itself_is_enough_and_a_later_one_is_not() -> None:
    deposited = [change(date(2016, 2, 21), "36000.00")]
    assert deposit_interest(deposited, date(2016, 2, 22), ONE_AND_A_HALF, 360) == Decimal("1.50")
    with pytest.raises(ValueError, match="no deposit rate on 2016-02-20"):
        deposit_interest([change(date(2016, 2, 20), "36000.00")], date(2016, 2, 22), ONE_AND_A_HALF, 360)


def test_what_is_deposited_on_the_last_day_earns_nothing() -> None:
    assert (
        str(deposit_interest([change(date(2018, 7, 1), "36000.00")], date(2018, 7, 1), ONE_AND_A_HALF, 360)) == "0.00"
    )
