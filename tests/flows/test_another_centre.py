"""The practice core's people under the rules of another centre: what another policy file alone changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from sandbox.book import loans
from sandbox.book.database import opened
from tests.flows.applying import DUAN, GAO, IDS, LU, apply, codes, everyone, make, quote
from tests.foreign.front import NAMES, WSDL, running_front
from tests.rules.people import POLICIES
from tests.support.servers import Bff, Core

HE, SUN = "13800000014", "13800000012"


@pytest.fixture(scope="module")
def app(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    policy = POLICIES / "example-centre.toml"
    with everyone(core, tmp_path_factory.mktemp("another"), policy_file=policy) as bff:
        yield bff


DRAWN = (
    "INSERT INTO account_detail (YWLSH, GRZH, MXLB, JZRQ, SLRQ, GJHTQYWLX, FSE, DNGJFSE, SNJZFSE, GRZHSNJZYE,"
    " GRZHDNGJYE, GRZHYE, YWLX) VALUES ('X{n}', :who, '02', '{on}', '{in_}', '11', 100, 100, 0, 0, 0, 0, '{kind}')"
)


def test_a_home_may_be_drawn_for_twice_a_year(app: Bff, changed: Core) -> None:
    """卢小鹏 drew once in 2018, on 11 July."""
    assert quote(app, LU, "HOME_PURCHASE")["eligible"]
    make(changed, LU, DRAWN.format(n=1, on="20181001", in_="20181001", kind="04"))
    (refusal,) = quote(app, LU, "HOME_PURCHASE")["refusals"]
    assert refusal["code"] == "TOO_EARLY"
    assert refusal["message"] == (
        "每个自然年度可提取2次，您已提取2次，最近一次于2018年10月1日提取，自2019年1月1日起可再次申请。"
    )


def test_a_construction_may_be_drawn_for_once_a_fund_year(app: Bff, changed: Core) -> None:
    """孙丽华's last draw was on 2017-11-14, in the fund year before. What is handed in on 29 June belongs to that one,
    although it is posted in July."""
    make(changed, SUN, "UPDATE home SET FWJZMJ = 20000 WHERE GRZH = :who")
    assert quote(app, SUN, "HOME_CONSTRUCTION")["eligible"]
    make(changed, SUN, DRAWN.format(n=1, on="20180702", in_="20180629", kind="05"))
    assert quote(app, SUN, "HOME_CONSTRUCTION")["eligible"]
    make(changed, SUN, DRAWN.format(n=2, on="20180705", in_="20180703", kind="05"))
    (refusal,) = quote(app, SUN, "HOME_CONSTRUCTION")["refusals"]
    assert (refusal["code"], refusal["message"][-20:]) == ("TOO_EARLY", "提取，自2019年7月1日起可再次申请。")


def test_a_home_may_be_drawn_for_until_three_years_after_its_contract(app: Bff, changed: Core) -> None:
    make(changed, LU, "UPDATE home SET HTQDRQ = '20151025' WHERE GRZH = :who")
    assert quote(app, LU, "HOME_PURCHASE")["eligible"]
    make(changed, LU, "UPDATE home SET HTQDRQ = '20151024' WHERE GRZH = :who")
    (refusal,) = quote(app, LU, "HOME_PURCHASE")["refusals"]
    assert (refusal["code"], "期限已于2018年10月24日届满" in refusal["message"]) == ("TOO_LATE", True)


def test_rent_is_drawn_for_the_months_since_the_last_draw(app: Bff, changed: Core) -> None:
    """何志强 drew on 16 July, and today is 25 October: three months of 1700. The practice core takes it."""
    offer = quote(app, HE, "RENT")
    assert (offer["eligible"], offer["amount"]) == (True, "5100.00")
    applied = apply(app, app.sign_in(HE), "ApplyRentWithdrawal", expectedAmount="5100.00")
    assert (applied["userErrors"], applied["application"]["status"]) == ([], "ACCEPTED")


@pytest.mark.parametrize(
    ("change", "amount"),
    [
        ("WCNZNS = 2", "5700.00"),
        ("WCNZNS = 3", "6300.00"),
        ("YZJ = 150000", "4500.00"),
        ("ZLQSRQ = '20180915'", "3400.00"),
    ],
)
def test_what_the_core_tells_of_the_lease_and_the_family_counts(
    app: Bff, changed: Core, change: str, amount: str
) -> None:
    make(changed, HE, f"UPDATE rent SET {change} WHERE GRZH = :who")  # noqa: S608 (constants of this file)
    assert quote(app, HE, "RENT")["amount"] == amount


def test_a_couple_draws_the_rent_of_its_months_once_there(app: Bff, changed: Core) -> None:
    """何志强's spouse drew 3400.00 on 3 September, for August and September; what she hands in besides counts, too."""
    spouse = "UPDATE person SET POGRZH = '990100500002' WHERE GRZH = :who"
    drew = DRAWN.replace(":who", "'990100500002'").replace("'11', 100, 100", "'11', 340000, 340000")
    make(changed, HE, spouse, drew.format(n=1, on="20180905", in_="20180903", kind="06") + "")
    assert quote(app, HE, "RENT")["amount"] == "1700.00"
    under_way = (
        "INSERT INTO application (SQLSH, SLBH, GRZH, YWLX, JE, ZT, SLSJ, QDBH) "
        "VALUES ('Y-1', 'Y-1', '990100500002', '06', 170000, '02', '2018-10-24T10:00:00', '01')"
    )
    make(changed, HE, under_way)
    offer = quote(app, HE, "RENT")
    (refusal,) = offer["refusals"]
    assert (offer["amount"], refusal["code"], refusal["availableFrom"]) == ("0.00", "TOO_EARLY", "2018-11-01")
    assert refusal["message"].startswith(
        "租房额度按家庭计算，您未提取的3个月共5100.00元，其中家庭其他成员已提取5100.00元"
    )


