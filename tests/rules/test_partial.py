"""Further rules for repaying a loan early, each alone: the practice centre has none of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bff.rules.loan import Loan
from bff.rules.loans.prepayment_conditions import least
from bff.rules.loans.prepayment_offer import PrepaymentOffer, prepayment_offer
from bff.rules.refusal import UserErrorCode as Code
from tests.rules.people import TODAY, example, loan, practice

PAYOFF = "187371.99"


def offer(amount: str | None, of: Loan, on: date = TODAY, **keys: Any) -> PrepaymentOffer:
    policy = practice(on)
    assert policy.prepayment is not None
    wanted = replace(policy, prepayment=replace(policy.prepayment, **keys))
    return prepayment_offer(wanted, None, of, on, None if amount is None else Decimal(amount))


def codes(found: PrepaymentOffer) -> list[Code]:
    return [each.code for each in found.refusals]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("10000.00", []),
        ("20000.00", []),
        ("20000.01", [Code.INVALID_AMOUNT]),
        ("15000.00", [Code.INVALID_AMOUNT]),
        ("9000.00", [Code.BELOW_MINIMUM]),
        (PAYOFF, []),
    ],
)
def test_a_part_is_a_multiple(amount: str, expected: list[Code]) -> None:
    assert codes(offer(amount, loan(), multiple=Decimal(10000))) == expected


def test_the_least_part_is_a_multiple_too() -> None:
    found = offer(None, loan(), minimum=Decimal(5000), multiple=Decimal(3000))
    assert found.minimum_amount == Decimal(6000)
    assert offer(None, loan(), minimum=Decimal(0), multiple=Decimal(3000)).minimum_amount == Decimal(3000)


@pytest.mark.parametrize(
    ("minimum", "multiple", "amount"), [(1200, 1000, 2000), (1000, 1000, 1000), (1800, 1000, 2000)]
)
def test_the_least_part_is_rounded_up(minimum: int, multiple: int, amount: int) -> None:
    terms = example().prepayment
    assert terms is not None
    assert least(replace(terms, minimum=Decimal(minimum), multiple=Decimal(multiple))) == amount


def test_a_wrong_multiple_says_which() -> None:
    (refusal,) = offer("15000.00", loan(), multiple=Decimal(10000)).refusals
    assert refusal.message == f"部分提前还款金额须为10000元的整数倍。如需结清，请输入结清金额{PAYOFF}元。"
    assert (refusal.field, refusal.limit) == ("amount", Decimal(10000))


@pytest.mark.parametrize(
    ("times", "last", "expected"),
    [
        (0, date(2017, 12, 14), []),
        (1, date(2018, 3, 14), [Code.TOO_EARLY]),
        (None, date(2018, 3, 14), [Code.TOO_EARLY]),
        (None, date(2017, 12, 14), []),
        (None, None, []),
    ],
)
def test_once_a_year(times: int | None, last: date | None, expected: list[Code]) -> None:
    of = loan(prepaid_this_year=times, last_prepaid_on=last)
    found = offer("20000.00", of, times_a_year=1)
    assert codes(found) == expected
    assert [each.available_from for each in found.refusals] == [date(2019, 1, 1)] * len(expected)
    assert offer(None, of, times_a_year=1).minimum_amount == (offer(None, of).payoff_amount if expected else 10000)


def test_once_a_year_says_when_it_was() -> None:
    (refusal,) = offer("20000.00", loan(prepaid_this_year=1), times_a_year=1).refusals
    assert refusal.message.startswith(
        "每个自然年度可部分提前还款1次，您2018年已办理1次，自2019年1月1日起可申请部分提前还款。"
    )


def test_so_often_a_loan() -> None:
    assert codes(offer("20000.00", loan(prepaid_in_all=2), times_in_all=2)) == [Code.LIMIT_REACHED]
    assert codes(offer("20000.00", loan(prepaid_in_all=1), times_in_all=2)) == []
    assert offer(PAYOFF, loan(prepaid_in_all=2), times_in_all=2).eligible


@pytest.mark.parametrize(
    ("amount", "disbursed", "expected"),
    [
        ("payoff", date(2017, 10, 26), [Code.TOO_EARLY]),
        ("payoff", date(2017, 10, 25), []),
        # Neither a part nor everything: the form itself says from when.
        (None, date(2017, 10, 26), [Code.TOO_EARLY]),
        (None, date(2017, 10, 25), []),
    ],
)
def test_everything_waits_for_months_of_its_own(amount: str | None, disbursed: date, expected: list[Code]) -> None:
    of = loan(disbursed_on=disbursed, last_prepaid_on=None)
    asked = str(offer(None, of).payoff_amount) if amount else None
    found = offer(asked, of, months_before_payoff=12)
    assert codes(found) == expected
    assert [each.available_from for each in found.refusals] == [date(2018, 10, 26)] * len(expected)


def test_nobody_is_sent_to_a_payoff_that_is_not_possible() -> None:
    of = loan(disbursed_on=date(2017, 10, 26), last_prepaid_on=None)
    found = offer("5.00", of, months_before_payoff=24)
    assert codes(found) == [Code.BELOW_MINIMUM, Code.TOO_EARLY]
    assert not any("如需结清" in each.message for each in found.refusals)


@pytest.mark.parametrize("amount", [None, "20000.00"])
@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2018, 11, 11), []),
        (date(2018, 11, 12), [date(2018, 11, 17)]),
        (date(2018, 11, 14), [date(2018, 11, 17)]),
        (date(2018, 11, 16), [date(2018, 11, 17)]),
        (date(2018, 11, 17), []),
    ],
)
def test_nothing_is_repaid_early_around_the_due_day(amount: str | None, on: date, expected: list[date]) -> None:
    found = offer(amount, loan(), on, days_around_due=2)
    assert [each.available_from for each in found.refusals] == expected


def test_the_due_day_may_lie_in_the_next_month() -> None:
    of = replace(loan(), due_day=1)
    (refusal,) = offer(None, of, date(2018, 10, 30), days_around_due=2).refusals
    assert refusal.message == "还款日（2018年11月1日）前后2日内不办理提前还款，自2018年11月4日起可申请。"


def test_the_due_day_may_lie_in_the_last_month() -> None:
    of = replace(loan(), due_day=30)
    (refusal,) = offer(None, of, date(2018, 10, 1), days_around_due=2).refusals
    assert refusal.message == "还款日（2018年9月30日）前后2日内不办理提前还款，自2018年10月3日起可申请。"


def test_once_a_year_in_tens_of_thousands_and_a_year_before_a_payoff_can_be_written() -> None:
    terms = example().prepayment
    assert terms is not None
    assert (terms.multiple, terms.times_a_year, terms.months_before_payoff) == (Decimal(1000), 2, 12)
