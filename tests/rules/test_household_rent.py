"""Rent whose limits are a household's: what a couple draws together in its months, and in a calendar year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.policy.loader import load_policy
from bff.rules.policy.toml_reader import PolicyError
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals.facts import RentDraw
from bff.rules.withdrawals.offer import Offer, withdrawal_offer
from tests.rules.people import account, basis, drawn, example, facts, policy_text, practice

TODAY = date(2018, 10, 25)


def by_spouse(*draws: tuple[int, int, str]) -> tuple[RentDraw, ...]:
    return tuple(RentDraw(date(2018, month, day), Decimal(amount)) for month, day, amount in draws)


def offer(
    family: tuple[RentDraw, ...] | None,
    last: date = date(2018, 7, 16),
    this_year: str = "0.00",
    children: int = 0,
    on: date = TODAY,
) -> Offer:
    """Under the example centre's rules: 1700 a month, 20400 a year; of the member's own, a draw on 16 July."""
    of = basis(
        business_date=on,
        rent_first_drawn_on=date(2016, 6, 12),
        homes_in_city=0,
        contribution_months=43,
        children=children,
        history={Kind.RENT: replace(drawn(last, this_year, this_year), handed_in_on=last)},
        family_rent=family,
    )
    return withdrawal_offer(Kind.RENT, example(on), facts(account(), of))


@pytest.mark.parametrize(
    ("family", "amount"),
    [
        ((), "5100.00"),  # August to October
        (by_spouse((8, 20, "1700.00")), "3400.00"),
        (by_spouse((8, 20, "500.00")), "4600.00"),  # by amount: 1200 of August are left to the couple
        (by_spouse((7, 31, "11900.00")), "5100.00"),  # for January to July, which nobody asks for again
        (by_spouse((8, 1, "13600.00")), "3400.00"),  # for January to August, of which August counts
        (by_spouse((8, 1, "13600.00"), (10, 1, "3400.00")), "0.00"),
        (by_spouse((10, 1, "1700.00"), (8, 1, "1700.00")), "1700.00"),
        (by_spouse((9, 3, "3400.00")), "1700.00"),
    ],
)
def test_a_couple_gets_what_one_of_them_would(family: tuple[RentDraw, ...], amount: str) -> None:
    assert str(offer(family).amount) == amount


def test_three_children_make_more_of_it() -> None:
    """3 x 2100 less what the spouse drew for August."""
    assert str(offer(by_spouse((8, 20, "2100.00")), children=3).amount) == "4200.00"


def test_what_others_drew_is_said_with_the_day_from_which_there_is_more() -> None:
    found = offer(by_spouse((9, 1, "3400.00"), (10, 24, "1700.00")))
    (refusal,) = found.refusals
    assert (str(found.amount), refusal.code, refusal.available_from) == ("0.00", Code.TOO_EARLY, date(2018, 11, 1))
    assert refusal.message == (
        "租房额度按家庭计算，您未提取的3个月共5100.00元，其中家庭其他成员已提取5100.00元（含正在办理的），"
        "自2018年11月1日起可申请。"
    )


@pytest.mark.parametrize(
    ("this_year", "children", "amount"),
    [("0.00", 0, "5100.00"), ("15300.00", 0, "5100.00"), ("17000.00", 0, "3400.00"), ("17000.00", 2, "5700.00")],
)
def test_a_year_has_a_sum_of_its_own(this_year: str, children: int, amount: str) -> None:
    """20400.00 less what was handed in this year; 22800.00 with two children."""
    assert str(offer((), this_year=this_year, children=children).amount) == amount


def test_the_draws_of_others_count_in_the_year_in_which_they_were_handed_in() -> None:
    """20400.00 - 11900.00 - 5100.00 = 3400.00; what was drawn in the December before does not count."""
    family = (RentDraw(date(2017, 12, 31), Decimal("9999.00")), *by_spouse((7, 2, "5100.00")))
    assert str(offer(family, this_year="11900.00").amount) == "3400.00"


def test_a_year_that_is_used_up_says_from_when() -> None:
    found = offer(by_spouse((7, 2, "8500.00")), this_year="11900.00")
    (refusal,) = found.refusals
    assert (found.amount, refusal.code, refusal.available_from) == (Decimal(0), Code.LIMIT_REACHED, date(2019, 1, 1))
    assert refusal.message == (
        "2018年可提取额度20400.00元已提满（家庭其他成员已提取8500.00元，含正在办理的），自2019年1月1日起可申请。"
    )


def test_a_core_that_does_not_tell_of_the_household_sends_to_the_counter() -> None:
    found = offer(None)
    (refusal,) = found.refusals
    assert (found.amount, refusal.code) == (Decimal(0), Code.NOTHING_AVAILABLE)
    assert refusal.message == "暂未查询到您家庭其他成员的租房提取情况，请到公积金中心柜台核实。"


def test_a_yearly_sum_alone_can_be_a_households_too() -> None:
    """The practice centre's 12000.00 a year, which there is each member's own."""
    terms = practice().withdrawals[Kind.RENT]
    assert terms is not None
    of = facts(
        account(), basis(rent_first_drawn_on=date(2016, 6, 12), family_rent=by_spouse((3, 1, "7000.00")), history={})
    )
    amounts = []
    for each in (terms, replace(terms, limits_per_household=True)):
        policy = replace(practice(), withdrawals={Kind.RENT: each})
        amounts.append(str(withdrawal_offer(Kind.RENT, policy, of).amount))
    assert amounts == ["12000.00", "5000.00"]


MONTHLY = "monthly = { yuan = 1700.00, most_months = 12, yuan_a_year = 20400.00, children = ["


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("yuan_a_year = 20400.00, children", "children", "monthly.yuan_a_year: is wanted for all, or for none"),
        ("yuan_a_year = 20400.00, children", "yuan_a_year = 0, children", "monthly.yuan_a_year: must be more than 0"),
        ("most_months = 12", "most_months = 13", "monthly.most_months: is 12 at most for a household"),
    ],
)
def test_what_cannot_be_meant_is_refused(old: str, new: str, message: str) -> None:
    text = policy_text("example-centre.toml")
    assert MONTHLY in text
    with pytest.raises(PolicyError) as caught:
        load_policy(text.replace(MONTHLY, MONTHLY.replace(old, new)), "x.toml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("PROPERTY_FEE", "withdrawals.PROPERTY_FEE[0].limits_per_household: does not go with this kind"),
        ("RENT", "withdrawals.RENT[0].limits_per_household: goes with monthly or limit_a_year"),
    ],
)
def test_it_is_for_limits_of_rent(kind: str, message: str) -> None:
    text = policy_text("practice-centre.toml")
    begin = text.index(f"[[withdrawals.{kind}]]")
    entry = text[begin : text.index("[[", begin + 2)]
    without = entry.replace("limit_a_year = 12000.00\n", "").replace("\nfloor", "\nlimits_per_household = true\nfloor")
    with pytest.raises(PolicyError) as caught:
        load_policy(text.replace(entry, without), "x.toml")
    assert message in str(caught.value)
