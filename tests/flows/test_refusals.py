"""Each kind of application refused for each of its reasons: on its form, and when it is handed in all the same.

The situations are made in the practice core's book; which reasons a kind has follows from the policy, so that a new
condition, cap or kind without a case here fails."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bff.rules.policy.withdrawal_terms import AccountCondition, Condition, Frequency, WithdrawalTerms
from tests.flows.applying import DUAN, GAO, apply, codes, everyone, make, telling
from tests.flows.test_applications import JOURNEYS
from tests.rules import people
from tests.support.servers import Bff, Core

TODAY = date(2018, 10, 25)
APPLICATION = (
    "INSERT INTO application (SQLSH, SLBH, GRZH, YWLX, JE, ZT, SLSJ, QDBH)"
    " VALUES ('S-0', 'SL0', :who, '07', 100, '02', '2018-10-24T10:00:00', 'COUNTER')"
)
DRAWN = (
    "INSERT INTO account_detail (YWLSH, GRZH, MXLB, JZRQ, GJHTQYWLX, FSE, DNGJFSE, SNJZFSE, GRZHSNJZYE, GRZHDNGJYE,"
    " GRZHYE, YWLX) VALUES ('X0', :who, '02', '{on}', '12', {fen}, {fen}, 0, 0, 0, 0, '{kind}')"
)
DUE = "INSERT INTO due SELECT DKZH, DQQC + 1, '{on}', {posted}, 100000, 50000 FROM loan WHERE JKRGJJZH = :who"
NO_LOAN = "UPDATE loan SET DKZT = '3', DKYE = 0 WHERE JKRGJJZH = :who"

ALL_KINDS = {
    "ACCOUNT_FROZEN": ("UPDATE account SET GRZHZT = '06' WHERE GRZH = :who",),
    "ACCOUNT_CLOSED": ("UPDATE account SET GRZHZT = '05' WHERE GRZH = :who",),
    "NO_BANK_ACCOUNT": ("UPDATE account SET GRCKZHHM = NULL, GRCKZHKHYHMC = NULL WHERE GRZH = :who",),
    "APPLICATION_IN_PROGRESS": (APPLICATION,),
}
NEARLY_ALL = {
    "ACCOUNT_NOT_NORMAL": ("UPDATE account SET GRZHZT = '02' WHERE GRZH = :who",),
    "ACCOUNT_NOT_SEALED": ("UPDATE account SET GRZHZT = '01' WHERE GRZH = :who",),
    "NOTHING_AVAILABLE": ("UPDATE account SET GRZHSNJZYE = 0, GRZHDNGJYE = 0, GRZHYE = 0 WHERE GRZH = :who",),
}
UNKNOWN_STATUS = ("UPDATE account SET GRZHZT = '77' WHERE GRZH = :who",)
NO_HOME = ("DELETE FROM home WHERE GRZH = :who",)
NOT_YET_AT_THE_COUNTER = ("UPDATE home SET SCGTTQRQ = NULL, SCTQRQ = NULL WHERE GRZH = :who",)
JUST_DRAWN = ("UPDATE home SET SCTQRQ = '20181001' WHERE GRZH = :who",)
ARREARS = (DUE.format(on="20180914", posted="NULL"),)
MA_S_LOAN = ("UPDATE loan SET JKRGJJZH = :who WHERE DKZH = '210150700002'",)  # two periods in arrears
OWN = {
    ("FUND_LOAN_REPAYMENT", "NO_FUND_LOAN"): (NO_LOAN,),
    ("FUND_LOAN_REPAYMENT", "LOAN_IN_ARREARS"): ARREARS,
    ("FUND_LOAN_REPAYMENT", "LIMIT_REACHED"): (
        "INSERT INTO co_borrower SELECT DKZH, '990100500002', '02' FROM loan WHERE JKRGJJZH = :who",
        DRAWN.format(on="20180601", fen=8_642_850, kind="02").replace(":who", "'990100500002'"),
    ),
    ("FUND_LOAN_REPAYMENT", "TOO_EARLY"): (DRAWN.format(on="20180101", fen=100, kind="02"),),
    ("COMMERCIAL_LOAN_REPAYMENT", "NO_COMMERCIAL_LOAN"): ("DELETE FROM commercial_loan WHERE GRZH = :who",),
    ("COMMERCIAL_LOAN_REPAYMENT", "TOO_EARLY"): (DRAWN.format(on="20180101", fen=100, kind="03"),),
    ("HOME_PURCHASE", "ACCOUNT_NOT_NORMAL"): UNKNOWN_STATUS,
    ("HOME_PURCHASE", "CONTRACT_NOT_REGISTERED"): NO_HOME,
    ("HOME_PURCHASE", "FIRST_TIME_AT_COUNTER"): NOT_YET_AT_THE_COUNTER,
    ("HOME_PURCHASE", "TOO_EARLY"): JUST_DRAWN,
    ("HOME_CONSTRUCTION", "ACCOUNT_NOT_NORMAL"): UNKNOWN_STATUS,
    ("HOME_CONSTRUCTION", "CONTRACT_NOT_REGISTERED"): NO_HOME,
    ("HOME_CONSTRUCTION", "FIRST_TIME_AT_COUNTER"): NOT_YET_AT_THE_COUNTER,
    ("HOME_CONSTRUCTION", "TOO_EARLY"): JUST_DRAWN,
    ("RENT", "FIRST_TIME_AT_COUNTER"): ("DELETE FROM rent WHERE GRZH = :who",),
    ("RENT", "TOO_EARLY"): (DRAWN.format(on="20181001", fen=100, kind="06"),),
    ("RENT", "LIMIT_REACHED"): (DRAWN.format(on="20180110", fen=1_200_000, kind="06"),),
    ("PROPERTY_FEE", "TOO_EARLY"): (DRAWN.format(on="20180110", fen=100, kind="07"),),
    ("UNEMPLOYMENT", "TOO_EARLY"): ("UPDATE account SET FCRQ = '20181001' WHERE GRZH = :who",),
    ("RETIREMENT", "LOAN_IN_ARREARS"): MA_S_LOAN,
    ("UNEMPLOYMENT", "LOAN_IN_ARREARS"): MA_S_LOAN,
    ("RETIREMENT", "LIMIT_REACHED"): (DRAWN.format(on="20080110", fen=100, kind="08"),),
    ("UNEMPLOYMENT", "LIMIT_REACHED"): (DRAWN.format(on="20080110", fen=100, kind="09"),),
    ("DOWN_PAYMENT", "NO_FUND_LOAN"): (NO_LOAN,),
    ("DOWN_PAYMENT", "CONTRACT_NOT_REGISTERED"): NO_HOME,
    ("DOWN_PAYMENT", "LIMIT_REACHED"): ("UPDATE home SET SFKTQJE = 100 WHERE GRZH = :who",),
}
PREPAYMENT = {
    "APPLICATION_IN_PROGRESS": (APPLICATION,),
    "NO_BANK_ACCOUNT": ("UPDATE loan SET HKZH = NULL WHERE JKRGJJZH = :who",),
    "NO_FUND_LOAN": (NO_LOAN,),
    "LOAN_IN_ARREARS": ARREARS,
    "INSTALLMENT_NOT_POSTED": (DUE.format(on="20181025", posted="'20181026'"),),
    "TOO_EARLY": ("UPDATE loan SET SCTQHKRQ = '20181001' WHERE JKRGJJZH = :who",),
}
REASON_OF_CONDITION = {
    Condition.ACTIVE_FUND_LOAN: "NO_FUND_LOAN",
    Condition.NO_ARREARS: "LOAN_IN_ARREARS",
    Condition.NO_OPEN_FUND_LOAN: "FUND_LOAN_OUTSTANDING",
    Condition.COMMERCIAL_LOAN: "NO_COMMERCIAL_LOAN",
    Condition.HOUSING_LOAN: "NO_FUND_LOAN",
    Condition.REGISTERED_CONTRACT: "CONTRACT_NOT_REGISTERED",
    Condition.FIRST_DRAW_AT_COUNTER: "FIRST_TIME_AT_COUNTER",
}


def reasons(terms: WithdrawalTerms) -> set[str]:
    """Why a withdrawal under these terms can be refused."""
    sealed = terms.account is AccountCondition.SEALED
    often = terms.frequency in {Frequency.ONCE, Frequency.ONCE_A_HOME}
    found = {*ALL_KINDS, "NOTHING_AVAILABLE", *(REASON_OF_CONDITION[each] for each in terms.conditions)}
    found |= {"ACCOUNT_NOT_SEALED" if sealed else "ACCOUNT_NOT_NORMAL", "LIMIT_REACHED" if often else "TOO_EARLY"}
    found |= {"TOO_EARLY"} if terms.sealed_months else set()
    found |= {"LIMIT_REACHED"} if terms.shared_with else set()
    return found | ({"LIMIT_REACHED"} if terms.limit_a_year else set())


POLICY = people.practice(TODAY)
PAIRS = sorted((str(kind), reason) for kind, terms in POLICY.withdrawals.items() if terms for reason in reasons(terms))


def situation(kind: str, reason: str) -> tuple[str, ...]:
    """Statements for the book. KeyError: this kind can be refused for a reason that no case here makes."""
    return OWN.get((kind, reason)) or {**ALL_KINDS, **NEARLY_ALL}[reason]


@pytest.fixture(scope="module")
def app(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    with everyone(core, tmp_path_factory.mktemp("refusals")) as bff:
        yield bff


@pytest.mark.parametrize(("kind", "reason"), PAIRS)
def test_a_withdrawal_is_refused_for_each_of_its_reasons(app: Bff, changed: Core, kind: str, reason: str) -> None:
    who, operation, form = JOURNEYS[kind]
    make(changed, who, *situation(kind, reason))
    offer = app.data(telling("WithdrawalForm"), {"kind": kind}, app.sign_in(who))["me"]["withdrawalQuote"]
    assert not offer["eligible"]
    # A second sign-in, because a closed account ended the first session.
    applied = apply(app, app.sign_in(who), operation, expectedAmount=offer["amount"], **form)
    refused(offer["refusals"], reason)
    refused(applied["userErrors"], reason)
    assert applied["application"] is None


@pytest.mark.parametrize("reason", PREPAYMENT)
def test_a_prepayment_is_refused_for_each_of_its_reasons(app: Bff, changed: Core, reason: str) -> None:
    make(changed, DUAN, *PREPAYMENT[reason])
    asked = {"amount": "50000.00", "keep": "TERM"}
    form = app.data(telling("LoanPrepaymentForm"), asked, app.sign_in(DUAN))["me"]["prepaymentQuote"]
    applied = apply(app, app.sign_in(DUAN), "ApplyLoanPrepayment", **asked)
    refused(form["refusals"], reason)
    refused(applied["userErrors"], reason)
    assert (form["eligible"], applied["application"]) == (False, None)


FUND_ACCOUNTS = {
    "sealed": NEARLY_ALL["ACCOUNT_NOT_NORMAL"],
    "frozen by a court": ALL_KINDS["ACCOUNT_FROZEN"],
    "closed": ALL_KINDS["ACCOUNT_CLOSED"],
    "of a status that only the core knows": UNKNOWN_STATUS,
    "without an account to pay out to": ALL_KINDS["NO_BANK_ACCOUNT"],
}


@pytest.mark.parametrize("amount", ["50000.00", "187371.99"], ids=["a part", "everything"])
@pytest.mark.parametrize("fund_account", FUND_ACCOUNTS)
def test_a_loan_is_repaid_early_whatever_the_fund_account_is(
    app: Bff, changed: Core, fund_account: str, amount: str
) -> None:
    make(changed, DUAN, *FUND_ACCOUNTS[fund_account])
    asked = {"amount": amount, "keep": "TERM"}
    form = app.data(telling("LoanPrepaymentForm"), asked, app.sign_in(DUAN))["me"]["prepaymentQuote"]
    applied = apply(app, app.sign_in(DUAN), "ApplyLoanPrepayment", **asked)
    assert (form["eligible"], form["refusals"], applied["userErrors"]) == (True, [], [])
    with closing(sqlite3.connect(changed.book)) as db:
        (serial,) = db.execute("SELECT SQLSH FROM application").fetchone()
    changed.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})
    with closing(sqlite3.connect(changed.book)) as db:
        owed = db.execute("SELECT DKYE FROM loan WHERE JKRGJJZH = '990140300001'").fetchone()
    assert owed == ((13716754,) if amount == "50000.00" else (0,))


BARRED = "UPDATE account SET XZTQJZRQ = '20211024' WHERE GRZH = :who"
WITH_BASIS = "query($kind: WithdrawalKind!) { me { withdrawalQuote(kind: $kind) { basis } prepaymentQuote { basis } } }"


@pytest.mark.parametrize("kind", JOURNEYS)
def test_who_is_barred_draws_nothing_and_may_repay(app: Bff, changed: Core, kind: str) -> None:
    who, *_ = JOURNEYS[kind]
    make(changed, who, BARRED)
    offer = app.data("WithdrawalForm", {"kind": kind}, app.sign_in(who))["me"]["withdrawalQuote"]
    assert codes(offer["refusals"]) == {"WITHDRAWALS_BARRED"}
    assert "自2021年10月25日起可申请" in offer["refusals"][0]["message"]
    asked = {"amount": "50000.00", "keep": "TERM"}
    form = app.data("LoanPrepaymentForm", asked, app.sign_in(who))["me"]["prepaymentQuote"]
    assert "WITHDRAWALS_BARRED" not in codes(form["refusals"])


def draws_for_a_loan(app: Bff, who: str) -> Any:
    return app.data("WithdrawalForm", {"kind": "FUND_LOAN_REPAYMENT"}, app.sign_in(who))["me"]["withdrawalQuote"]


def test_a_couple_draws_once_for_the_same_repayments(app: Bff, changed: Core) -> None:
    """段小梅 repaid 86428.50. She draws 24500.00, also before it is posted, and so much of it is gone for 高小华; the
    counter has paid 54130.00 to another one of them: 7798.50 are left."""
    (refusal,) = draws_for_a_loan(app, GAO)["refusals"]
    assert refusal["code"] == "NO_FUND_LOAN"
    changed.control("PUT", "loans/210161200001/borrowers", {"account": "990100500002", "relation": "SPOUSE"})
    changed.control("PUT", "loans/210161200001/borrowers", {"account": "990130900009", "relation": "CO_BORROWER"})
    make(changed, DUAN, DRAWN.format(on="20180601", fen=5_413_000, kind="02").replace(":who", "'990130900009'"))
    assert draws_for_a_loan(app, DUAN)["amount"] == "24500.00"
    assert (
        apply(app, app.sign_in(DUAN), "ApplyFundLoanRepaymentWithdrawal", expectedAmount="24500.00")["userErrors"] == []
    )
    offer = draws_for_a_loan(app, GAO)
    assert (offer["eligible"], offer["amount"]) == (True, "7700.00")
    token = app.sign_in(GAO)
    assert apply(app, token, "ApplyFundLoanRepaymentWithdrawal", expectedAmount="7700.00")["userErrors"] == []
    with closing(sqlite3.connect(changed.book)) as db:
        serials = [row[0] for row in db.execute("SELECT SQLSH FROM application ORDER BY SLBH")]
    for serial in serials:
        changed.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})
    (refusal,) = [each for each in draws_for_a_loan(app, GAO)["refusals"] if each["code"] == "LIMIT_REACHED"]
    assert refusal["message"] == (
        "该笔贷款近12个月的还款额86428.50元由借款人、配偶等共同提取（含正在办理的）的剩余可提取额为98.50元，不足100元，"
        "请在后续还款入账后再申请。"
    )


def test_two_owners_of_a_home_draw_its_price_once(app: Bff, changed: Core) -> None:
    """卢小鹏's home is 高小华's, too: what is left of the price is 250.00 for both, and so 200.00."""
    make(
        changed,
        GAO,
        "INSERT INTO home SELECT :who, LB, HTBH, FWZL, FWJZMJ, FWZJ, DKJE, GFSFK, SCGTTQRQ, SCTQRQ, 0, 0, HTQDRQ,"
        " BDCZRQ FROM home WHERE HTBH = 'GF20170618-0032'",
        "UPDATE home SET LJTQJE = FWZJ - DKJE - 25000 WHERE HTBH = 'GF20170618-0032' AND GRZH <> :who",
    )
    offer = app.data("WithdrawalForm", {"kind": "HOME_PURCHASE"}, app.sign_in(GAO))["me"]["withdrawalQuote"]
    assert (offer["eligible"], offer["amount"]) == (True, "200.00")


FROZEN = "query { me { account { frozen usable balance { total } } } }"


def test_a_court_freezes_a_sum_and_the_rest_can_be_drawn(app: Bff, changed: Core) -> None:
    """10000.00 of 段小梅's 30921.43: 20921.43 are usable, and 20900.00 of them can be drawn for her loan."""
    token = app.sign_in(DUAN)
    assert app.data(FROZEN, token=token)["me"]["account"] == {
        "frozen": "0.00",
        "usable": "30921.43",
        "balance": {"total": "30921.43"},
    }
    changed.control("PUT", "accounts/990140300001", {"frozen": "10000.00"})
    shown = app.data(FROZEN, token=token)["me"]["account"]
    assert (shown["frozen"], shown["usable"], shown["balance"]["total"]) == ("10000.00", "20921.43", "30921.43")
    offer = app.data("WithdrawalForm", {"kind": "FUND_LOAN_REPAYMENT"}, token)["me"]["withdrawalQuote"]
    assert (offer["eligible"], offer["amount"]) == (True, "20900.00")
    applied = apply(app, token, "ApplyFundLoanRepaymentWithdrawal", expectedAmount="20900.00")
    assert (applied["userErrors"], applied["application"]["status"]) == ([], "ACCEPTED")


