"""The prepayment that a member is offered, and each reason why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bff.rules.application import Keep
from bff.rules.loan import Loan, LoanStatus, NextInstallment, RepaymentMethod, Repricing
from bff.rules.loans.prepayment_offer import PrepaymentOffer, loan_to_prepay, prepayment_offer
from bff.rules.loans.rate_adjustment import ComingRate, coming_rate_of
from bff.rules.loans.remaining_plan import remaining_plan
from bff.rules.policy.rates import load_rates
from bff.rules.refusal import UserErrorCode as Code
from tests.rules import people
from tests.rules.people import IN_FLIGHT, NEXT, OVERDUE, TODAY, loan, practice

PAYOFF = Decimal("187371.99")


def offer(
    amount: str | None = None, *, of: Loan | None = None, keep: Keep = Keep.TERM, on: date = TODAY
) -> PrepaymentOffer:
    wanted = None if amount is None else Decimal(amount)
    return prepayment_offer(practice(), None, of or loan(), on, wanted, keep)


def codes(found: PrepaymentOffer) -> list[Code]:
    return [refusal.code for refusal in found.refusals]


def test_without_an_amount_it_says_what_is_possible() -> None:
    found = offer()
    assert (found.eligible, found.effect, found.payoff) == (True, None, False)
    # 187167.54 x 3.575 % x 11 days / 360 on top of the balance
    assert (found.minimum_amount, found.payoff_amount) == (Decimal("10000.00"), PAYOFF)


def test_a_partial_prepayment_shows_its_effect() -> None:
    found = offer("20000.00")
    assert found.effect is not None
    assert (found.eligible, str(found.effect.balance)) == (True, "167167.54")
    first = found.effect.after[0]
    assert (first.period, str(first.principal), first.due_on) == (23, "1705.79", date(2018, 11, 14))
    assert found.effect.matures_on == date(2026, 12, 14)
    # The rows that the core would bill without it: the manual's.
    assert (found.effect.before[0].period, str(found.effect.before[0].amount)) == (23, "2486.06")


def test_keeping_the_installment_keeps_what_the_core_bills() -> None:
    found = offer("20000.00", keep=Keep.INSTALLMENT)
    assert found.effect is not None
    assert (str(found.effect.after[0].principal), found.effect.matures_on) == ("1909.87", date(2026, 2, 14))


def test_the_payoff_amount_settles_the_loan() -> None:
    found = offer(str(PAYOFF))
    assert found.effect is not None
    assert (found.eligible, found.payoff, found.effect.after) == (True, True, ())
    assert (str(found.effect.balance), found.effect.matures_on) == ("0.00", TODAY)


@pytest.mark.parametrize(
    ("amount", "code", "limit"),
    [
        ("0.00", Code.BELOW_MINIMUM, "10000.00"),
        ("9999.99", Code.BELOW_MINIMUM, "10000.00"),
        ("187167.54", Code.ABOVE_MAXIMUM, "187167.54"),
        ("187371.98", Code.ABOVE_MAXIMUM, "187167.54"),
        ("187372.00", Code.ABOVE_MAXIMUM, "187167.54"),
    ],
)
def test_an_amount_out_of_range_is_told_the_range_and_the_payoff(amount: str, code: Code, limit: str) -> None:
    found = offer(amount)
    assert [(each.code, each.field, str(each.limit)) for each in found.refusals] == [(code, "amount", limit)]
    assert "如需结清，请输入结清金额187371.99元。" in found.refusals[0].message


def test_what_cannot_be_paid_has_no_effect() -> None:
    # The balance without its interest is neither a part of the loan nor its payoff.
    assert offer("187167.54").effect is None
    assert offer("0.00").effect is None


def test_a_loan_without_a_balance_is_not_repaid_any_more() -> None:
    found = offer(of=loan(balance=Decimal("0.00")))
    assert (codes(found), found.payoff_amount) == ([Code.NO_FUND_LOAN], None)


def test_the_last_period_is_settled_with_its_interest_to_the_day() -> None:
    last = NextInstallment(120, date(2026, 12, 14), Decimal("1915.84"), Decimal("1910.15"), Decimal("5.69"))
    through = date(2026, 11, 14)
    late = replace(loan(balance=Decimal("1910.15"), billed_through=through, next_installment=last), current_period=119)
    # 1910.15 x 3.575 % x 6 days / 360 on top of the balance
    found = offer("1911.29", of=late, on=date(2026, 11, 20))
    assert (found.eligible, found.payoff) == (True, True)
    assert found.effect is not None
    assert (str(found.effect.balance), found.effect.matures_on) == ("0.00", date(2026, 11, 20))


@pytest.mark.parametrize("amount", ["10000.00", "187167.53"])
def test_the_ends_of_the_range_are_taken(amount: str) -> None:
    assert offer(amount).eligible


@pytest.mark.parametrize(
    ("changes", "available_from"),
    [
        ({"last_prepaid_on": date(2018, 7, 26)}, date(2018, 10, 26)),
        ({"last_prepaid_on": date(2018, 8, 31)}, date(2018, 11, 30)),
        ({"last_prepaid_on": None, "disbursed_on": date(2017, 10, 26)}, date(2018, 10, 26)),
    ],
)
def test_a_partial_prepayment_too_early_says_from_when(changes: people.LoanChanges, available_from: date) -> None:
    found = offer("10000.00", of=loan(**changes))
    assert [(each.code, each.available_from) for each in found.refusals] == [(Code.TOO_EARLY, available_from)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"last_prepaid_on": date(2018, 9, 30)},
            "距上次提前还款（2018年9月30日）须满3个月，自2018年12月30日起可申请部分提前还款。",
        ),
        (
            {"last_prepaid_on": date(2018, 9, 30), "disbursed_on": date(2018, 2, 9)},
            "贷款发放（2018年2月9日）须满12个月，自2019年2月9日起可申请部分提前还款。",
        ),
    ],
)
def test_a_partial_prepayment_too_early_names_the_rule_that_holds_longest(
    changes: people.LoanChanges, message: str
) -> None:
    (refusal,) = offer("10000.00", of=loan(**changes)).refusals
    assert refusal.message.startswith(message)


def test_the_way_out_of_several_refusals_is_told_once() -> None:
    found = offer("5.00", of=loan(last_prepaid_on=date(2018, 10, 19)))
    assert codes(found) == [Code.BELOW_MINIMUM, Code.TOO_EARLY]
    assert ["如需结清" in each.message for each in found.refusals] == [True, False]


@pytest.mark.parametrize(
    "changes", [{"last_prepaid_on": date(2018, 7, 25)}, {"last_prepaid_on": None, "disbursed_on": date(2017, 10, 25)}]
)
def test_the_first_day_again_is_not_too_early(changes: people.LoanChanges) -> None:
    assert offer("10000.00", of=loan(**changes)).eligible


def test_a_payoff_is_never_too_early() -> None:
    early = loan(last_prepaid_on=date(2018, 10, 1))
    assert offer(str(PAYOFF), of=early).eligible
    assert offer(of=early).minimum_amount == PAYOFF


def test_a_small_balance_can_only_be_paid_off() -> None:
    found = offer(of=loan(balance=Decimal("9000.00")))
    assert found.minimum_amount == found.payoff_amount == Decimal("9009.83")


@pytest.mark.parametrize(
    ("of", "code"),
    [
        (loan(overdue=OVERDUE), Code.LOAN_IN_ARREARS),
        (loan(status=LoanStatus.OVERDUE), Code.LOAN_IN_ARREARS),
        (loan(unposted_installments=1), Code.INSTALLMENT_NOT_POSTED),
    ],
)
@pytest.mark.parametrize("amount", [None, "10000.00", str(PAYOFF)])
def test_arrears_and_unposted_installments_come_first(of: Loan, code: Code, amount: str | None) -> None:
    assert codes(offer(amount, of=of)) == [code]


@pytest.mark.parametrize("of", [None, loan(status=LoanStatus.SETTLED), loan(status=LoanStatus.UNKNOWN)])
def test_there_is_a_loan_to_prepay(of: Loan | None) -> None:
    found = prepayment_offer(practice(), None, of, TODAY, Decimal("10000.00"))
    assert (codes(found), found.payoff_amount, found.effect) == ([Code.NO_FUND_LOAN], None, None)


@pytest.mark.parametrize("registered", [None, " "])
def test_there_is_an_account_to_collect_from(registered: str | None) -> None:
    found = prepayment_offer(practice(), None, replace(loan(), repayment_account=registered), TODAY)
    assert codes(found) == [Code.NO_BANK_ACCOUNT]
    assert found.refusals[0].message == "您的贷款尚未登记还款账户，请到贷款经办银行或公积金中心柜台登记后再申请。"


def test_a_core_that_does_not_tell_repayment_accounts_need_not() -> None:
    assert prepayment_offer(people.example(), None, replace(loan(), repayment_account=None), TODAY).eligible


def test_all_refusals_come_at_once() -> None:
    bad = loan(overdue=OVERDUE, unposted_installments=1, last_prepaid_on=date(2018, 10, 1))
    assert codes(prepayment_offer(practice(), IN_FLIGHT, bad, TODAY, Decimal("5.00"))) == [
        Code.APPLICATION_IN_PROGRESS,
        Code.LOAN_IN_ARREARS,
        Code.INSTALLMENT_NOT_POSTED,
        Code.BELOW_MINIMUM,
        Code.TOO_EARLY,
    ]


def test_a_centre_may_leave_no_choice_of_what_stays() -> None:
    found = prepayment_offer(people.example(), None, loan(), TODAY, Decimal("10000.00"), Keep.INSTALLMENT)
    assert [(each.code, each.field) for each in found.refusals] == [(Code.NOT_OFFERED, "keep")]
    assert found.refusals[0].message.startswith("本中心部分提前还款只能选择“减少月还款额”。")


def test_a_centre_may_count_the_year_with_365_days() -> None:
    found = prepayment_offer(people.example(), None, loan(), TODAY)
    assert found.payoff_amount == Decimal("187369.19")


def test_a_centre_may_not_offer_it() -> None:
    found = prepayment_offer(replace(practice(), prepayment=None), None, loan(), TODAY)
    assert codes(found) == [Code.NOT_OFFERED]


def test_a_loan_without_a_plan_is_only_paid_off_here() -> None:
    bullet = loan(method=RepaymentMethod.BULLET)
    assert codes(offer("10000.00", of=bullet)) == [Code.NOT_OFFERED]
    assert (offer(str(PAYOFF), of=bullet).eligible, offer(of=bullet).minimum_amount) == (True, PAYOFF)


def test_the_dates_follow_from_the_disbursement_where_the_core_names_none() -> None:
    vague = loan(billed_through=None, next_installment=None)
    assert offer(of=vague).payoff_amount == PAYOFF
    effect = offer("20000.00", of=vague).effect
    assert effect is not None
    assert effect.after[0].due_on == date(2018, 11, 14)


def test_a_prepayment_since_the_last_due_date_has_paid_its_interest() -> None:
    # 6 days from 19 October
    recent = loan(last_prepaid_on=date(2018, 10, 19))
    assert offer(of=recent).payoff_amount == Decimal("187279.06")


def test_interest_runs_from_where_the_core_has_billed_it() -> None:
    # 5 days from 20 October
    assert offer(of=loan(billed_through=date(2018, 10, 20))).payoff_amount == Decimal("187260.47")


def test_the_next_due_date_is_the_cores() -> None:
    late_start = loan(disbursed_on=date(2016, 11, 28))
    effect = offer("20000.00", of=late_start).effect
    assert effect is not None
    assert (effect.after[0].due_on, str(effect.after[0].interest)) == (date(2018, 11, 14), "332.01")


@pytest.mark.parametrize(
    ("billed_through", "next_due", "following"),
    [
        (date(2018, 10, 20), date(2018, 11, 20), date(2018, 12, 20)),
        (date(2018, 1, 31), date(2018, 2, 28), date(2018, 3, 31)),
        (date(2018, 2, 28), date(2018, 3, 31), date(2018, 4, 30)),
        (date(2018, 1, 28), date(2018, 2, 28), date(2018, 3, 28)),
        (date(2018, 9, 30), date(2018, 10, 31), date(2018, 11, 30)),
    ],
)
def test_where_the_core_names_no_due_day_its_installments_tell(
    billed_through: date, next_due: date, following: date
) -> None:
    unnamed = replace(
        loan(billed_through=billed_through, next_installment=replace(NEXT, due_on=next_due)), due_day=None
    )
    dates = remaining_plan(unnamed, practice().loan).dates
    assert (dates.due(1), dates.due(2)) == (next_due, following)


def test_the_payoff_across_1_january_is_split_there() -> None:
    """187167.54 from 14 December to 5 January: 18 days at 3.575 %, 4 at 3.325 %: (64.35 + 13.30) % / 360 = 403.71."""
    repriced = replace(
        loan(billed_through=date(2018, 12, 14), next_installment=replace(NEXT, due_on=date(2019, 1, 14))),
        annual_rate=Decimal("3.325"),
        repriced=Repricing(date(2019, 1, 1), Decimal("3.575")),
    )
    found = prepayment_offer(practice(), None, repriced, date(2019, 1, 5))
    assert found.payoff_amount == Decimal("187571.25")


@pytest.mark.parametrize(
    ("annual_rate", "today", "coming"),
    [
        ("3.575", date(2018, 10, 25), None),
        ("3.575", date(2024, 10, 25), ComingRate(date(2025, 1, 1), Decimal("3.325"))),
        ("3.325", date(2025, 6, 1), ComingRate(date(2026, 1, 1), Decimal("3.075"))),
        ("3.075", date(2026, 1, 1), None),
        ("4.9", date(2024, 10, 25), None),
    ],
)
def test_a_rate_that_is_announced_is_known_of_a_running_loan(
    annual_rate: str, today: date, coming: ComingRate | None
) -> None:
    rates = load_rates(people.policy_text("rates.toml"), "rates.toml")
    assert coming_rate_of(replace(loan(), annual_rate=Decimal(annual_rate)), rates, today) == coming


def test_a_first_installment_names_the_due_day_better_than_the_disbursement() -> None:
    first = replace(NEXT, period=1, due_on=date(2018, 11, 14))
    new = replace(loan(billed_through=None, next_installment=first, last_prepaid_on=None), current_period=0)
    unnamed = replace(new, due_day=None, disbursed_on=date(2018, 10, 20))
    dates = remaining_plan(unnamed, practice().loan).dates
    assert (dates.due(1), dates.due(2)) == (date(2018, 11, 14), date(2018, 12, 14))


def test_the_installment_that_is_kept_is_the_cores() -> None:
    larger = NextInstallment(23, date(2018, 11, 14), Decimal("4576.19"), Decimal("4000.00"), Decimal("576.19"))
    effect = offer("20000.00", of=loan(next_installment=larger), keep=Keep.INSTALLMENT).effect
    assert effect is not None
    # 167167.54 / 4000.00
    assert (str(effect.after[0].principal), len(effect.after)) == ("4000.00", 42)


def test_a_loan_that_was_never_billed_pays_interest_from_its_first_day() -> None:
    new = replace(loan(billed_through=None, next_installment=None, last_prepaid_on=None), current_period=0)
    assert offer(of=replace(new, disbursed_on=date(2018, 10, 5), due_day=1)).payoff_amount == Decimal("187539.28")


def test_the_newest_active_loan_is_the_one_to_prepay() -> None:
    settled = loan(status=LoanStatus.SETTLED, disbursed_on=date(2018, 1, 1))
    newer = loan(disbursed_on=date(2017, 6, 1))
    assert loan_to_prepay((settled, loan())) == loan()
    assert loan_to_prepay((loan(), newer, settled)) == newer
    assert loan_to_prepay((replace(settled, disbursed_on=date(2009, 1, 1)), settled)) == settled
    assert loan_to_prepay((settled,)) == settled
    assert loan_to_prepay(()) is None