@pytest.mark.parametrize(("relation", "reason"), [("SPOUSE", None), ("CO_BORROWER", "NO_FUND_LOAN")])
def test_only_the_spouse_draws_beside_the_borrower_there(
    app: Bff, changed: Core, relation: str, reason: str | None
) -> None:
    changed.control("PUT", "loans/210161200001/borrowers", {"account": "990100500002", "relation": relation})
    offer = quote(app, GAO, "FUND_LOAN_REPAYMENT")
    assert (offer["eligible"], codes(offer["refusals"])) == (reason is None, {reason} if reason else set())
    if reason:
        assert "由主借款人或者其配偶申请" in offer["refusals"][0]["message"]


KNOWN = {("CONTRIBUTIONS_TOO_SHORT", "months"), ("FUND_LOAN_OUTSTANDING", "limit")}
"""What is told of a refusal beside its sentence."""


@pytest.mark.parametrize(
    ("reason", "statement"),
    [
        ("HOME_IN_CITY", "UPDATE home SET GRZH = :who WHERE HTBH = 'GF20170618-0032'"),
        ("FUND_LOAN_OUTSTANDING", "UPDATE loan SET JKRGJJZH = :who WHERE DKZH = '210161200001'"),
        ("CONTRIBUTIONS_TOO_SHORT", "UPDATE account_detail SET CZBZ = '02' WHERE GRZH = :who AND HBJNY = '201808'"),
    ],
)
def test_rent_has_conditions_of_its_own_there(app: Bff, changed: Core, reason: str, statement: str) -> None:
    make(changed, HE, statement)
    offer = quote(app, HE, "RENT")
    assert (offer["eligible"], codes(offer["refusals"])) == (False, {reason})
    (refusal,) = offer["refusals"]
    for name in ("months", "limit"):  # each in its own field: six months are no 6.00 yuan
        assert (refusal[name] is not None) is ((reason, name) in KNOWN)