def test_an_account_with_a_frozen_sum_is_not_closed(app: Bff, changed: Core) -> None:
    changed.control("PUT", "accounts/990060900005", {"frozen": "5000.00"})
    who, operation, form = JOURNEYS["UNEMPLOYMENT"]
    offer = app.data(telling("WithdrawalForm"), {"kind": "UNEMPLOYMENT"}, app.sign_in(who))["me"]["withdrawalQuote"]
    refused(offer["refusals"], "PARTLY_FROZEN")
    applied = apply(app, app.sign_in(who), operation, expectedAmount=offer["amount"], **form)
    refused(applied["userErrors"], "PARTLY_FROZEN")
    assert applied["application"] is None


def test_a_quote_shows_the_basis_that_is_in_force(app: Bff, changed: Core) -> None:
    shown = app.data(WITH_BASIS, {"kind": "RENT"}, app.sign_in(DUAN))["me"]
    assert shown["withdrawalQuote"]["basis"] == (
        "《住房公积金管理条例》第二十四条第（六）项：房租超出家庭工资收入的规定比例"
    )
    assert shown["prepaymentQuote"]["basis"] == "《练习市个人住房公积金贷款管理办法》：提前还款"
    make(changed, DUAN, AFTER_THE_LAW)
    shown = app.data(WITH_BASIS, {"kind": "RENT"}, app.sign_in(DUAN))["me"]
    assert shown["withdrawalQuote"]["basis"] == (
        "《住房公积金管理条例》（国务院令第844号修订）第二十四条第（一）项：租住住房"
    )


