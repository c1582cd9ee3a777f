"""Offers of the nine withdrawals: the manual's figures, and each kind refused for each of its reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bff.rules.account import AccountStatus, BankAccount, ContributionTerms
from bff.rules.amount_in_words import amount_in_words
from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.loan import Loan, LoanStatus
from bff.rules.policy.withdrawal_terms import Cap, WithdrawalTerms
from bff.rules.refusal import Refusal
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals.candidate import candidates
from bff.rules.withdrawals.facts import CommercialLoan, DrawHistory, Facts, HomeRegistration, WithdrawalBasis
from bff.rules.withdrawals.offer import Offer, quote_refusal, withdrawal_offer
from tests.rules import people
from tests.rules.people import IN_FLIGHT, OVERDUE, account, balance, basis, commercial_loan, drawn, facts, home, loan

SEALED, NORMAL = AccountStatus.SEALED, AccountStatus.NORMAL
REPAID = Decimal("32298.50")


def offer(kind: Kind, of: Facts, contract_number: str | None = None, on: date = people.TODAY) -> Offer:
    return withdrawal_offer(kind, people.practice(on), of, contract_number)


def terms_of(kind: Kind) -> WithdrawalTerms:
    terms = people.practice().withdrawals[kind]
    assert terms is not None
    return terms


def codes(found: Offer) -> list[Code]:
    return [refusal.code for refusal in found.refusals]


# 段小梅 after her rent draw of 2018-10-23
MANUAL = facts(
    account(),
    basis(
        fund_loan_repaid_in_12_months=REPAID,
        rent_first_drawn_on=date(2017, 10, 20),
        history={Kind.RENT: drawn(date(2018, 10, 23), "1500.00", "3000.00", 2)},
    ),
    (loan(),),
)
ELIGIBLE: dict[Kind, Facts] = {
    Kind.FUND_LOAN_REPAYMENT: MANUAL,
    Kind.COMMERCIAL_LOAN_REPAYMENT: facts(
        account(balance=balance("30000.00", "11230.18")), basis(commercial_loans=(commercial_loan(),))
    ),
    Kind.HOME_PURCHASE: facts(account(balance=balance("6914.66", "0.00")), basis(purchases=(home(),))),
    Kind.HOME_CONSTRUCTION: facts(account(), basis(constructions=(home(contract_number="JF20160905-0011"),))),
    Kind.RENT: facts(account(), basis(rent_first_drawn_on=date(2018, 1, 10))),
    Kind.PROPERTY_FEE: MANUAL,
    Kind.RETIREMENT: facts(account(status=SEALED)),
    Kind.UNEMPLOYMENT: facts(account(status=SEALED, sealed_on=date(2018, 3, 31))),
    Kind.DOWN_PAYMENT: facts(account(), basis(purchases=(home(),)), (loan(),)),
}


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        (Kind.FUND_LOAN_REPAYMENT, "24500.00"),
        (Kind.PROPERTY_FEE, "1500.00"),
        (Kind.HOME_PURCHASE, "6900.00"),
        (Kind.COMMERCIAL_LOAN_REPAYMENT, "23800.00"),
        (Kind.HOME_CONSTRUCTION, "30900.00"),
        (Kind.RENT, "12000.00"),
        (Kind.RETIREMENT, "30921.43"),
        (Kind.UNEMPLOYMENT, "30921.43"),
        (Kind.DOWN_PAYMENT, "30900.00"),
    ],
)
def test_what_is_offered(kind: Kind, amount: str) -> None:
    found = offer(kind, ELIGIBLE[kind])
    assert (str(found.amount), found.refusals) == (amount, ())


def test_the_manuals_amount_in_words() -> None:
    assert amount_in_words(offer(Kind.FUND_LOAN_REPAYMENT, MANUAL).amount) == "贰万肆仟伍佰元整"


def test_an_amount_is_shown_although_it_is_refused() -> None:
    found = offer(Kind.UNEMPLOYMENT, MANUAL)
    assert (str(found.amount), codes(found)) == ("30921.43", [Code.ACCOUNT_NOT_SEALED])
    assert found.refusals[0].message == (
        "您的账户仍在缴存，封存（停缴）后方可申请。请联系缴存单位办理封存；灵活就业人员请到公积金中心柜台办理。"
    )


def test_the_second_rent_draw_comes_too_early() -> None:
    found = offer(Kind.RENT, MANUAL)
    assert codes(found) == [Code.TOO_EARLY]
    assert found.refusals[0].available_from == date(2019, 1, 23)
    assert found.refusals[0].message == "距上次提取（2018年10月23日）须满3个月，自2019年1月23日起可申请。"


@pytest.mark.parametrize("kind", [Kind.RETIREMENT, Kind.UNEMPLOYMENT])
def test_closing_the_account_pays_interest_on_top(kind: Kind) -> None:
    assert offer(kind, ELIGIBLE[kind]).interest == Decimal("144.97")


def test_other_kinds_pay_no_interest() -> None:
    assert {
        offer(kind, of).interest for kind, of in ELIGIBLE.items() if kind not in {Kind.RETIREMENT, Kind.UNEMPLOYMENT}
    } == {None}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.HOME_PURCHASE, ("contractNumber",)),
        (Kind.HOME_CONSTRUCTION, ("contractNumber",)),
        (Kind.RETIREMENT, ("formerEmployer", "certificateNumber", "approvedOn")),
        (Kind.UNEMPLOYMENT, ("certificateNumber",)),
        (Kind.RENT, ()),
    ],
)
def test_the_form_says_what_it_asks_for(kind: Kind, fields: tuple[str, ...]) -> None:
    assert offer(kind, ELIGIBLE[kind]).required_fields == fields


def test_the_loan_that_the_kind_concerns_is_shown_with_it() -> None:
    assert offer(Kind.FUND_LOAN_REPAYMENT, MANUAL).fund_loan == loan()
    assert (
        offer(Kind.COMMERCIAL_LOAN_REPAYMENT, ELIGIBLE[Kind.COMMERCIAL_LOAN_REPAYMENT]).commercial_loan
        == commercial_loan()
    )
    assert offer(Kind.PROPERTY_FEE, MANUAL).fund_loan is None


# --- what every kind refuses ---


def changed(kind: Kind, an_account: people.AccountChanges) -> Facts:
    """The eligible member of a kind with something else about the account."""
    of = ELIGIBLE[kind]
    status = of.account.status
    merged: people.AccountChanges = {"status": status, "sealed_on": of.account.sealed_on, "balance": of.account.balance}
    merged.update(an_account)
    return Facts(account(**merged), of.basis, of.loans)


@pytest.mark.parametrize("kind", ELIGIBLE)
@pytest.mark.parametrize(
    ("status", "code"), [(AccountStatus.FROZEN, Code.ACCOUNT_FROZEN), (AccountStatus.CLOSED, Code.ACCOUNT_CLOSED)]
)
def test_a_frozen_or_closed_account_draws_nothing(kind: Kind, status: AccountStatus, code: Code) -> None:
    assert codes(offer(kind, changed(kind, {"status": status}))) == [code]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (Kind.FUND_LOAN_REPAYMENT, SEALED, Code.ACCOUNT_NOT_NORMAL),
        (Kind.COMMERCIAL_LOAN_REPAYMENT, SEALED, Code.ACCOUNT_NOT_NORMAL),
        (Kind.HOME_PURCHASE, SEALED, None),
        (Kind.HOME_CONSTRUCTION, SEALED, None),
        (Kind.RENT, SEALED, Code.ACCOUNT_NOT_NORMAL),
        (Kind.PROPERTY_FEE, SEALED, Code.ACCOUNT_NOT_NORMAL),
        (Kind.RETIREMENT, NORMAL, Code.ACCOUNT_NOT_SEALED),
        (Kind.UNEMPLOYMENT, NORMAL, Code.ACCOUNT_NOT_SEALED),
        (Kind.DOWN_PAYMENT, SEALED, Code.ACCOUNT_NOT_NORMAL),
    ],
)
def test_the_account_is_in_the_state_that_the_kind_wants(kind: Kind, status: AccountStatus, code: Code | None) -> None:
    assert codes(offer(kind, changed(kind, {"status": status}))) == ([code] if code else [])


@pytest.mark.parametrize("kind", ELIGIBLE)
def test_a_status_that_nobody_knows_draws_nothing(kind: Kind) -> None:
    sealed = kind in {Kind.RETIREMENT, Kind.UNEMPLOYMENT}
    expected = Code.ACCOUNT_NOT_SEALED if sealed else Code.ACCOUNT_NOT_NORMAL
    assert codes(offer(kind, changed(kind, {"status": AccountStatus.UNKNOWN}))) == [expected]


@pytest.mark.parametrize("kind", ELIGIBLE)
@pytest.mark.parametrize("bank_account", [None, BankAccount(" ", None)])
def test_there_is_a_bank_account_to_pay_to(kind: Kind, bank_account: BankAccount | None) -> None:
    assert codes(offer(kind, changed(kind, {"bank_account": bank_account}))) == [Code.NO_BANK_ACCOUNT]


@pytest.mark.parametrize("kind", ELIGIBLE)
def test_one_application_at_a_time(kind: Kind) -> None:
    of = ELIGIBLE[kind]
    found = offer(kind, Facts(of.account, _with_flight(of), of.loans))
    assert codes(found) == [Code.APPLICATION_IN_PROGRESS]
    assert "SL2018102500001" in found.refusals[0].message


def _with_flight(of: Facts) -> WithdrawalBasis:
    return replace(of.basis, in_flight=IN_FLIGHT)


@pytest.mark.parametrize("kind", ELIGIBLE)
@pytest.mark.parametrize(
    ("until", "expected"), [(date(2018, 10, 25), [Code.WITHDRAWALS_BARRED]), (date(2018, 10, 24), [])]
)
def test_who_is_barred_draws_nothing_up_to_the_last_day(kind: Kind, until: date, expected: list[Code]) -> None:
    of = ELIGIBLE[kind]
    found = offer(kind, Facts(of.account, replace(of.basis, barred_until=until), of.loans))
    assert codes(found) == expected
    assert [each.available_from for each in found.refusals] == [date(2018, 10, 26)] * len(expected)


@pytest.mark.parametrize("kind", ELIGIBLE)
def test_an_offer_names_the_article_that_is_in_force(kind: Kind) -> None:
    terms = people.practice().withdrawals[kind]
    assert terms is not None
    assert offer(kind, ELIGIBLE[kind]).basis == terms.article


@pytest.mark.parametrize("kind", ELIGIBLE)
def test_an_empty_account_offers_nothing(kind: Kind) -> None:
    found = offer(kind, changed(kind, {"balance": balance("0.00", "0.00")}))
    assert (found.kind, str(found.amount), codes(found)) == (kind, "0.00", [Code.NOTHING_AVAILABLE])
    (refusal,) = found.refusals
    assert refusal.message
    assert refusal.limit == terms_of(kind).floor


# --- how often ---


@pytest.mark.parametrize(
    ("kind", "last", "available_from"),
    [
        (Kind.FUND_LOAN_REPAYMENT, date(2017, 10, 26), date(2018, 10, 26)),
        (Kind.COMMERCIAL_LOAN_REPAYMENT, date(2018, 1, 31), date(2019, 1, 31)),
        (Kind.HOME_PURCHASE, date(2018, 7, 26), date(2018, 10, 26)),
        (Kind.HOME_CONSTRUCTION, date(2018, 8, 31), date(2018, 11, 30)),
        (Kind.RENT, date(2018, 9, 1), date(2018, 12, 1)),
        (Kind.PROPERTY_FEE, date(2018, 1, 1), date(2019, 1, 1)),
    ],
)
def test_a_draw_too_early_says_from_when(kind: Kind, last: date, available_from: date) -> None:
    found = offer(kind, _with_history(kind, last))
    assert [(each.code, each.available_from) for each in found.refusals] == [(Code.TOO_EARLY, available_from)]
    assert found.amount > 0


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        (Kind.FUND_LOAN_REPAYMENT, date(2017, 10, 25)),
        (Kind.COMMERCIAL_LOAN_REPAYMENT, date(2017, 10, 25)),
        (Kind.HOME_PURCHASE, date(2018, 7, 25)),
        (Kind.HOME_CONSTRUCTION, date(2018, 7, 25)),
        (Kind.RENT, date(2018, 7, 25)),
        (Kind.PROPERTY_FEE, date(2017, 12, 31)),
    ],
)
def test_the_first_day_again_is_not_too_early(kind: Kind, last: date) -> None:
    assert codes(offer(kind, _with_history(kind, last))) == []


@pytest.mark.parametrize(
    ("sealed_on", "on", "available_from"),
    [
        (date(2018, 10, 1), date(2018, 10, 25), date(2019, 4, 1)),
        (date(2018, 10, 1), date(2019, 3, 31), date(2019, 4, 1)),
        (date(2018, 10, 1), date(2019, 4, 1), None),
        (date(2018, 8, 31), date(2019, 2, 28), None),
        (date(2018, 3, 15), date(2018, 10, 25), None),  # 李建国
    ],
)
def test_unemployment_waits_for_six_sealed_months(sealed_on: date, on: date, available_from: date | None) -> None:
    of = facts(account(status=SEALED, sealed_on=sealed_on), basis(business_date=on))
    found = offer(Kind.UNEMPLOYMENT, of, on=on)
    expected = [(Code.TOO_EARLY, available_from)] if available_from else []
    assert [(each.code, each.available_from) for each in found.refusals] == expected
    if available_from:
        assert found.refusals[0].message == "账户封存（2018年10月1日）须满6个月，自2019年4月1日起可申请。"


def test_retirement_waits_for_nothing() -> None:
    assert offer(Kind.RETIREMENT, facts(account(status=SEALED, sealed_on=people.TODAY))).eligible


@pytest.mark.parametrize("kind", [Kind.RETIREMENT, Kind.UNEMPLOYMENT])
def test_what_closes_the_account_happens_once(kind: Kind) -> None:
    assert codes(offer(kind, _with_history(kind, date(2018, 5, 2)))) == [Code.LIMIT_REACHED]


def _with_history(kind: Kind, last: date) -> Facts:
    of = ELIGIBLE[kind]
    return Facts(of.account, replace(of.basis, history={kind: drawn(last, "100.00", "100.00")}), of.loans)


def test_a_draw_that_was_handed_in_last_year_took_last_years_right() -> None:
    of = ELIGIBLE[Kind.PROPERTY_FEE]
    posted = {Kind.PROPERTY_FEE: drawn(date(2018, 1, 3), this_year="0", total="1500.00")}
    found = offer(Kind.PROPERTY_FEE, Facts(of.account, replace(of.basis, history=posted), of.loans))
    assert (codes(found), str(found.amount)) == ([], "1500.00")


def test_a_closed_account_has_been_paid_its_interest() -> None:
    closed = account(status=AccountStatus.CLOSED, balance=balance("0.00", "0.00"))
    found = offer(Kind.RETIREMENT, facts(closed, basis(accrued_interest=Decimal("1155.95"))))
    assert (str(found.amount), str(found.interest)) == ("0.00", "0.00")


def test_the_first_draw_at_the_counter_counts_for_the_gap() -> None:
    found = offer(Kind.RENT, facts(account(), basis(rent_first_drawn_on=date(2018, 9, 1))))
    assert found.refusals[0].available_from == date(2018, 12, 1)


def test_a_draw_for_the_home_counts_for_the_gap() -> None:
    bought = home(last_drawn_on=date(2018, 10, 1))
    found = offer(Kind.HOME_PURCHASE, facts(account(), basis(purchases=(bought,))))
    assert found.refusals[0].available_from == date(2019, 1, 1)


# --- what has to be on record ---


@pytest.mark.parametrize("loans", [(), (loan(status=LoanStatus.SETTLED),), (loan(status=LoanStatus.UNKNOWN),)])
def test_a_fund_loan_is_being_repaid(loans: tuple[Loan, ...]) -> None:
    found = offer(Kind.FUND_LOAN_REPAYMENT, Facts(MANUAL.account, MANUAL.basis, loans))
    assert (str(found.amount), codes(found)) == ("0.00", [Code.NO_FUND_LOAN])


@pytest.mark.parametrize("in_arrears", [loan(overdue=OVERDUE), loan(status=LoanStatus.OVERDUE)])
def test_a_fund_loan_is_not_in_arrears(in_arrears: Loan) -> None:
    found = offer(Kind.FUND_LOAN_REPAYMENT, Facts(MANUAL.account, MANUAL.basis, (in_arrears,)))
    assert (str(found.amount), codes(found)) == ("24500.00", [Code.LOAN_IN_ARREARS])


CLOSING = (Kind.RETIREMENT, Kind.UNEMPLOYMENT)


def closing(kind: Kind, *loans: Loan) -> Facts:
    return Facts(ELIGIBLE[kind].account, ELIGIBLE[kind].basis, loans)


@pytest.mark.parametrize("kind", CLOSING)
@pytest.mark.parametrize(
    "in_arrears", [loan(overdue=OVERDUE), loan(status=LoanStatus.OVERDUE), loan(status=LoanStatus.BAD_DEBT)]
)
def test_arrears_stop_what_closes_the_account(kind: Kind, in_arrears: Loan) -> None:
    found = offer(kind, closing(kind, in_arrears))
    assert (str(found.amount), codes(found)) == ("30921.43", [Code.LOAN_IN_ARREARS])
    assert "请先将欠款存入还款账户（尾号0014），扣款入账后即可申请。" in found.refusals[0].message


@pytest.mark.parametrize("kind", CLOSING)
def test_arrears_on_a_loan_of_a_state_that_only_the_core_knows_stop_it_too(kind: Kind) -> None:
    written_off = loan(status=LoanStatus.UNKNOWN, overdue=OVERDUE)
    assert codes(offer(kind, closing(kind, written_off))) == [Code.LOAN_IN_ARREARS]


@pytest.mark.parametrize("kind", CLOSING)
def test_the_practice_centre_closes_the_account_of_who_repays_in_time(kind: Kind) -> None:
    assert codes(offer(kind, closing(kind, loan()))) == []


@pytest.mark.parametrize("kind", CLOSING)
def test_nothing_is_closed_while_the_state_of_a_loan_is_unknown(kind: Kind) -> None:
    found = offer(kind, closing(kind, loan(status=LoanStatus.UNKNOWN)))
    assert codes(found) == [Code.FUND_LOAN_OUTSTANDING]
    assert "核实后再申请" in found.refusals[0].message
    # One that was agreed on and not paid out yet owes nothing.
    assert offer(kind, closing(kind, loan(status=LoanStatus.UNKNOWN, balance=Decimal("0.00")))).eligible


@pytest.mark.parametrize("kind", CLOSING)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (LoanStatus.REPAYING, [Code.FUND_LOAN_OUTSTANDING]),
        (LoanStatus.OVERDUE, [Code.FUND_LOAN_OUTSTANDING]),
        (LoanStatus.UNKNOWN, [Code.FUND_LOAN_OUTSTANDING]),
        (LoanStatus.BAD_DEBT, [Code.FUND_LOAN_OUTSTANDING]),
        (LoanStatus.AWAITING_DISBURSEMENT, [Code.FUND_LOAN_OUTSTANDING]),
        (LoanStatus.SETTLED, []),
        (LoanStatus.CANCELLED, []),
    ],
)
def test_another_centre_wants_the_loan_settled_before(kind: Kind, status: LoanStatus, expected: list[Code]) -> None:
    found = withdrawal_offer(kind, people.example(), closing(kind, loan(status=status)))
    assert codes(found) == expected


def test_who_owes_a_loan_reads_how_to_settle_it() -> None:
    (refusal,) = withdrawal_offer(Kind.RETIREMENT, people.example(), closing(Kind.RETIREMENT, loan())).refusals
    assert (refusal.limit, refusal.message) == (
        Decimal("187167.54"),
        "您的公积金贷款尚未结清（贷款余额187167.54元），结清后方可申请离退休提取。结清可在“贷款提前还款”中办理。",
    )


def test_nothing_repaid_in_12_months_leaves_nothing() -> None:
    found = offer(Kind.FUND_LOAN_REPAYMENT, facts(account(), basis(), (loan(),)))
    assert codes(found) == [Code.NOTHING_AVAILABLE]
    assert found.refusals[0].message == "您近12个月的还款额不足100元，请在后续还款入账后再申请。"


@pytest.mark.parametrize("registered", [(), (commercial_loan(balance=Decimal("0.00")),)])
def test_a_commercial_loan_is_registered(registered: tuple[CommercialLoan, ...]) -> None:
    found = offer(Kind.COMMERCIAL_LOAN_REPAYMENT, facts(account(), basis(commercial_loans=registered)))
    assert (str(found.amount), codes(found)) == ("0.00", [Code.NO_COMMERCIAL_LOAN])


def test_a_commercial_loan_is_never_overpaid() -> None:
    small = commercial_loan(balance=Decimal("8123.45"))
    assert (
        str(offer(Kind.COMMERCIAL_LOAN_REPAYMENT, facts(account(), basis(commercial_loans=(small,)))).amount)
        == "8100.00"
    )


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Kind.HOME_PURCHASE, "未查询到您登记的购房合同，请先持证明材料到公积金中心柜台登记。"),
        (Kind.HOME_CONSTRUCTION, "未查询到您登记的建房合同，请先持证明材料到公积金中心柜台登记。"),
        (Kind.DOWN_PAYMENT, "未查询到您登记的购房合同，请先持证明材料到公积金中心柜台登记。"),
    ],
)
def test_a_contract_is_registered(kind: Kind, message: str) -> None:
    found = offer(kind, facts(account(), basis(), (loan(),)))
    assert (str(found.amount), codes(found)) == ("0.00", [Code.CONTRACT_NOT_REGISTERED])
    assert found.refusals[0].message == message


@pytest.mark.parametrize(
    ("kind", "registered"),
    [(Kind.HOME_PURCHASE, "GF20170618-0032"), (Kind.HOME_CONSTRUCTION, "JF20160905-0011")],
)
def test_another_contract_number_is_not_the_registered_one(kind: Kind, registered: str) -> None:
    assert offer(kind, ELIGIBLE[kind], registered).eligible
    found = offer(kind, ELIGIBLE[kind], registered[:-1] + "9")
    assert [(each.code, each.field) for each in found.refusals] == [(Code.CONTRACT_NOT_REGISTERED, "contractNumber")]


def test_full_width_characters_in_a_contract_number_make_no_difference() -> None:
    found = offer(Kind.HOME_PURCHASE, ELIGIBLE[Kind.HOME_PURCHASE], "ｇｆ２０１７０６１８－００３２")
    assert (found.eligible, found.contract_number) == (True, "GF20170618-0032")


@pytest.mark.parametrize("kind", [Kind.HOME_PURCHASE, Kind.HOME_CONSTRUCTION])
def test_the_first_draw_for_a_home_is_made_at_the_counter(kind: Kind) -> None:
    fresh = (home(first_drawn_on=None, last_drawn_on=None, drawn=Decimal("0.00")),)
    of = facts(account(), basis(purchases=fresh, constructions=fresh))
    assert codes(offer(kind, of)) == [Code.FIRST_TIME_AT_COUNTER]


def test_the_first_rent_draw_is_made_at_the_counter() -> None:
    assert codes(offer(Kind.RENT, facts())) == [Code.FIRST_TIME_AT_COUNTER]


@pytest.mark.parametrize(
    ("kind", "used_up"),
    [
        (Kind.HOME_PURCHASE, home(drawn=Decimal("119950.00"))),
        (Kind.HOME_CONSTRUCTION, home(drawn=Decimal("320000.00"))),
        (Kind.DOWN_PAYMENT, home(drawn=Decimal("120000.00"))),
        (Kind.DOWN_PAYMENT, home(drawn_for_down_payment=Decimal("5000.00"))),
    ],
)
def test_a_home_can_be_drawn_for_up_to_its_price(kind: Kind, used_up: HomeRegistration) -> None:
    of = facts(account(), basis(purchases=(used_up,), constructions=(used_up,)), (loan(),))
    assert codes(offer(kind, of)) == [Code.LIMIT_REACHED]


@pytest.mark.parametrize(("drawn_so_far", "amount"), [("119900.00", "100.00"), ("115000.00", "5000.00")])
def test_what_is_left_of_the_price_is_the_most(drawn_so_far: str, amount: str) -> None:
    found = offer(Kind.HOME_PURCHASE, facts(account(), basis(purchases=(home(drawn=Decimal(drawn_so_far)),))))
    assert (str(found.amount), codes(found)) == (amount, [])


def test_the_number_decides_which_home_is_meant() -> None:
    homes = (home(), home(contract_number="GF2", drawn=Decimal("119000.00")))
    of = facts(account(), basis(purchases=homes))
    assert str(offer(Kind.HOME_PURCHASE, of, "gf2").amount) == "1000.00"
    assert offer(Kind.HOME_PURCHASE, of).contract_number == "GF20170618-0032"


def test_a_quote_prefers_the_home_that_can_be_drawn_for() -> None:
    homes = (home(first_drawn_on=None), home(contract_number="GF2", drawn=Decimal("119000.00")))
    found = offer(Kind.HOME_PURCHASE, facts(account(), basis(purchases=homes)))
    assert (found.eligible, found.contract_number) == (True, "GF2")


@pytest.mark.parametrize(
    ("loans", "commercial", "expected"),
    [((), (), [Code.NO_FUND_LOAN]), ((), (commercial_loan(),), []), ((loan(),), (), [])],
)
def test_a_down_payment_draw_wants_a_housing_loan_of_either_sort(
    loans: tuple[Loan, ...], commercial: tuple[CommercialLoan, ...], expected: list[Code]
) -> None:
    of = facts(account(), basis(purchases=(home(),), commercial_loans=commercial), loans)
    assert codes(offer(Kind.DOWN_PAYMENT, of)) == expected


def test_a_down_payment_that_nobody_registered_goes_to_the_counter() -> None:
    of = facts(account(), basis(purchases=(home(down_payment=None),)), (loan(),))
    assert codes(offer(Kind.DOWN_PAYMENT, of)) == [Code.CONTRACT_NOT_REGISTERED]


@pytest.mark.parametrize(
    ("this_year", "amount"), [("0.00", "12000.00"), ("1500.00", "10500.00"), ("11850.00", "100.00")]
)
def test_rent_is_limited_for_the_calendar_year(this_year: str, amount: str) -> None:
    history = {Kind.RENT: drawn(date(2018, 6, 1), this_year)}
    found = offer(Kind.RENT, facts(account(), basis(rent_first_drawn_on=date(2018, 1, 10), history=history)))
    assert (str(found.amount), codes(found)) == (amount, [])


def test_a_used_up_year_opens_again_on_new_years_day() -> None:
    history = {Kind.RENT: drawn(date(2018, 6, 1), "11901.00")}
    found = offer(Kind.RENT, facts(account(), basis(rent_first_drawn_on=date(2018, 1, 10), history=history)))
    assert [(each.code, each.available_from) for each in found.refusals] == [(Code.LIMIT_REACHED, date(2019, 1, 1))]


@pytest.mark.parametrize(
    ("kind", "of", "message"),
    [
        (
            Kind.RENT,
            basis(rent_first_drawn_on=date(2018, 1, 10), history={Kind.RENT: drawn(date(2018, 6, 1), "11950.00")}),
            "2018年可提取额度12000.00元的剩余可提取额为50.00元，不足100元，自2019年1月1日起可申请。",
        ),
        (
            Kind.RENT,
            basis(rent_first_drawn_on=date(2018, 1, 10), history={Kind.RENT: drawn(date(2018, 6, 1), "12000.00")}),
            "2018年可提取额度12000.00元已提满，自2019年1月1日起可申请。",
        ),
        (
            Kind.HOME_PURCHASE,
            basis(purchases=(home(drawn=Decimal("119950.00")),)),
            "购房款（扣除贷款）120000.00元的剩余可提取额为50.00元，不足100元，不能再次提取。",
        ),
        (
            Kind.HOME_PURCHASE,
            basis(purchases=(home(drawn=Decimal("120000.00")),)),
            "购房款（扣除贷款）120000.00元已提满，不能再次提取。",
        ),
        (
            Kind.COMMERCIAL_LOAN_REPAYMENT,
            basis(commercial_loans=(commercial_loan(balance=Decimal("99.99")),)),
            "您的贷款余额不足100元，不再符合提取条件，请直接还清贷款。",
        ),
        (
            Kind.PROPERTY_FEE,
            basis(history={Kind.PROPERTY_FEE: drawn(date(2018, 3, 1), "100.00")}),
            "每个自然年度可提取一次，您已于2018年3月1日提取，自2019年1月1日起可再次申请。",
        ),
    ],
)
def test_a_limit_says_whether_it_is_used_up_or_leaves_less_than_the_floor(
    kind: Kind, of: WithdrawalBasis, message: str
) -> None:
    assert [each.message for each in offer(kind, facts(account(), of)).refusals] == [message]


def test_what_has_to_stay_is_named() -> None:
    poor = account(balance=balance("6000.00", "378.00"))
    (refusal,) = withdrawal_offer(
        Kind.FUND_LOAN_REPAYMENT, people.example(), facts(poor, basis(fund_loan_repaid_in_12_months=REPAID), (loan(),))
    ).refusals
    assert refusal.message == "您的账户余额扣除须保留的6378.00元后，不足0.01元，暂无可提取的金额。"


def test_what_was_done_once_says_when() -> None:
    (refusal,) = offer(Kind.RETIREMENT, _with_history(Kind.RETIREMENT, date(2018, 5, 2))).refusals
    assert refusal.message == (
        "此业务只能办理一次，您已于2018年5月2日办理。如有疑问，请拨打12329或到公积金中心柜台核实。"
    )


def test_all_refusals_come_at_once() -> None:
    poor = account(status=SEALED, bank_account=None, balance=balance("50.00", "0.00"))
    of = facts(poor, basis(in_flight=IN_FLIGHT, history={Kind.FUND_LOAN_REPAYMENT: drawn(date(2018, 10, 1))}))
    found = offer(Kind.FUND_LOAN_REPAYMENT, Facts(of.account, of.basis, (loan(overdue=OVERDUE),)))
    assert codes(found) == [
        Code.ACCOUNT_NOT_NORMAL,
        Code.NO_BANK_ACCOUNT,
        Code.APPLICATION_IN_PROGRESS,
        Code.LOAN_IN_ARREARS,
        Code.TOO_EARLY,
        Code.NOTHING_AVAILABLE,
    ]


def test_a_changed_quote_names_the_new_amount() -> None:
    found = offer(Kind.FUND_LOAN_REPAYMENT, MANUAL)
    assert quote_refusal(Decimal("24500"), found) is None
    assert quote_refusal(Decimal("24600.00"), found) == Refusal(
        Code.QUOTE_CHANGED,
        "可提取金额已变为24500.00元，请核对后重新提交。",
        "expectedAmount",
        limit=Decimal("24500.00"),
    )


def test_a_limit_that_gives_nothing_and_says_nothing_is_said_for_it() -> None:
    terms = people.practice().withdrawals[Kind.RENT]
    assert terms is not None
    bound = replace(people.practice(), withdrawals={Kind.RENT: replace(terms, caps=(Cap.LOAN_BALANCE,))})
    found = withdrawal_offer(Kind.RENT, bound, facts(account(), basis(rent_first_drawn_on=date(2018, 1, 10))))
    refusal = Refusal(Code.NOTHING_AVAILABLE, "目前没有可提取的金额。", limit=Decimal("100.00"))
    assert (found.amount, found.refusals) == (Decimal(0), (refusal,))


# --- the property fee of a home, since 2026-09-20 ---

LAW = date(2026, 9, 20)
AREAS = (None, Decimal("0.50"), Decimal("98.00"))


def property_fee(on: date, *homes: HomeRegistration, history: DrawHistory | None = None) -> Offer:
    drawn_before = {Kind.PROPERTY_FEE: history} if history else {}
    of = facts(account(), basis(business_date=on, purchases=homes, history=drawn_before))
    return offer(Kind.PROPERTY_FEE, of, on=on)


def test_the_property_fee_is_that_of_a_home_on_record() -> None:
    assert property_fee(date(2026, 9, 19)).eligible
    found = property_fee(LAW)
    assert (str(found.amount), codes(found)) == ("1500.00", [Code.CONTRACT_NOT_REGISTERED])
    assert found.refusals[0].message == "未查询到您登记的自住住房，请先持不动产权证或购房合同到公积金中心柜台登记。"
    assert (property_fee(LAW, home()).eligible, str(property_fee(LAW, home()).amount)) == (True, "1500.00")


def test_the_property_fee_is_that_of_the_largest_home() -> None:
    homes = [home(contract_number=number, area=area) for number, area in zip("123", AREAS, strict=True)]
    assert [property_fee(LAW, *each).contract_number for each in (homes, homes[:2], homes[:1])] == ["3", "2", "1"]
    terms = people.practice(LAW).withdrawals[Kind.PROPERTY_FEE]
    assert terms is not None
    of = facts(account(), basis(business_date=LAW, purchases=tuple(homes)))
    assert len(list(candidates(Kind.PROPERTY_FEE, terms, of, None))) == 1


def test_one_of_a_household_draws_the_property_fee() -> None:
    found = property_fee(LAW, home(property_fee_on=date(2026, 3, 2)))
    assert [(each.code, each.available_from) for each in found.refusals] == [(Code.TOO_EARLY, date(2027, 1, 1))]
    assert "您家庭" in found.refusals[0].message
    assert property_fee(LAW, home(property_fee_on=date(2025, 12, 31))).eligible
    assert property_fee(LAW, home(), home(property_fee_on=date(2026, 3, 2))).refusals
    # Before the law each draws for himself.
    assert property_fee(date(2026, 9, 19), home(property_fee_on=date(2026, 3, 2))).eligible


def test_what_the_member_handed_in_last_year_takes_no_right_of_the_household_either() -> None:
    posted = replace(drawn(date(2026, 1, 5), "0.00", "1500.00"), handed_in_on=date(2025, 12, 30))
    assert property_fee(LAW, home(property_fee_on=date(2025, 12, 30)), history=posted).eligible


# --- another centre: nothing of this is in code ---


def elsewhere(kind: Kind, of: Facts, on: date = people.TODAY) -> Offer:
    return withdrawal_offer(kind, people.example(on), of)


@pytest.mark.parametrize("kind", [Kind.DOWN_PAYMENT, Kind.PROPERTY_FEE])
def test_a_centre_need_not_offer_every_kind(kind: Kind) -> None:
    found = elsewhere(kind, ELIGIBLE[kind])
    name = {Kind.DOWN_PAYMENT: "贷款首付提取", Kind.PROPERTY_FEE: "物业费提取"}[kind]
    refusal = Refusal(Code.NOT_OFFERED, f"本中心暂未开办{name}业务。")
    assert found == Offer(kind, Decimal("0.00"), None, (refusal,), ())


def test_months_of_contributions_stay_in_reserve() -> None:
    # 30921.43 - 3 x 2126.00: the manual's other reading
    assert str(elsewhere(Kind.FUND_LOAN_REPAYMENT, MANUAL).amount) == "24543.43"


def test_an_unknown_contribution_leaves_the_reserve_unknown() -> None:
    unknown = ContributionTerms(None, None, None, None, None, None)
    found = elsewhere(Kind.FUND_LOAN_REPAYMENT, changed(Kind.FUND_LOAN_REPAYMENT, {"contribution": unknown}))
    assert (str(found.amount), codes(found)) == ("0.00", [Code.NOTHING_AVAILABLE])


def test_a_monthly_draw_is_due_again_after_a_month() -> None:
    of = Facts(MANUAL.account, _with_history(Kind.FUND_LOAN_REPAYMENT, date(2018, 9, 25)).basis, (loan(),))
    assert elsewhere(Kind.FUND_LOAN_REPAYMENT, of).eligible
    assert codes(offer(Kind.FUND_LOAN_REPAYMENT, of)) == [Code.TOO_EARLY]


def test_a_cap_by_floor_area() -> None:
    law = date(2026, 9, 20)
    of = facts(account(), basis(business_date=law, purchases=(home(area=Decimal("89.50")), home(area=Decimal("60")))))
    # 89.50 square metres x 2.00 yuan x 12 months
    assert (str(elsewhere(Kind.PROPERTY_FEE, of, law).amount), codes(elsewhere(Kind.PROPERTY_FEE, of, law))) == (
        "2148.00",
        [],
    )


def test_an_unknown_floor_area_goes_to_the_counter() -> None:
    law = date(2026, 9, 20)
    of = facts(account(), basis(business_date=law, purchases=(home(),)))
    assert codes(elsewhere(Kind.PROPERTY_FEE, of, law)) == [Code.CONTRACT_NOT_REGISTERED]


@pytest.mark.parametrize(
    ("sealed_on", "expected", "available_from"),
    [
        (date(2018, 4, 25), [], None),
        (date(2018, 4, 26), [Code.TOO_EARLY], date(2018, 10, 26)),
        (None, [Code.ACCOUNT_NOT_SEALED], None),
    ],
)
def test_unemployment_may_want_months_of_being_sealed(
    sealed_on: date | None, expected: list[Code], available_from: date | None
) -> None:
    found = elsewhere(Kind.UNEMPLOYMENT, facts(account(status=SEALED, sealed_on=sealed_on)))
    assert codes(found) == expected
    assert [each.available_from for each in found.refusals] == [available_from] * len(expected)


def test_the_new_law_opens_a_kind_on_its_day() -> None:
    days = (date(2026, 9, 19), date(2026, 9, 20))
    of = [facts(account(), basis(business_date=day, purchases=(home(area=Decimal(100)),))) for day in days]
    found = [elsewhere(Kind.PROPERTY_FEE, each, day) for each, day in zip(of, days, strict=True)]
    assert [codes(each) for each in found] == [[Code.NOT_OFFERED], []]
