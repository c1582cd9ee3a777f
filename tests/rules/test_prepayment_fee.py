"""What is collected of a prepayment beside its principal: interest on all or on the part alone, and a fee."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bff.rules.application import Keep
from bff.rules.loan import Loan, RepaymentMethod
from bff.rules.loans.interest import InterestOn
from bff.rules.loans.prepayment_calculator import PrepaymentRequest, prepayment_plan
from bff.rules.loans.prepayment_offer import PrepaymentOffer, amount_due_refusal, prepayment_offer
from bff.rules.loans.prepayment_schedule import Prepayment
from bff.rules.policy.loader import load_policy
from bff.rules.policy.model import PrepaymentFee
from bff.rules.policy.rates import load_rates
from bff.rules.policy.toml_reader import PolicyError
from bff.rules.refusal import UserErrorCode as Code
from tests.rules.people import TODAY, example, loan, policy_text, practice

ONE_PER_CENT = PrepaymentFee(Decimal(1), Decimal(0), 36)
TWO_HUNDRED = PrepaymentFee(Decimal(0), Decimal(200), 0)


def offer(
    amount: str,
    interest_on: InterestOn = InterestOn.BALANCE,
    fee: PrepaymentFee | None = None,
    *,
    of: Loan | None = None,
    on: date = TODAY,
    keep: Keep = Keep.TERM,
) -> PrepaymentOffer:
    policy = practice()
    assert policy.prepayment is not None
    terms = replace(policy.prepayment, interest_on=interest_on, fee=fee, amount_due_confirmed=True, months_between=0)
    return prepayment_offer(replace(policy, prepayment=terms), None, of or loan(), on, Decimal(amount), keep)


@pytest.mark.parametrize(
    ("amount", "interest_on", "fee", "charged", "due"),
    [
        # 187167.54 x 3.575 % x 11 days / 360 = 204.45; 50000.00 x 3.575 % x 11 / 360 = 54.618
        ("50000.00", InterestOn.BALANCE, None, "0.00", "50204.45"),
        ("50000.00", InterestOn.PREPAID, None, "0.00", "50054.62"),
        ("50000.00", InterestOn.BALANCE, ONE_PER_CENT, "500.00", "50704.45"),
        ("50000.00", InterestOn.PREPAID, ONE_PER_CENT, "500.00", "50554.62"),
        ("50000.00", InterestOn.PREPAID, TWO_HUNDRED, "200.00", "50254.62"),
        # The payoff: all of the balance is prepaid; 1 % of 187167.54 is 1871.6754.
        ("187371.99", InterestOn.BALANCE, None, "0.00", "187371.99"),
        ("187371.99", InterestOn.PREPAID, None, "0.00", "187371.99"),
        ("187371.99", InterestOn.PREPAID, ONE_PER_CENT, "1871.68", "189243.67"),
    ],
)
@pytest.mark.parametrize("method", [RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.UNKNOWN])
def test_what_is_due_is_principal_interest_and_fee(
    amount: str, interest_on: InterestOn, fee: PrepaymentFee | None, charged: str, due: str, method: RepaymentMethod
) -> None:
    found = offer(amount, interest_on, fee, of=loan(method=method))
    assert (str(found.fee), str(found.amount_due)) == (charged, due)
    if found.effect:
        assert (str(found.effect.fee), str(found.effect.amount_due)) == (charged, due)


@pytest.mark.parametrize(("months", "charged"), [(22, "0.00"), (23, "500.00"), (0, "500.00")])
def test_an_old_loan_pays_no_fee(months: int, charged: str) -> None:
    """Paid out on 14 December 2016: 22 months are over on 14 October 2018, 23 on 14 November."""
    assert str(offer("50000.00", fee=PrepaymentFee(Decimal(1), Decimal(0), months)).fee) == charged


def test_the_last_day_of_the_fee_is_the_one_before() -> None:
    fee = PrepaymentFee(Decimal(1), Decimal(0), 24)
    assert str(offer("50000.00", fee=fee, on=date(2018, 12, 13)).fee) == "500.00"
    assert str(offer("50000.00", fee=fee, on=date(2018, 12, 14)).fee) == "0.00"


def effect(*asked: object, **more: object) -> Prepayment:
    found = offer(*asked, **more).effect  # type: ignore[arg-type] # those of offer
    assert found is not None
    return found


def test_the_interest_on_the_rest_falls_due_with_the_next_installment() -> None:
    """137167.54 left: 137167.54 / 98 = 1399.67, and 31 days x 3.575 % / 360 = 422.27; on the whole balance it was paid
    up to the 25th, and 20 days are left, 272.43."""
    part, whole = effect("50000.00", InterestOn.PREPAID), effect("50000.00", InterestOn.BALANCE)
    assert [(str(each.after[0].principal), str(each.after[0].interest)) for each in (part, whole)] == [
        ("1399.67", "422.27"),
        ("1399.67", "272.43"),
    ]
    # The month costs the same but for a cent of rounding: 54.62 + 422.27 and 204.45 + 272.43.
    assert part.interest + part.after[0].interest == Decimal("476.89")
    assert whole.interest + whole.after[0].interest == Decimal("476.88")


def test_an_equal_installment_loan_pays_a_whole_month_next() -> None:
    """137167.54 x 3.575 % / 12 = 408.64, as a month from due day to due day costs."""
    first = effect("50000.00", InterestOn.PREPAID, of=loan(method=RepaymentMethod.EQUAL_INSTALLMENT)).after[0]
    assert str(first.interest) == "408.64"


def test_a_second_part_in_the_same_month_pays_from_the_due_day_too() -> None:
    """10000.00 on 31 October, 17 days after the 14th: 16.88. Where the first part paid the interest on all, 6 days of
    137167.54 are left: 81.73."""
    rest = loan(balance=Decimal("137167.54"), last_prepaid_on=date(2018, 10, 25), next_installment=None)
    due = {each: str(offer("10000.00", each, of=rest, on=date(2018, 10, 31)).amount_due) for each in InterestOn}
    assert due == {InterestOn.PREPAID: "10016.88", InterestOn.BALANCE: "10081.73"}


def test_the_fee_is_confirmed_with_the_amount() -> None:
    found = offer("50000.00", InterestOn.PREPAID, ONE_PER_CENT)
    assert amount_due_refusal(Decimal("50554.62"), found) is None
    refusal = amount_due_refusal(Decimal("50054.62"), found)
    assert refusal is not None
    assert (refusal.code, refusal.limit) == (Code.QUOTE_CHANGED, Decimal("50554.62"))
    assert refusal.message == ("本次应还总额为50554.62元（含计至今日的利息和手续费500.00元），请核对并确认后重新提交。")


def test_the_calculator_counts_interest_as_the_centre_does() -> None:
    request = PrepaymentRequest(
        balance=Decimal("187167.54"),
        remaining_periods=98,
        method=RepaymentMethod.EQUAL_PRINCIPAL,
        annual_rate=Decimal("3.575"),
        home_order=None,
        last_due_on=date(2025, 10, 14),
        due_day=None,
        paid_on=date(2025, 10, 25),
        amount=Decimal("50000.00"),
        keep=Keep.TERM,
    )
    rates = load_rates(policy_text("rates.toml"), "rates.toml")
    ours = prepayment_plan(request, practice(date(2025, 10, 25)), rates)
    # 50000.00 x 3.575 % x 11 / 365
    theirs = prepayment_plan(request, example(date(2025, 10, 25)), rates)
    assert isinstance(ours, Prepayment)
    assert isinstance(theirs, Prepayment)
    assert (str(ours.amount_due), str(theirs.amount_due)) == ("50204.45", "50053.87")


def test_the_centres_differ_in_what_they_collect_and_none_takes_a_fee() -> None:
    days = date(2018, 10, 25), date(2025, 10, 25)
    found = [(each, centre(day).prepayment) for centre in (practice, example) for each, day in enumerate(days)]
    assert [terms.interest_on.value for _, terms in found if terms] == ["BALANCE", "BALANCE", "BALANCE", "PREPAID"]
    assert [terms.fee for _, terms in found if terms] == [None] * 4


@pytest.mark.parametrize(
    ("fee", "message"),
    [
        ("fee = {}", "prepayment[0].fee.per_cent: one of per_cent and yuan is wanted"),
        ("fee = { per_cent = 1, yuan = 2 }", "prepayment[0].fee.per_cent: one of per_cent and yuan is wanted"),
        ("fee = { per_cent = 101 }", "prepayment[0].fee.per_cent: is above 100 per cent"),
        ("fee = { per_cent = 1, months = 3 }", "prepayment[0].fee.months: unknown key"),
        ("fee = { per_cent = 1 }", "prepayment[0].fee: is collected only as the member confirmed it"),
        ('interest_on = "ALL"', "prepayment[0].interest_on: must be one of BALANCE, PREPAID"),
    ],
)
def test_what_cannot_be_meant_is_refused(fee: str, message: str) -> None:
    text = policy_text("practice-centre.toml").replace('interest_on = "BALANCE"\nfee = { per_cent = 0 }', fee)
    with pytest.raises(PolicyError) as caught:
        load_policy(text, "x.toml")
    assert message in str(caught.value)