AFTER_THE_LAW = "UPDATE setting SET value = '20261101' WHERE name = 'KJRQ' AND :who > ''"


def test_the_property_fee_needs_a_home_on_record_since_the_law(app: Bff, changed: Core) -> None:
    make(changed, GAO, AFTER_THE_LAW)
    asked = {"kind": "PROPERTY_FEE"}
    offer = app.data("WithdrawalForm", asked, app.sign_in(GAO))["me"]["withdrawalQuote"]
    assert (codes(offer["refusals"]), offer["amount"]) == ({"CONTRACT_NOT_REGISTERED"}, "1500.00")
    assert app.data("WithdrawalForm", asked, app.sign_in(DUAN))["me"]["withdrawalQuote"]["eligible"]
    applied = apply(app, app.sign_in(DUAN), "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")
    assert applied["application"]["status"] == "ACCEPTED"


OF_ANOTHER_SORT = """
    UPDATE loan_detail SET DKYWMXLX = '{row}' WHERE DKYWMXLX <> '01' AND JZRQ < '20181015'
    AND DKZH IN (SELECT DKZH FROM loan WHERE JKRGJJZH = :who)"""


@pytest.mark.parametrize("row", ["05", "06"], ids=["out of the fund", "a settlement"])
def test_what_was_not_paid_out_of_pocket_is_not_drawn_for(app: Bff, changed: Core, row: str) -> None:
    """Of the last twelve months' repayments only the last one, 2473.16, was an installment."""
    make(changed, DUAN, OF_ANOTHER_SORT.format(row=row))
    offer = app.data("WithdrawalForm", {"kind": "FUND_LOAN_REPAYMENT"}, app.sign_in(DUAN))["me"]["withdrawalQuote"]
    assert (offer["eligible"], offer["amount"]) == (True, "2400.00")