@pytest.mark.parametrize(
    ("relation", "begins"), [("SPOUSE", "您的配偶的公积金贷款"), ("CO_BORROWER", "您作为共同借款人的公积金贷款")]
)
def test_the_loan_of_a_spouse_stops_rent_there(app: Bff, changed: Core, relation: str, begins: str) -> None:
    """何志强 has no loan of his own, and 段小梅 owes 187167.54, which is hers to tell."""
    borrower = {"account": account_of(changed, HE), "relation": relation}
    changed.control("PUT", "loans/210161200001/borrowers", borrower)
    offer = quote(app, HE, "RENT")
    (refusal,) = offer["refusals"]
    assert (offer["eligible"], refusal["code"], refusal["limit"]) == (False, "FUND_LOAN_OUTSTANDING", None)
    assert refusal["message"].startswith(begins)
    assert "187167.54" not in refusal["message"]
    make(changed, HE, "UPDATE loan SET DKZT = '3' WHERE DKZH = '210161200001' AND :who <> ''")
    assert quote(app, HE, "RENT")["eligible"]


def test_a_core_that_tells_no_loans_of_the_family_sends_to_the_counter(app: Bff, core: Core, tmp_path: Path) -> None:
    """The same book behind a core without GYDK and GYDKBS: 何志强, who draws 5100.00 where the core says that there is
    none, applies and gets nothing."""
    policy = POLICIES / "example-centre.toml"
    with running_front(core.url, leaves_out=("GYDK", "GYDKBS")) as url:
        theirs = {"core_wsdl": str(WSDL), "core_names_file": NAMES, "policy_file": policy}
        with everyone(Core(core.book, url=url), tmp_path, **theirs) as silent:
            offers = [quote(each, HE, "RENT") for each in (app, silent)]
            applied = apply(silent, silent.sign_in(HE), "ApplyRentWithdrawal", expectedAmount="5100.00")
    assert [each["eligible"] for each in offers] == [True, False]
    (refusal,) = offers[1]["refusals"]
    assert (refusal["code"], refusal["limit"]) == ("FUND_LOAN_OUTSTANDING", None)
    assert refusal["message"].endswith("作为共同借款人的公积金贷款情况，请到公积金中心柜台核实。")
    assert (codes(applied["userErrors"]), applied["application"]) == ({"FUND_LOAN_OUTSTANDING"}, None)


def account_of(core: Core, who: str) -> str:
    with closing(sqlite3.connect(core.book)) as db:
        (found,) = db.execute("SELECT GRZH FROM person WHERE ZJHM = ?", (IDS[who],)).fetchone()
    return str(found)


def test_who_repays_a_loan_and_owns_a_home_draws_no_rent_there(app: Bff) -> None:
    """段小梅, whose rent draw only the practice centre's rules allow."""
    assert {"HOME_IN_CITY", "FUND_LOAN_OUTSTANDING"} <= codes(quote(app, DUAN, "RENT")["refusals"])


CAPACITY = "query ($input: BorrowingCapacityInput!) { borrowingCapacity(input: $input) { amount byCap byPrice } }"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("700000.00", "700000.00", None)),
        ({"couple": True}, ("1000000.00", "1000000.00", None)),
        ({"couple": True, "price": "600000.00"}, ("480000.00", "1000000.00", "480000.00")),
        ({"supplements": ["TALENT", "SEVERAL_CHILDREN"]}, ("840000.00", "840000.00", None)),
        ({"couple": True, "supplements": ["SEVERAL_CHILDREN"]}, ("1200000.00", "1200000.00", None)),
        ({"supplements": ["GREEN_BUILDING"]}, ("700000.00", "700000.00", None)),
        ({"supplements": None}, ("700000.00", "700000.00", None)),
    ],
)
def test_a_single_is_not_told_what_a_couple_may_borrow(
    app: Bff, more: dict[str, object], expected: tuple[str, str, str | None]
) -> None:
    household = {"balance": "90000.00", "monthlyIncome": "40000.00", "otherMonthlyPayments": "0", "periods": 360}
    asked = {**household, "method": "EQUAL_INSTALLMENT", "homeOrder": "FIRST", **more}
    found = app.data(CAPACITY, {"input": asked})["borrowingCapacity"]
    assert (found["amount"], found["byCap"], found["byPrice"]) == expected


