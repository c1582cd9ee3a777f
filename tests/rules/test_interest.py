"""Interest of a loan by days."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bff.rules.loans.interest import interest_for_days


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
