"""What is said of an individual account."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bff.rules.account import ContributionTerms

SHARE = Decimal("1063.00")


def terms(employer: Decimal | None, personal: Decimal | None) -> ContributionTerms:
    """Base 8858, 12 % and 12 %, each share rounded to the yuan."""
    rate = Decimal("12.00")
    return ContributionTerms(Decimal("8858.00"), rate, rate, employer, personal, None)


def test_both_shares_are_the_monthly_contribution() -> None:
    assert terms(SHARE, SHARE).monthly_amount == Decimal("2126.00")
    assert terms(SHARE, Decimal("0.00")).monthly_amount == SHARE


@pytest.mark.parametrize(("employer", "personal"), [(None, SHARE), (SHARE, None), (None, None)])
def test_a_missing_share_is_not_counted_as_zero(employer: Decimal | None, personal: Decimal | None) -> None:
    assert terms(employer, personal).monthly_amount is None