@pytest.mark.parametrize("kind", JOURNEYS)
def test_each_withdrawal_is_refused_with_an_amount_that_is_not_today_s(app: Bff, kind: str) -> None:
    who, operation, form = JOURNEYS[kind]
    token = app.sign_in(who)
    amount = app.data("WithdrawalForm", {"kind": kind}, token)["me"]["withdrawalQuote"]["amount"]
    applied = apply(app, token, operation, expectedAmount=str(Decimal(amount) - 1), **form)
    (error,) = applied["userErrors"]
    assert (error["code"], error["field"], applied["application"]) == ("QUOTE_CHANGED", "expectedAmount", None)
    assert amount in error["message"]
    tells_its_facts(error)


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, (*_, form) in JOURNEYS.items() for field in form])
def test_each_field_of_a_form_has_to_be_filled_in(app: Bff, kind: str, field: str) -> None:
    who, operation, form = JOURNEYS[kind]
    if field == "approvedOn":
        asked, code = form | {field: str(date(2018, 10, 26))}, "INVALID_DATE"
    else:
        asked, code = form | {field: " "}, "REQUIRED"
    applied = apply(app, app.sign_in(who), operation, expectedAmount="100.00", **asked)
    assert (code, field) in {(error["code"], error["field"]) for error in applied["userErrors"]}


