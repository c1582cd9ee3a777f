"""What members read of rates that change: for whom they change, from when, and for whom they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bff.rules.loans.rate_adjustment import ComingRate, coming_rate, note_of_loan, rate_note
from bff.rules.policy.rates import HomeOrder, load_rates
from tests.rules.people import loan, policy_text

RATES = load_rates(policy_text("rates.toml"), "rates.toml")
COMING = ComingRate(date(2025, 1, 1), Decimal("3.325"))
COUNTED = "按年利率3.575%试算；"
LATER = f"{COUNTED}还款期间利率调整的，公积金贷款自次年1月1日起执行新利率，以实际还款为准。"
FROM_JANUARY = f"{COUNTED}自2025年1月1日起年利率调整为3.325%，以实际还款为准。"


@pytest.mark.parametrize(
    ("matures_on", "note"),
    [
        (date(2025, 1, 2), FROM_JANUARY),
        (date(2025, 1, 1), LATER),
        (date(2024, 12, 31), LATER),
        (None, FROM_JANUARY),
    ],
)
def test_a_loan_that_ends_by_1_january_keeps_its_rate(matures_on: date | None, note: str) -> None:
    found = replace(loan(), annual_rate=Decimal("3.575"), periods=120, matures_on=matures_on)
    assert note_of_loan(found, COMING) == note


def test_two_loans_together_have_no_rate_of_their_own() -> None:
    assert rate_note(None, 360) == "按两部分各自的年利率试算；还款期间利率调整的，以实际还款为准。"


@pytest.mark.parametrize(("periods", "changes"), [(12, False), (13, True)])
def test_a_loan_of_up_to_a_year_has_no_coming_rate(periods: int, changes: bool) -> None:
    found = coming_rate(HomeOrder.FIRST, periods, Decimal("2.75"), RATES, date(2024, 10, 25))
    assert (found == ComingRate(date(2025, 1, 1), Decimal("2.35"))) == changes
    assert coming_rate(HomeOrder.FIRST, periods, Decimal("2.75"), RATES, date(1990, 1, 1)) is None
