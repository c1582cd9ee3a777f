"""A frozen sum stays where it is: what is usable beside it can be drawn, or nothing, as the policy has it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bff.rules.account import AccountStatus
from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals.offer import withdrawal_offer
from tests.rules import people
from tests.rules.people import account, balance, basis, commercial_loan, facts, home, loan

REPAYS = basis(fund_loan_repaid_in_12_months=Decimal("32298.50"))


@pytest.mark.parametrize(
    ("frozen", "amount"),
    [
        ("0.00", "24500.00"),  # 24543.43 carried forward
        ("5000.00", "24500.00"),  # usable 25921.43, more than is carried forward
        ("10000.00", "20900.00"),  # usable 20921.43
        ("30821.43", "100.00"),  # usable 100.00
    ],
)
def test_what_is_usable_can_be_drawn(frozen: str, amount: str) -> None:
    """Of 30921.43."""
    of = facts(account(frozen=Decimal(frozen)), REPAYS, (loan(),))
    offer = withdrawal_offer(Kind.FUND_LOAN_REPAYMENT, people.practice(), of)
    assert (offer.eligible, str(offer.amount)) == (True, amount)


def test_less_than_the_floor_beside_the_frozen_sum_says_so() -> None:
    of = facts(account(frozen=Decimal("30821.44")), REPAYS, (loan(),))
    offer = withdrawal_offer(Kind.FUND_LOAN_REPAYMENT, people.practice(), of)
    (refusal,) = offer.refusals
    assert (offer.amount, refusal.code) == (Decimal(0), Code.NOTHING_AVAILABLE)
    assert refusal.message == "您的账户可用余额（不含冻结金额）不足100元，暂无可提取的金额。"


def test_where_nothing_is_frozen_it_is_the_balance_that_is_too_little() -> None:
    poor = account(balance=balance("50.00", "0.00"), frozen=Decimal("0.00"))
    offer = withdrawal_offer(Kind.HOME_PURCHASE, people.practice(), facts(poor, basis(purchases=(home(),))))
    assert [refusal.message for refusal in offer.refusals] == ["您的账户余额不足100元，暂无可提取的金额。"]


def test_a_frozen_sum_is_no_reserve() -> None:
    """41230.18 - 20000.00 frozen - 100.00 that has to stay."""
    money = account(balance=balance("30000.00", "11230.18"), frozen=Decimal("20000.00"))
    of = facts(money, basis(commercial_loans=(commercial_loan(),)))
    assert str(withdrawal_offer(Kind.COMMERCIAL_LOAN_REPAYMENT, people.example(), of).amount) == "21130.18"


@pytest.mark.parametrize("kind", [Kind.RETIREMENT, Kind.UNEMPLOYMENT])
def test_an_account_is_not_closed_with_a_frozen_sum(kind: Kind) -> None:
    sealed = account(status=AccountStatus.SEALED, sealed_on=date(2018, 3, 31), frozen=Decimal("5000.00"))
    (refusal,) = withdrawal_offer(kind, people.practice(), facts(sealed)).refusals
    assert (refusal.code, refusal.limit) == (Code.PARTLY_FROZEN, Decimal("5000.00"))
    assert refusal.message.startswith("您的账户有5000.00元被冻结，解除冻结后方可申请")
    assert refusal.message.endswith("。请联系作出冻结的法院等机关办理解除冻结，或到公积金中心柜台咨询。")
    released = account(status=AccountStatus.SEALED, sealed_on=date(2018, 3, 31), frozen=Decimal("0.00"))
    assert withdrawal_offer(kind, people.practice(), facts(released)).eligible


def test_another_centre_pays_nothing_meanwhile() -> None:
    of = facts(account(frozen=Decimal("5000.00")), basis(purchases=(home(),)))
    there = withdrawal_offer(Kind.HOME_PURCHASE, people.example(), of)
    assert [refusal.code for refusal in there.refusals] == [Code.PARTLY_FROZEN]
    assert withdrawal_offer(Kind.HOME_PURCHASE, people.practice(), of).eligible


def test_an_account_that_is_frozen_altogether_says_that_alone() -> None:
    frozen = account(status=AccountStatus.FROZEN, frozen=Decimal("5000.00"))
    offer = withdrawal_offer(Kind.HOME_PURCHASE, people.example(), facts(frozen, basis(purchases=(home(),))))
    assert [refusal.code for refusal in offer.refusals] == [Code.ACCOUNT_FROZEN]