def refused(errors: list[dict[str, Any]], reason: str) -> None:
    assert reason in codes(errors), errors
    assert all(error["message"].endswith("。") for error in errors)
    for error in errors:
        tells_its_facts(error)


SETTLING = re.compile("如需结清.*")
"""What to do instead, which the quote has as its payoff amount."""


def tells_its_facts(error: dict[str, Any]) -> None:
    """Each day and amount of the sentence is there for the app, too."""
    day = re.search(r"[于自](\d+)年(\d+)月(\d+)日起", error["message"])
    assert error["availableFrom"] == (str(date(*map(int, day.groups()))) if day else None)
    amounts = {Decimal(each) for each in re.findall(r"([\d.]+)元", SETTLING.sub("", error["message"]))}
    assert amounts <= {Decimal("50000.00")} or Decimal(error["limit"]) in amounts
    assert error["retryAfterSeconds"] is None


FACTS = {
    ("FUND_LOAN_REPAYMENT", "LOAN_IN_ARREARS"): (None, "1506.11"),
    ("FUND_LOAN_REPAYMENT", "TOO_EARLY"): ("2019-01-01", None),
    ("RENT", "LIMIT_REACHED"): ("2019-01-01", "12000.00"),
    ("DOWN_PAYMENT", "LIMIT_REACHED"): (None, None),
    ("RETIREMENT", "LIMIT_REACHED"): (None, None),
    ("HOME_PURCHASE", "NOTHING_AVAILABLE"): (None, "100.00"),
    ("HOME_PURCHASE", "CONTRACT_NOT_REGISTERED"): (None, None),
}