def test_an_account_is_not_closed_there_before_the_loan_is_settled(app: Bff, changed: Core) -> None:
    make(changed, DUAN, "UPDATE account SET GRZHZT = '02', FCRQ = '20180331' WHERE GRZH = :who")
    for kind in ("RETIREMENT", "UNEMPLOYMENT"):
        offer = quote(app, DUAN, kind)
        assert (offer["eligible"], codes(offer["refusals"])) == (False, {"FUND_LOAN_OUTSTANDING"})
    # Which the owner of a sealed account may do.
    assert app.data("LoanPrepaymentForm", {"amount": "187371.99"}, app.sign_in(DUAN))["me"]["prepaymentQuote"]


DUE = "query ($amount: Money) { me { prepaymentQuote(amount: $amount) { amountDue refusals { code } } } }"


@pytest.fixture(scope="module")
def same_days(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    """The same centre, which counts interest as the practice core does, by actual days over 360. From the day after the
    business date it collects interest on the prepaid part alone, and a fee."""
    folder = tmp_path_factory.mktemp("same_days")
    policy = folder / "policy.toml"
    text = (POLICIES / "example-centre.toml").read_text(encoding="utf-8")
    begin, end = text.index("[[prepayment]]"), text.index("[[prepayment]]", text.index("[[prepayment]]") + 1)
    before = text[begin:end]
    after = before.replace("from = 2015-01-01", "from = 2018-10-26").replace(
        'interest_on = "BALANCE"', 'interest_on = "PREPAID"\nfee = { per_cent = 1, within_months = 36 }'
    )
    text = text.replace(before, before.replace("until = 2024-12-31", "until = 2018-10-25") + after)
    text = text.replace("day_count = 365", "day_count = 360")
    text = text.replace('EQUAL_PRINCIPAL = "WHOLE_MONTHS"', 'EQUAL_PRINCIPAL = "ACTUAL_DAYS"')
    policy.write_text(text, encoding="utf-8")
    with everyone(core, folder / "bff", policy_file=policy) as bff:
        yield bff


def test_a_prepayment_is_collected_there_only_as_it_was_confirmed(same_days: Bff, changed: Core) -> None:
    """50000.00, and 187167.54 x 3.575 % x 11 days / 360 = 204.45 of interest."""
    app = same_days
    token = app.sign_in(DUAN)
    shown = app.data(DUE, {"amount": "50000.00"}, token)["me"]["prepaymentQuote"]
    assert shown == {"amountDue": "50204.45", "refusals": []}
    asked = {"amount": "50000.00", "keep": "TERM"}
    for code, more in {"REQUIRED": {}, "QUOTE_CHANGED": {"expectedAmount": "50000.00"}}.items():
        applied = apply(app, token, "ApplyLoanPrepayment", **asked, **more)
        (error,) = applied["userErrors"]
        assert (applied["application"], error["code"], error["field"], error["limit"]) == (
            None,
            code,
            "expectedAmount",
            "50204.45",
        )
        assert error["message"] == "本次应还总额为50204.45元（含计至今日的利息），请核对并确认后重新提交。"
    mistyped = apply(app, token, "ApplyLoanPrepayment", **asked, expectedAmount="五万")
    assert [(error["code"], error["field"]) for error in mistyped["userErrors"]] == [
        ("INVALID_AMOUNT", "expectedAmount")
    ]
    asked |= {"idempotencyKey": str(uuid4()), "expectedAmount": "50204.45"}
    made = apply(app, token, "ApplyLoanPrepayment", **asked)
    assert (made["userErrors"], made["application"]["amount"]) == ([], "50000.00")
    _forget_input(app)
    assert apply(app, token, "ApplyLoanPrepayment", **asked)["application"]["id"] == made["application"]["id"]
    other = apply(app, token, "ApplyLoanPrepayment", **{**asked, "amount": "51000.00"})
    assert codes(other["userErrors"]) == {"IDEMPOTENCY_KEY_REUSED"}
    with closing(sqlite3.connect(changed.book)) as db:
        ((serial, confirmed),) = db.execute("SELECT SQLSH, YHZE FROM application WHERE YWLX = '01'")
    assert confirmed == 5020445
    changed.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})
    (row,) = app.data("LoanDetails", {"first": 1}, token)["me"]["loans"][0]["repayments"]["edges"]
    assert (row["node"]["principal"], row["node"]["interest"]) == ("50000.00", "204.45")


