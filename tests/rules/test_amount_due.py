"""What a prepayment collects in all, and that the member agreed to just that."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bff.rules.loan import RepaymentMethod
from bff.rules.loans.prepayment_offer import PrepaymentOffer, amount_due_refusal, prepayment_offer
from bff.rules.refusal import Refusal
from bff.rules.refusal import UserErrorCode as Code
from tests.rules.people import TODAY, example, loan, practice

INTEREST = "204.45"
"""187167.54 x 3.575 % x 11 days / 360 = 204.4545…"""


def offer(amount: str | None, *, confirmed: bool, method: RepaymentMethod | None = None) -> PrepaymentOffer:
    policy = practice()
    assert policy.prepayment is not None
    policy = replace(policy, prepayment=replace(policy.prepayment, amount_due_confirmed=confirmed))
    of = loan() if method is None else replace(loan(), method=method)
    return prepayment_offer(policy, None, of, TODAY, None if amount is None else Decimal(amount))


@pytest.mark.parametrize("method", [None, RepaymentMethod.UNKNOWN])
@pytest.mark.parametrize(
    ("amount", "due"),
    [
        (None, None),
        ("0.00", None),
        ("0.01", "204.46"),
        ("50000.00", "50204.45"),
        ("187167.53", "187371.98"),
        ("187167.54", None),  # the balance is neither a part nor the payoff
        ("187371.99", "187371.99"),
        ("187372.00", None),
    ],
)
def test_the_amount_due_is_the_principal_and_the_interest(
    amount: str | None, due: str | None, method: RepaymentMethod | None
) -> None:
    found = offer(amount, confirmed=False, method=method)
    assert found.amount_due == (None if due is None else Decimal(due))
    if found.effect is not None:
        assert found.amount_due == found.effect.amount_due


MESSAGE = "本次应还总额为50204.45元（含计至今日的利息），请核对并确认后重新提交。"


def refused(code: Code) -> Refusal:
    return Refusal(code, MESSAGE, "expectedAmount", limit=Decimal("50204.45"))


@pytest.mark.parametrize(
    ("expected", "confirmed", "refusal"),
    [
        (None, False, None),
        (None, True, refused(Code.REQUIRED)),
        ("50204.45", False, None),
        ("50204.45", True, None),
        ("50000.00", False, refused(Code.QUOTE_CHANGED)),
        ("50204.44", True, refused(Code.QUOTE_CHANGED)),
        ("50204.46", True, refused(Code.QUOTE_CHANGED)),
        ("0.00", True, refused(Code.QUOTE_CHANGED)),
    ],
)
def test_only_what_was_confirmed_is_collected(expected: str | None, confirmed: bool, refusal: Refusal | None) -> None:
    found = offer("50000.00", confirmed=confirmed)
    assert amount_due_refusal(None if expected is None else Decimal(expected), found) == refusal


def test_the_practice_centre_does_not_ask_for_it_and_the_example_centre_does() -> None:
    ours, theirs = practice().prepayment, example().prepayment
    assert ours is not None
    assert theirs is not None
    assert (ours.amount_due_confirmed, theirs.amount_due_confirmed) == (False, True)