@pytest.mark.parametrize(("kind", "reason"), FACTS)
def test_a_refusal_tells_the_day_and_the_amount_that_it_knows(app: Bff, changed: Core, kind: str, reason: str) -> None:
    who, operation, form = JOURNEYS[kind]
    make(changed, who, *situation(kind, reason))
    offer = app.data(telling("WithdrawalForm"), {"kind": kind}, app.sign_in(who))["me"]["withdrawalQuote"]
    applied = apply(app, app.sign_in(who), operation, expectedAmount=offer["amount"], **form)
    for errors in (offer["refusals"], applied["userErrors"]):
        (error,) = (each for each in errors if each["code"] == reason)
        assert (error["availableFrom"], error["limit"]) == FACTS[kind, reason]


PREPAYING = {
    "BELOW_MINIMUM": ("0.01", None, "10000.00"),
    "ABOVE_MAXIMUM": ("999999.00", None, "187167.54"),
    "TOO_EARLY": ("50000.00", "2019-01-01", None),
}


@pytest.mark.parametrize("reason", PREPAYING)
def test_a_prepayment_that_is_refused_tells_them_too(app: Bff, changed: Core, reason: str) -> None:
    amount, since, limit = PREPAYING[reason]
    make(changed, DUAN, *PREPAYMENT.get(reason, ()))
    applied = apply(app, app.sign_in(DUAN), "ApplyLoanPrepayment", amount=amount, keep="TERM")
    (error,) = (each for each in applied["userErrors"] if each["code"] == reason)
    assert (error["availableFrom"], error["limit"]) == (since, limit)


