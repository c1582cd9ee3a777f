"""Couples and co-borrowers share one limit for the same repayments: what was repaid less what all of them drew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.loan import LoanStatus
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals.facts import Facts, Relation, SharedLoan
from bff.rules.withdrawals.offer import Offer, withdrawal_offer
from tests.rules import people
from tests.rules.people import basis, facts, loan, shared_loan

REPAID = Decimal("32298.50")


def borrower(shared: SharedLoan | None, own: str = "32298.50") -> Facts:
    told = () if shared is None else (shared,)
    return facts(None, basis(fund_loan_repaid_in_12_months=Decimal(own), shared_loans=told), (loan(),))


def other(shared: SharedLoan) -> Facts:
    return facts(None, basis(shared_loans=(shared,)))


def offer(of: Facts) -> Offer:
    return withdrawal_offer(Kind.FUND_LOAN_REPAYMENT, people.practice(), of)


@pytest.mark.parametrize("relation", [Relation.SPOUSE, Relation.CO_BORROWER])
@pytest.mark.parametrize(
    ("drawn", "amount"),
    [("0.00", "24500.00"), ("24500.00", "7700.00"), ("32198.50", "100.00"), ("32198.51", "0"), ("99999.00", "0")],
)
def test_the_other_one_draws_what_is_left(relation: Relation, drawn: str, amount: str) -> None:
    """32298.50 - 24500.00 = 7798.50, rounded down; 24543.43 carried forward."""
    found = offer(other(shared_loan(REPAID, drawn, relation)))
    assert (found.amount, found.eligible) == (Decimal(amount), Decimal(amount) > 0)


def test_the_borrower_draws_what_is_left_too() -> None:
    assert offer(borrower(shared_loan(REPAID, "24500.00"))).amount == Decimal("7700.00")


def test_the_borrower_does_not_draw_twice_for_the_same_repayment() -> None:
    """Since the own last draw 2486.06 were repaid, whatever is left of the twelve months."""
    assert offer(borrower(shared_loan(REPAID), own="2486.06")).amount == Decimal("2400.00")


def test_what_is_left_is_said() -> None:
    (refusal,) = offer(other(shared_loan(REPAID, "32298.50", Relation.SPOUSE))).refusals
    assert (refusal.code, refusal.limit) == (Code.LIMIT_REACHED, REPAID)
    assert refusal.message == (
        "该笔贷款近12个月的还款额32298.50元由借款人、配偶等共同提取（含正在办理的）已提满，请在后续还款入账后再申请。"
    )


def test_too_few_repayments_are_no_matter_of_sharing() -> None:
    (refusal,) = offer(other(shared_loan(Decimal("99.99"), relation=Relation.SPOUSE))).refusals
    assert refusal.message.startswith("您近12个月的还款额不足100元")


def test_less_than_a_yuan_is_left_and_not_used_up() -> None:
    (refusal,) = offer(other(shared_loan(REPAID, "32298.00", Relation.SPOUSE))).refusals
    assert "已提取" not in refusal.message
    assert "的剩余可提取额为0.50元，不足100元，" in refusal.message


def test_a_borrower_who_repaid_what_is_left_reads_of_the_own_repayments() -> None:
    (refusal,) = offer(borrower(shared_loan(REPAID, "32208.50"), own="90.00")).refusals
    assert refusal.message == "您近12个月的还款额不足100元，请在后续还款入账后再申请。"


def test_a_loan_that_the_core_does_not_tell_of_sends_to_the_counter() -> None:
    found = offer(borrower(None))
    assert (found.amount, [each.code for each in found.refusals]) == (Decimal(0), [Code.NOTHING_AVAILABLE])
    assert found.refusals[0].message == (
        "暂未查询到您的贷款由哪些人共同提取，无法计算可提取额度，请到公积金中心柜台核实。"
    )


@pytest.mark.parametrize("kind", [Kind.FUND_LOAN_REPAYMENT])
def test_a_shared_loan_in_arrears_is_paid_first(kind: Kind) -> None:
    late = other(shared_loan(REPAID, "0.00", Relation.CO_BORROWER, LoanStatus.OVERDUE))
    (refusal,) = withdrawal_offer(kind, people.practice(), late).refusals
    assert refusal.code is Code.LOAN_IN_ARREARS
    assert "请先将欠款存入该笔贷款的还款账户" in refusal.message


def test_a_settled_loan_is_drawn_for_by_nobody() -> None:
    (refusal,) = offer(other(shared_loan(REPAID, "0.00", Relation.SPOUSE, LoanStatus.SETTLED))).refusals
    assert (refusal.code, "未查询到您名下" in refusal.message) == (Code.NO_FUND_LOAN, True)


@pytest.mark.parametrize("relation", [Relation.CO_BORROWER, Relation.UNKNOWN])
def test_who_may_not_draw_is_told_who_may(relation: Relation) -> None:
    found = withdrawal_offer(Kind.FUND_LOAN_REPAYMENT, people.example(), other(shared_loan(REPAID, relation=relation)))
    (refusal,) = found.refusals
    assert (found.amount, refusal.code) == (Decimal(0), Code.NO_FUND_LOAN)
    assert refusal.message.startswith(
        "您不是贷款的主借款人，按本中心规定，偿还公积金贷款提取由主借款人或者其配偶申请。"
    )


def test_without_the_key_the_borrower_draws_alone_as_before() -> None:
    policy = people.practice(date(2018, 10, 25))
    terms = policy.withdrawals[Kind.FUND_LOAN_REPAYMENT]
    assert terms is not None
    alone = replace(policy, withdrawals={Kind.FUND_LOAN_REPAYMENT: replace(terms, shared_with=())})
    shared = shared_loan(REPAID, "24500.00")
    assert withdrawal_offer(Kind.FUND_LOAN_REPAYMENT, alone, borrower(shared)).amount == Decimal("24500.00")
    (refusal,) = withdrawal_offer(
        Kind.FUND_LOAN_REPAYMENT, alone, other(shared_loan(REPAID, relation=Relation.SPOUSE))
    ).refusals
    assert "由主借款人申请" in refusal.message


def test_the_loan_of_the_spouse_is_a_housing_loan() -> None:
    home = basis(
        purchases=(people.home(drawn=Decimal("0.00")),), shared_loans=(shared_loan(REPAID, relation=Relation.SPOUSE),)
    )
    assert withdrawal_offer(Kind.DOWN_PAYMENT, people.practice(), facts(None, home)).eligible
