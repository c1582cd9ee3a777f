"""Rent by the month, under the rules of the example centre: 1700 a month, 1900 and 2100 with children."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Unpack

import pytest

from bff.rules.account import AccountStatus
from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.loan import Loan, LoanStatus
from bff.rules.policy.withdrawal_terms import Frequency
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals.facts import Relation
from bff.rules.withdrawals.offer import Offer, withdrawal_offer
from tests.rules import people
from tests.rules.people import BasisChanges, account, basis, drawn, example, facts, home, loan, shared_loan

TODAY = people.TODAY  # 25 October 2018


def offer(
    last: date | None = date(2018, 7, 16), loans: tuple[Loan, ...] = (), **changes: Unpack[BasisChanges]
) -> Offer:
    known: BasisChanges = {
        "rent_first_drawn_on": date(2016, 6, 12),
        "homes_in_city": 0,
        "contribution_months": 43,
        "history": {Kind.RENT: drawn(last, "2400.00" if last.year == 2018 else "0.00", "2400.00")} if last else {},
    }
    known.update(changes)
    return withdrawal_offer(
        Kind.RENT, example(known.get("business_date", TODAY)), facts(account(), basis(**known), loans)
    )


def codes(found: Offer) -> list[Code]:
    return [each.code for each in found.refusals]


def test_three_months_that_were_not_drawn_give_three_times_the_cap() -> None:
    """Kunming: no draw since July, today 25 October."""
    found = offer()
    assert (found.eligible, str(found.amount)) == (True, "5100.00")


@pytest.mark.parametrize(
    ("last", "amount"),
    [
        (date(2018, 7, 1), "5100.00"),
        (date(2018, 7, 31), "5100.00"),
        (date(2018, 8, 1), "3400.00"),
        (date(2018, 9, 30), "1700.00"),
        (date(2017, 10, 31), "20400.00"),
        (date(2017, 12, 31), "17000.00"),
        (date(2017, 9, 30), "20400.00"),  # 12 months at most
    ],
)
def test_the_months_after_that_of_the_last_draw_count(last: date, amount: str) -> None:
    assert str(offer(last).amount) == amount


@pytest.mark.parametrize(
    ("children", "amount"),
    [(None, "5100.00"), (0, "5100.00"), (1, "5100.00"), (2, "5700.00"), (3, "6300.00"), (5, "6300.00")],
)
def test_more_children_more_rent(children: int | None, amount: str) -> None:
    assert str(offer(children=children).amount) == amount


@pytest.mark.parametrize(
    ("rent", "amount"), [("1500.00", "4500.00"), ("1700.00", "5100.00"), ("2500.00", "5100.00"), ("0.00", "0.00")]
)
def test_never_more_than_the_rent_itself(rent: str, amount: str) -> None:
    assert str(offer(monthly_rent=Decimal(rent)).amount) == amount


def test_the_uplift_ends_at_the_rent_too() -> None:
    assert str(offer(children=3, monthly_rent=Decimal("1800.00")).amount) == "5400.00"


@pytest.mark.parametrize(
    ("last", "lease", "amount"),
    [
        (date(2018, 7, 16), date(2018, 9, 15), "3400.00"),  # September and October
        (date(2018, 7, 16), date(2016, 1, 1), "5100.00"),
        (date(2018, 7, 16), date(2018, 10, 25), "1700.00"),
    ],
)
def test_no_month_before_the_lease_counts(last: date, lease: date, amount: str) -> None:
    assert str(offer(last, lease_on=lease).amount) == amount


def test_a_lease_that_has_not_begun_says_from_when() -> None:
    (refusal,) = offer(lease_on=date(2018, 12, 1)).refusals
    assert (refusal.code, refusal.available_from) == (Code.TOO_EARLY, date(2018, 12, 1))
    assert refusal.message == "您登记的租赁期自2018年12月1日起，自该日起可申请。"


def test_the_month_of_a_draw_is_drawn() -> None:
    found = offer(date(2018, 10, 2))
    assert (str(found.amount), codes(found)) == ("0.00", [Code.TOO_EARLY])
    assert offer(date(2018, 10, 2), business_date=date(2018, 11, 1)).eligible


def test_where_rent_may_be_drawn_more_often_the_month_itself_says_when() -> None:
    terms = example().withdrawals[Kind.RENT]
    assert terms is not None
    often = replace(terms, frequency=Frequency.CALENDAR_YEAR, times=4)
    history = {Kind.RENT: replace(drawn(date(2018, 10, 2), "1.00", "1.00"), times_this_year=1)}
    first = date(2016, 6, 12)
    of = basis(rent_first_drawn_on=first, homes_in_city=0, contribution_months=3, history=history, lease_on=TODAY)
    policy = replace(example(), withdrawals={Kind.RENT: often})
    (refusal,) = withdrawal_offer(Kind.RENT, policy, facts(account(), of)).refusals
    assert (refusal.code, refusal.available_from) == (Code.TOO_EARLY, date(2018, 11, 1))
    assert refusal.message == "2018年10月的租房额度已提取，自2018年11月1日起可申请。"


def test_a_step_for_one_child_needs_a_child() -> None:
    terms = example().withdrawals[Kind.RENT]
    assert terms is not None
    assert terms.monthly is not None
    one = replace(terms.monthly, children=(replace(terms.monthly.children[0], at_least=1),))
    policy = replace(example(), withdrawals={Kind.RENT: replace(terms, monthly=one)})
    history = {Kind.RENT: drawn(date(2018, 9, 30), "1.00", "1.00")}
    for children, amount in ((None, "1700.00"), (0, "1700.00"), (1, "1900.00")):
        of = basis(rent_first_drawn_on=date(2016, 6, 12), history=history, children=children)
        assert str(withdrawal_offer(Kind.RENT, policy, facts(account(), of)).amount) == amount


def test_a_draw_posted_in_january_that_does_not_count_for_the_year_took_december() -> None:
    history = {Kind.RENT: drawn(date(2018, 1, 3), "0.00", "2400.00")}
    assert str(offer(history=history).amount) == "17000.00"


def test_the_first_draw_at_the_counter_is_a_draw() -> None:
    assert str(offer(None, rent_first_drawn_on=date(2018, 9, 3)).amount) == "1700.00"


@pytest.mark.parametrize(
    ("months", "expected"), [(3, []), (2, [Code.CONTRIBUTIONS_TOO_SHORT]), (0, [Code.CONTRIBUTIONS_TOO_SHORT])]
)
def test_three_months_in_a_row_are_paid_in(months: int, expected: list[Code]) -> None:
    assert codes(offer(contribution_months=months)) == expected


def test_what_is_missing_of_the_months_is_said() -> None:
    (refusal,) = offer(contribution_months=2).refusals
    assert refusal.message == (
        "租房后续提取须连续缴存满3个月，您目前连续缴存2个月，满3个月后即可申请；有漏缴的，请联系缴存单位补缴。"
    )


def test_who_owns_a_home_in_the_city_rents_none() -> None:
    assert codes(offer(homes_in_city=1)) == [Code.HOME_IN_CITY]
    assert codes(offer(purchases=(home(),))) == [Code.HOME_IN_CITY]
    assert codes(offer(homes_in_city=None, constructions=(home(),))) == [Code.HOME_IN_CITY]
    assert codes(offer(purchases=(home(),), constructions=(home(),))) == [Code.HOME_IN_CITY]


def test_what_the_core_does_not_tell_goes_to_the_counter() -> None:
    found = offer(homes_in_city=None, contribution_months=None)
    assert set(codes(found)) == {Code.HOME_IN_CITY, Code.CONTRIBUTIONS_TOO_SHORT}
    assert all("请" in each.message and "柜台核实" in each.message for each in found.refusals)


def test_who_owes_a_fund_loan_draws_no_rent_there() -> None:
    assert codes(offer(loans=(loan(),))) == [Code.FUND_LOAN_OUTSTANDING]


OTHERS = [
    (Relation.SPOUSE, LoanStatus.REPAYING, "您的配偶的公积金贷款尚未结清，"),
    (Relation.SPOUSE, LoanStatus.AWAITING_DISBURSEMENT, "您的配偶的公积金贷款尚未结清，"),
    (Relation.CO_BORROWER, LoanStatus.OVERDUE, "您作为共同借款人的公积金贷款尚未结清，"),
    (Relation.UNKNOWN, LoanStatus.BAD_DEBT, "您参与还款的公积金贷款尚未结清，"),
    (Relation.SPOUSE, LoanStatus.UNKNOWN, "您的配偶的公积金贷款尚未结清，"),
]


@pytest.mark.parametrize(("relation", "status", "begins"), OTHERS)
def test_a_loan_of_the_family_counts_as_the_own(relation: Relation, status: LoanStatus, begins: str) -> None:
    (refusal,) = offer(shared_loans=(shared_loan(Decimal("0.00"), relation=relation, status=status),)).refusals
    assert (refusal.code, refusal.limit) == (Code.FUND_LOAN_OUTSTANDING, None)
    assert refusal.message == (
        f"{begins}结清后方可申请租房后续提取。结清由该笔贷款的借款人在“贷款提前还款”中办理。"
        "如有疑问，请拨打12329或到公积金中心柜台核实。"
    )


@pytest.mark.parametrize("status", [LoanStatus.SETTLED, LoanStatus.CANCELLED])
def test_a_settled_loan_of_the_family_stops_nothing(status: LoanStatus) -> None:
    assert offer(shared_loans=(shared_loan(Decimal("0.00"), relation=Relation.SPOUSE, status=status),)).eligible


def test_a_core_that_tells_no_loans_of_the_family_sends_to_the_counter() -> None:
    assert offer(shared_loans=()).eligible
    (refusal,) = offer(shared_loans=None).refusals
    assert (refusal.code, refusal.limit) == (Code.FUND_LOAN_OUTSTANDING, None)
    assert refusal.message == (
        "暂未查询到您配偶的公积金贷款和您作为共同借款人的公积金贷款情况，请到公积金中心柜台核实。"
    )
    (own,) = offer(loans=(loan(),), shared_loans=None).refusals
    assert own.limit == Decimal("187167.54")


def test_the_own_loan_is_told_with_what_is_owed() -> None:
    (refusal,) = offer(loans=(loan(),), shared_loans=(shared_loan(Decimal(0), relation=Relation.SPOUSE),)).refusals
    assert refusal.limit == Decimal("187167.54")


def test_only_the_own_loans_count_where_the_policy_says_so() -> None:
    """Retirement asks for NO_OPEN_FUND_LOAN there."""
    sealed = account(status=AccountStatus.SEALED, sealed_on=date(2018, 1, 5))
    of = facts(sealed, basis(shared_loans=(shared_loan(Decimal(0), relation=Relation.SPOUSE),)))
    assert withdrawal_offer(Kind.RETIREMENT, example(), of).eligible


def test_the_practice_centre_asks_for_none_of_it() -> None:
    of = facts(account(), basis(rent_first_drawn_on=date(2018, 1, 10), purchases=(home(),)), (loan(),))
    assert withdrawal_offer(Kind.RENT, people.practice(), of).eligible