def test_too_many_tries_tell_the_seconds_to_wait(app: Bff) -> None:
    asked = {"input": {"phone": "13900000099", "purpose": "REGISTER"}}
    for _ in range(2):
        payload = app.data(telling("RequestSmsCode"), asked)["requestSmsCode"]
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("TOO_MANY_ATTEMPTS", "phone")
    assert 1 <= error["retryAfterSeconds"] <= 60
    wrong = {"input": {"username": "13900000099", "loginPassword": "Wrong-2018"}}
    while not (error := app.data(telling("SignIn"), wrong)["signIn"]["userErrors"][0])["retryAfterSeconds"]:
        assert error["code"] == "WRONG_CREDENTIALS"
    assert error["code"] == "TOO_MANY_ATTEMPTS"
    assert f"{error['retryAfterSeconds']}秒" in error["message"] or error["retryAfterSeconds"] >= 60


WEEKEND = "UPDATE setting SET value = '20180930' WHERE name = 'KJRQ' AND :who <> ''"


@pytest.mark.parametrize(
    ("statements", "day"), [((), "2018年10月26日"), ((WEEKEND,), "2018年10月8日")], ids=["thursday", "holidays"]
)
def test_an_installment_that_waits_for_posting_says_until_when(
    app: Bff, changed: Core, statements: tuple[str, ...], day: str
) -> None:
    """On 30 September 2018 the national holidays come next, and the first workday is Monday 8 October."""
    make(changed, DUAN, DUE.format(on="20180914", posted="'20181231'"), *statements)
    asked = {"amount": "50000.00", "keep": "TERM"}
    errors = apply(app, app.sign_in(DUAN), "ApplyLoanPrepayment", **asked)["userErrors"]
    (waits,) = (error for error in errors if error["code"] == "INSTALLMENT_NOT_POSTED")
    assert waits["message"] == f"您有一期还款正在入账，预计自{day}起（入账后）可申请。"
    assert waits["availableFrom"] == {"2018年10月26日": "2018-10-26", "2018年10月8日": "2018-10-08"}[day]