NEXT_DAY = "UPDATE setting SET value = '20181026' WHERE name = 'KJRQ' AND :who <> ''"
THEIR_RULES = (
    "INSERT INTO setting SELECT 'TQHKJX', '02' WHERE :who <> ''",
    "INSERT INTO setting SELECT 'TQHKSXF', '1' WHERE :who <> ''",
    "INSERT INTO setting SELECT 'TQHKSXFYS', '36' WHERE :who <> ''",
)


def test_interest_on_the_part_and_a_fee_are_shown_confirmed_and_collected(same_days: Bff, changed: Core) -> None:
    """On the 26th 50000.00 x 3.575 % x 12 days / 360 = 59.58 of interest, and 1 % of 50000.00."""
    app = same_days
    token = app.sign_in(DUAN)
    make(changed, DUAN, NEXT_DAY, *THEIR_RULES)
    asked = {"amount": "50000.00", "keep": "TERM"}
    (error,) = apply(app, token, "ApplyLoanPrepayment", **asked)["userErrors"]
    assert (error["code"], error["limit"]) == ("REQUIRED", "50559.58")
    assert error["message"] == "本次应还总额为50559.58元（含计至今日的利息和手续费500.00元），请核对并确认后重新提交。"
    quoted = 'query { me { form: prepaymentQuote { eligible } prepaymentQuote(amount: "50000.00") '
    quoted += "{ fee amountDue effect { amountDue installment { principal interest } } } } }"
    shown = app.data(quoted, {}, token)["me"]["prepaymentQuote"]
    assert (shown["fee"], shown["amountDue"], shown["effect"]["amountDue"]) == ("500.00", "50559.58", "50559.58")
    made = apply(app, token, "ApplyLoanPrepayment", **asked, expectedAmount="50559.58")
    assert made["userErrors"] == []
    with closing(sqlite3.connect(changed.book)) as db:
        ((serial, confirmed),) = db.execute("SELECT SQLSH, YHZE FROM application WHERE YWLX = '01'")
    assert confirmed == 5055958
    changed.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})
    (row,) = app.data("LoanDetails", {"first": 1}, token)["me"]["loans"][0]["repayments"]["edges"]
    assert (row["node"]["principal"], row["node"]["interest"]) == ("50000.00", "59.58")
    with closing(sqlite3.connect(changed.book)) as db:
        (since,) = db.execute("SELECT SCHKRQ FROM loan WHERE DKZH = '210161200001'").fetchone()
    assert since == "20181014", "the interest on the rest counts from the due day"
    # 31 days of the rest fall due next, as the core bills it.
    with closing(opened(changed.book)) as db:
        coming = loans.following(db, loans.get(db, "210161200001"))
    assert coming is not None
    assert (coming.principal, coming.interest) == (139967, 42227)
    assert shown["effect"]["installment"] == {"principal": "1399.67", "interest": "422.27"}


def test_a_core_that_counts_more_interest_collects_nothing(app: Bff, changed: Core) -> None:
    """By 365 days it would be 201.65, and the practice core counts by 360."""
    asked = {"amount": "50000.00", "keep": "TERM", "expectedAmount": "50201.65"}
    applied = apply(app, app.sign_in(DUAN), "ApplyLoanPrepayment", **asked)
    assert (applied["application"], codes(applied["userErrors"])) == (None, {"REFUSED_BY_CORE"})
    assert applied["userErrors"][0]["message"] == "应还总额不符，请重新核对后提交"


def _forget_input(app: Bff) -> None:
    """As of an application that was recovered from the core: its kind and its amount are known."""
    with closing(sqlite3.connect(app.services.settings.data_dir / "bff.sqlite3", timeout=20)) as db, db:
        assert db.execute("UPDATE application SET input_hash = '' WHERE kind = 'LOAN_PREPAYMENT'").rowcount == 1
