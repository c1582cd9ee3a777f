"""How the core decides applications: its checks, its stages, what completing one does."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sandbox import server
from sandbox.book import applications, database, deposits, loans, night, sharing
from sandbox.book.applications import ACCEPTED, APPROVED, FAILED, POSTED, REJECTED, Refused, Submission
from sandbox.soap.application import HISTORY, PROPERTY_FEE_OF_HOME
from sandbox.tests.wire import (
    DUAN,
    DUAN_LOAN,
    GAO,
    HE,
    LI,
    LU,
    MA,
    MA_LOAN,
    MAIMAITI,
    SUN,
    WANG,
    YANG,
    ZHAO,
    ZHOU,
)

PROPERTY_FEE = Submission("S-1", MAIMAITI, "07", 150000, None, None, None, None, None, None, "APP")
PREPAYMENT = replace(PROPERTY_FEE, GRZH=DUAN, YWLX="01", JE=1500000, DKZH=DUAN_LOAN, TQHKFS="01")
FUND_LOAN = replace(PROPERTY_FEE, GRZH=DUAN, YWLX="02", JE=2450000)
COMMERCIAL_LOAN = replace(PROPERTY_FEE, GRZH=GAO, YWLX="03", JE=2380000)
PURCHASE = replace(PROPERTY_FEE, GRZH=LU, YWLX="04", JE=690000, HTBH="GF20170618-0032")
CONSTRUCTION = replace(PROPERTY_FEE, GRZH=SUN, YWLX="05", JE=100000, HTBH="JF20160905-0011")
RENT = replace(PROPERTY_FEE, GRZH=HE, YWLX="06", JE=300000)
UNEMPLOYMENT = replace(PROPERTY_FEE, GRZH=LI, YWLX="09", JE=0, ZSHM="SY-1")
RETIREMENT = replace(UNEMPLOYMENT, GRZH=YANG, YWLX="08", ZSHM="LT-1", YDWMC="练习市实验中学", PZRQ="20180430")
DOWN_PAYMENT = replace(PROPERTY_FEE, GRZH=DUAN, YWLX="10", JE=100000)


def submit(db: sqlite3.Connection, asked: Submission) -> sqlite3.Row:
    with database.transaction(db):
        return applications.submit(db, asked)


def refusal(db: sqlite3.Connection, asked: Submission) -> str:
    """The code it is refused with; nothing is kept of it."""
    with pytest.raises(Refused) as refused:
        submit(db, asked)
    assert db.execute("SELECT 1 FROM application WHERE SQLSH = ?", (asked.SQLSH,)).fetchone() is None
    return refused.value.code


def decide(db: sqlite3.Connection, serial: str, status: str, reason: str | None = None) -> None:
    with database.transaction(db):
        applications.decide(db, serial, status, reason)


def completed(db: sqlite3.Connection, asked: Submission) -> sqlite3.Row:
    """The row of the application after it went all the way."""
    submit(db, asked)
    decide(db, asked.SQLSH, POSTED)
    return application(db, asked.SQLSH)


def application(db: sqlite3.Connection, serial: str) -> sqlite3.Row:
    row: sqlite3.Row = db.execute("SELECT * FROM application WHERE SQLSH = ?", (serial,)).fetchone()
    return row


def account(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    row: sqlite3.Row = db.execute("SELECT * FROM account WHERE GRZH = ?", (number,)).fetchone()
    return row


def last_row(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    row: sqlite3.Row = db.execute(
        "SELECT * FROM account_detail WHERE GRZH = ? ORDER BY YWLSH DESC LIMIT 1", (number,)
    ).fetchone()
    return row


def stages(db: sqlite3.Connection, serial: str) -> list[tuple[str, str | None]]:
    rows = db.execute("SELECT ZT, BZ FROM application_stage WHERE SQLSH = ? ORDER BY XH", (serial,))
    return [tuple(row) for row in rows]


def all_of(db: sqlite3.Connection, asked: Submission) -> Submission:
    """The same, for the whole balance."""
    return replace(asked, JE=account(db, asked.GRZH)["GRZHYE"])


def move(db: sqlite3.Connection, to: date) -> None:
    with database.transaction(db):
        night.advance(db, to)


# ----- handing in -----


def test_an_application_is_accepted(db: sqlite3.Connection) -> None:
    row = submit(db, PROPERTY_FEE)
    assert (row["SQLSH"], row["GRZH"], row["YWLX"], row["JE"], row["ZT"]) == ("S-1", MAIMAITI, "07", 150000, ACCEPTED)
    assert row["SLSJ"].startswith("2018-10-25T")
    assert stages(db, "S-1") == [(ACCEPTED, "已受理")]


def test_handing_in_moves_no_money(db: sqlite3.Connection) -> None:
    before = account(db, MAIMAITI)["GRZHYE"]
    submit(db, PROPERTY_FEE)
    assert account(db, MAIMAITI)["GRZHYE"] == before


def test_the_same_serial_and_content_gives_the_first_answer(db: sqlite3.Connection) -> None:
    first = submit(db, PROPERTY_FEE)
    assert tuple(submit(db, PROPERTY_FEE)) == tuple(first)
    assert db.execute("SELECT count(*) FROM application").fetchone()[0] == 1
    assert len(stages(db, "S-1")) == 1


def test_the_same_serial_from_another_channel_is_the_same_application(db: sqlite3.Connection) -> None:
    first = submit(db, PROPERTY_FEE)
    assert submit(db, replace(PROPERTY_FEE, QDBH="WEB"))["SLBH"] == first["SLBH"]


def test_the_same_serial_after_completion_tells_how_it_ended(db: sqlite3.Connection) -> None:
    completed(db, PROPERTY_FEE)
    assert submit(db, PROPERTY_FEE)["ZT"] == POSTED


@pytest.mark.parametrize(
    "other",
    [
        replace(PROPERTY_FEE, JE=140000),
        replace(PROPERTY_FEE, GRZH=ZHAO),
        replace(PROPERTY_FEE, YWLX="06"),
        replace(PROPERTY_FEE, HTBH="X"),
        replace(PROPERTY_FEE, ZSHM="X"),
    ],
)
def test_the_same_serial_with_other_content_is_refused(db: sqlite3.Connection, other: Submission) -> None:
    submit(db, PROPERTY_FEE)
    with pytest.raises(Refused) as refused:
        submit(db, other)
    assert refused.value.code == "2013"


def test_a_second_application_in_flight_is_refused(db: sqlite3.Connection) -> None:
    submit(db, FUND_LOAN)
    assert refusal(db, replace(PREPAYMENT, SQLSH="S-2")) == "2004"


def test_one_in_review_is_still_in_flight(db: sqlite3.Connection) -> None:
    submit(db, FUND_LOAN)
    decide(db, "S-1", APPROVED)
    assert refusal(db, replace(PREPAYMENT, SQLSH="S-2")) == "2004"


def test_after_a_rejection_the_next_one_is_accepted(db: sqlite3.Connection) -> None:
    submit(db, FUND_LOAN)
    decide(db, "S-1", REJECTED, "材料不全")
    assert submit(db, replace(PREPAYMENT, SQLSH="S-2"))["ZT"] == ACCEPTED


def test_applications_of_two_people_do_not_hinder_each_other(db: sqlite3.Connection) -> None:
    submit(db, FUND_LOAN)
    assert submit(db, replace(COMMERCIAL_LOAN, SQLSH="S-2"))["ZT"] == ACCEPTED


@pytest.mark.parametrize(
    "asked",
    [PREPAYMENT, FUND_LOAN, COMMERCIAL_LOAN, PURCHASE, CONSTRUCTION, PROPERTY_FEE, DOWN_PAYMENT],
    ids=lambda each: f"kind-{each.YWLX}",
)
def test_each_kind_is_accepted_from_who_may(db: sqlite3.Connection, asked: Submission) -> None:
    assert submit(db, asked)["ZT"] == ACCEPTED


@pytest.mark.parametrize("asked", [RETIREMENT, UNEMPLOYMENT], ids=["retirement", "unemployment"])
def test_closing_is_accepted_for_the_whole_balance(db: sqlite3.Connection, asked: Submission) -> None:
    assert submit(db, all_of(db, asked))["ZT"] == ACCEPTED


def test_rent_is_accepted_on_the_day_three_months_after_the_last(db: sqlite3.Connection) -> None:
    assert submit(db, RENT)["ZT"] == ACCEPTED  # the last was on 16 July


# ----- refusals -----


def test_1002_for_an_unknown_account(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(PROPERTY_FEE, GRZH="990000000000")) == "1002"


def test_2001_for_a_frozen_account(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(PROPERTY_FEE, GRZH=WANG)) == "2001"


def test_2002_for_a_closed_account(db: sqlite3.Connection) -> None:
    completed(db, all_of(db, UNEMPLOYMENT))
    assert refusal(db, replace(PROPERTY_FEE, SQLSH="S-2", GRZH=LI)) == "2002"


@pytest.mark.parametrize(
    "asked",
    [
        *(replace(each, GRZH=YANG) for each in (FUND_LOAN, COMMERCIAL_LOAN, RENT, PROPERTY_FEE)),
        replace(DOWN_PAYMENT, GRZH=YANG),
        replace(RETIREMENT, GRZH=DUAN, JE=3092143),
        replace(UNEMPLOYMENT, GRZH=DUAN, JE=3092143),
    ],
    ids=lambda each: f"kind-{each.YWLX}",
)
def test_2003_where_the_status_does_not_fit(db: sqlite3.Connection, asked: Submission) -> None:
    assert refusal(db, asked) == "2003"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE account SET GRZHZT = '02' WHERE GRZH = ?",  # 封存
        "UPDATE account SET GRZHZT = '06' WHERE GRZH = ?",  # 冻结
        "UPDATE account SET GRZHZT = '05' WHERE GRZH = ?",  # 提取销户
        "UPDATE account SET GRCKZHHM = NULL WHERE GRZH = ?",
    ],
)
def test_a_prepayment_does_not_look_at_the_fund_account(db: sqlite3.Connection, change: str) -> None:
    db.execute(change, (DUAN,))
    assert completed(db, PREPAYMENT)["ZT"] == POSTED
    assert loans.get(db, DUAN_LOAN)["DKYE"] == 17216754


def test_2012_for_a_loan_without_an_account_to_collect_from(db: sqlite3.Connection) -> None:
    db.execute("UPDATE loan SET HKZH = ' ' WHERE DKZH = ?", (DUAN_LOAN,))
    assert refusal(db, PREPAYMENT) == "2012"


def test_2005_for_more_than_the_balance(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(PURCHASE, JE=691467)) == "2005"


@pytest.mark.parametrize("mode", ["01", "02"])
def test_2006_for_a_prepayment_within_twelve_months_of_the_loan(db: sqlite3.Connection, mode: str) -> None:
    db.execute("UPDATE loan SET DKFFRQ = '20171026', SCTQHKRQ = NULL WHERE DKZH = ?", (DUAN_LOAN,))
    assert refusal(db, replace(PREPAYMENT, TQHKFS=mode)) == "2006"


def test_2006_for_a_prepayment_within_three_months_of_the_last(db: sqlite3.Connection) -> None:
    completed(db, PREPAYMENT)
    move(db, date(2019, 1, 24))
    assert refusal(db, replace(PREPAYMENT, SQLSH="S-2")) == "2006"


def test_a_prepayment_is_accepted_three_months_after_the_last(db: sqlite3.Connection) -> None:
    completed(db, PREPAYMENT)
    move(db, date(2019, 1, 25))
    assert submit(db, replace(PREPAYMENT, SQLSH="S-2"))["ZT"] == ACCEPTED


def test_2006_for_a_loan_withdrawal_within_twelve_months(db: sqlite3.Connection) -> None:
    completed(db, replace(FUND_LOAN, JE=100000))
    move(db, date(2019, 10, 24))
    assert refusal(db, replace(FUND_LOAN, SQLSH="S-2", JE=100000)) == "2006"


def test_a_loan_withdrawal_is_accepted_twelve_months_after_the_last(db: sqlite3.Connection) -> None:
    completed(db, replace(FUND_LOAN, JE=100000))
    move(db, date(2019, 10, 25))
    assert submit(db, replace(FUND_LOAN, SQLSH="S-2", JE=100000))["ZT"] == ACCEPTED


def test_2006_for_rent_within_three_months(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(RENT, GRZH=DUAN)) == "2006"  # drawn two days before


def test_2006_for_unemployment_before_six_sealed_months_are_over(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET FCRQ = '20181001' WHERE GRZH = ?", (LI,))
    assert refusal(db, all_of(db, UNEMPLOYMENT)) == "2006"
    move(db, date(2019, 4, 1))
    assert submit(db, all_of(db, UNEMPLOYMENT))["ZT"] == ACCEPTED


def test_2003_for_unemployment_since_nobody_knows_when(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET FCRQ = NULL WHERE GRZH = ?", (LI,))
    assert refusal(db, all_of(db, UNEMPLOYMENT)) == "2003"


@pytest.mark.parametrize("asked", [PURCHASE, CONSTRUCTION], ids=["purchase", "construction"])
def test_2006_for_a_home_within_three_months(db: sqlite3.Connection, asked: Submission) -> None:
    completed(db, replace(asked, JE=100000))
    assert refusal(db, replace(asked, SQLSH="S-2", JE=100000)) == "2006"


def test_2007_for_a_prepayment_of_the_whole_balance(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(PREPAYMENT, JE=18716754)) == "2007"


def test_2007_for_more_than_the_carried_forward_part(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(FUND_LOAN, JE=2454344)) == "2007"


REPAID = (
    "INSERT INTO loan_detail (YWLSH, DKZH, JZRQ, DKYWMXLX, FSE, BJJE, LXJE, FXJE, DKQS, DKYE)"
    " VALUES ('X1', ?, '20181001', ?, 2000000, 1900000, 100000, 0, 120, 0)"
)


@pytest.mark.parametrize(
    ("kind", "counts"), [("02", 2000000), ("03", 2000000), ("04", 2000000), ("05", 0), ("06", 0), ("01", 0)]
)
def test_only_what_was_paid_out_of_pocket_can_be_drawn_for(db: sqlite3.Connection, kind: str, counts: int) -> None:
    today = database.today(db)
    before = loans.repaid_in_12_months(db, DUAN, today)
    db.execute(REPAID, (DUAN_LOAN, kind))
    assert loans.repaid_in_12_months(db, DUAN, today) - before == counts


def test_nothing_is_drawn_for_twice(db: sqlite3.Connection) -> None:
    completed(db, replace(FUND_LOAN, JE=100000))
    assert loans.repaid_in_12_months(db, DUAN, date(2018, 11, 13)) == 0
    move(db, date(2018, 11, 14))
    # Period 23 alone: 1909.87 and 576.19.
    assert loans.repaid_in_12_months(db, DUAN, date(2018, 11, 14)) == 248606


def test_2007_for_what_was_repaid_out_of_the_fund(db: sqlite3.Connection) -> None:
    db.execute("UPDATE loan_detail SET DKYWMXLX = '05' WHERE DKZH = ? AND JZRQ > '20171025'", (DUAN_LOAN,))
    db.execute(REPAID, (DUAN_LOAN, "02"))
    assert refusal(db, replace(FUND_LOAN, JE=2000001)) == "2007"
    assert submit(db, replace(FUND_LOAN, JE=2000000))["ZT"] == ACCEPTED


def test_a_fund_loan_withdrawal_may_take_the_whole_carried_forward_part(db: sqlite3.Connection) -> None:
    assert submit(db, replace(FUND_LOAN, JE=2454343))["ZT"] == ACCEPTED


def test_2007_for_more_than_was_repaid_to_the_other_bank(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(COMMERCIAL_LOAN, JE=2387401)) == "2007"


def test_2007_for_more_than_the_price_leaves(db: sqlite3.Connection) -> None:
    db.execute("UPDATE home SET FWZJ = DKJE + LJTQJE + 500000 WHERE GRZH = ?", (LU,))
    assert refusal(db, replace(PURCHASE, JE=500001)) == "2007"


def test_2007_for_more_rent_than_a_year_allows(db: sqlite3.Connection) -> None:
    # 3000.00 at the counter and 2400.00 by application were drawn this year, of 12000.00.
    assert refusal(db, replace(RENT, JE=660001)) == "2007"
    assert submit(db, replace(RENT, JE=660000))["ZT"] == ACCEPTED


def test_2007_for_more_property_fee_than_1500(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(PROPERTY_FEE, JE=150001)) == "2007"


def test_2007_for_a_second_property_fee_in_a_year(db: sqlite3.Connection) -> None:
    completed(db, replace(PROPERTY_FEE, JE=10000))
    assert refusal(db, replace(PROPERTY_FEE, SQLSH="S-2", JE=10000)) == "2007"


def test_a_property_fee_is_accepted_again_in_january(db: sqlite3.Connection) -> None:
    completed(db, PROPERTY_FEE)
    move(db, date(2019, 1, 1))
    assert submit(db, replace(PROPERTY_FEE, SQLSH="S-2"))["ZT"] == ACCEPTED


@pytest.mark.parametrize(
    "asked",
    [FUND_LOAN, COMMERCIAL_LOAN, PURCHASE, CONSTRUCTION, RENT, PROPERTY_FEE, DOWN_PAYMENT, RETIREMENT, UNEMPLOYMENT],
    ids=lambda each: f"kind-{each.YWLX}",
)
def test_2016_for_every_withdrawal_while_they_are_barred(db: sqlite3.Connection, asked: Submission) -> None:
    asked = all_of(db, asked) if asked.YWLX in applications.CLOSING else asked
    db.execute("UPDATE account SET XZTQJZRQ = '20181025'")
    assert refusal(db, asked) == "2016"
    db.execute("UPDATE account SET XZTQJZRQ = '20181024'")
    assert submit(db, asked)["ZT"] == ACCEPTED


def test_2005_beyond_what_is_usable(db: sqlite3.Connection) -> None:
    """段小梅's 30921.43 with 29921.43 frozen: 1000.00 can be drawn, 1500.00 of the property fee cannot."""
    asked = replace(PROPERTY_FEE, GRZH=DUAN)
    deposits.freeze(db, DUAN, 2992143)
    assert refusal(db, asked) == "2005"
    assert submit(db, replace(asked, JE=100000))["ZT"] == ACCEPTED
    deposits.freeze(db, DUAN, 2992144)
    with pytest.raises(ValueError, match="可用余额不足"):
        decide(db, asked.SQLSH, POSTED)


HUSBAND = replace(FUND_LOAN, GRZH=MAIMAITI, SQLSH="S-2", JE=770000)


def repaid_32298_50(db: sqlite3.Connection) -> None:
    """段小梅 in the twelve months, and 买买提 is her spouse from now on."""
    sharing.join(db, DUAN_LOAN, MAIMAITI, sharing.SPOUSE)
    more = sharing.repaid(db, DUAN_LOAN, date(2017, 10, 25), date(2018, 10, 25)) - 3229850
    early = "YWLSH = (SELECT max(YWLSH) FROM loan_detail WHERE DKZH = ? AND DKYWMXLX = '03')"
    db.execute(f"UPDATE loan_detail SET BJJE = BJJE - ?, FSE = FSE - ? WHERE {early}", (more, more, DUAN_LOAN))  # noqa: S608
    assert sharing.repaid(db, DUAN_LOAN, date(2017, 10, 25), date(2018, 10, 25)) == 3229850


@pytest.mark.parametrize("posted", [True, False])
def test_2007_beyond_what_a_couple_has_left_together(db: sqlite3.Connection, posted: bool) -> None:
    """32298.50 - 24500.00 = 7798.50, whether her draw is posted or under way."""
    assert refusal(db, HUSBAND) == "2011"
    repaid_32298_50(db)
    completed(db, FUND_LOAN) if posted else submit(db, FUND_LOAN)
    assert refusal(db, replace(HUSBAND, JE=779851)) == "2007"
    assert submit(db, replace(HUSBAND, JE=779850))["ZT"] == ACCEPTED


def test_the_other_one_s_draw_at_the_counter_stops_the_posting(db: sqlite3.Connection) -> None:
    repaid_32298_50(db)
    submit(db, HUSBAND)
    deposits.withdraw(db, DUAN, date(2018, 10, 25), 2459851, "06", "偿还公积金贷款提取", "02")
    with pytest.raises(Refused, match="已被其他借款人提取"):
        decide(db, HUSBAND.SQLSH, POSTED)
    decide(db, HUSBAND.SQLSH, REJECTED)
    assert submit(db, replace(HUSBAND, SQLSH="S-3", JE=769999))["ZT"] == ACCEPTED
    decide(db, "S-3", POSTED)


def test_a_draw_of_a_year_ago_and_a_rejected_one_leave_the_whole(db: sqlite3.Connection) -> None:
    repaid_32298_50(db)
    deposits.withdraw(db, DUAN, date(2018, 10, 25), 2450000, "06", "偿还公积金贷款提取", "02", "20171025")
    submit(db, replace(HUSBAND, JE=200000))
    decide(db, HUSBAND.SQLSH, REJECTED)
    assert sharing.most(db, MAIMAITI, date(2018, 10, 25)) == 3229850


def test_nobody_draws_while_a_shared_loan_is_in_arrears(db: sqlite3.Connection) -> None:
    sharing.join(db, MA_LOAN, MAIMAITI, sharing.CO_BORROWER)
    assert refusal(db, replace(HUSBAND, JE=100000)) == "2010"


def also(db: sqlite3.Connection, table: str, who: str, key: str, **values: object) -> None:
    """Registers what one owner has for another one, too."""
    row = dict(db.execute(f"SELECT * FROM {table} WHERE {key}").fetchone()) | {"GRZH": who} | values  # noqa: S608
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])  # noqa: S608


def test_2007_for_a_home_whose_price_another_owner_has_drawn(db: sqlite3.Connection) -> None:
    home = db.execute("SELECT * FROM home WHERE HTBH = 'GF20170618-0032'").fetchone()
    also(db, "home", MAIMAITI, "HTBH = 'GF20170618-0032'", LJTQJE=0)
    left = home["FWZJ"] - home["DKJE"] - home["LJTQJE"]
    db.execute("UPDATE home SET LJTQJE = LJTQJE + ? WHERE GRZH = ?", (left - 1000000, LU))
    asked = replace(PURCHASE, SQLSH="S-2", GRZH=MAIMAITI, JE=310000)
    submit(db, PURCHASE)  # 6900.00 of the 10000.00 that are left
    assert refusal(db, replace(asked, JE=310001)) == "2007"
    assert submit(db, asked)["ZT"] == ACCEPTED
    db.execute("UPDATE home SET LJTQJE = LJTQJE + 1 WHERE GRZH = ?", (LU,))
    with pytest.raises(Refused, match="已被共有人提取"):
        decide(db, "S-2", POSTED)


def test_2007_for_a_bank_loan_whose_repayments_another_one_has_drawn(db: sqlite3.Connection) -> None:
    """1989.50 a month are 23874.00; 高小华 has drawn 23800.00 of them."""
    also(db, "commercial_loan", MAIMAITI, f"GRZH = '{GAO}'")
    submit(db, COMMERCIAL_LOAN)
    asked = replace(COMMERCIAL_LOAN, SQLSH="S-2", GRZH=MAIMAITI)
    assert refusal(db, replace(asked, JE=7401)) == "2007"
    assert submit(db, replace(asked, JE=7400))["ZT"] == ACCEPTED


def test_2017_for_closing_an_account_with_a_frozen_sum(db: sqlite3.Connection) -> None:
    asked = all_of(db, UNEMPLOYMENT)
    deposits.freeze(db, asked.GRZH, 1)
    assert refusal(db, asked) == "2017"
    deposits.freeze(db, asked.GRZH, 0)
    submit(db, asked)
    deposits.freeze(db, asked.GRZH, 1)
    with pytest.raises(ValueError, match="账户有冻结金额"):
        decide(db, asked.SQLSH, POSTED)


def since_the_law(db: sqlite3.Connection) -> None:
    with database.transaction(db):
        database.set_today(db, date(2026, 11, 1))


def test_2008_for_the_property_fee_of_no_home_since_the_law(db: sqlite3.Connection) -> None:
    assert submit(db, PROPERTY_FEE)["ZT"] == ACCEPTED
    since_the_law(db)
    assert refusal(db, replace(PROPERTY_FEE, SQLSH="S-2", GRZH=HE)) == "2008"
    assert submit(db, replace(PROPERTY_FEE, SQLSH="S-2", GRZH=LU))["ZT"] == ACCEPTED


@pytest.mark.parametrize("posted", [False, True], ids=["handed in", "posted"])
def test_2007_for_the_property_fee_of_a_home_that_another_owner_drew_for(db: sqlite3.Connection, posted: bool) -> None:
    since_the_law(db)
    db.execute("INSERT INTO home SELECT * FROM (SELECT ?, LB, HTBH, FWZL, FWJZMJ, FWZJ, DKJE, GFSFK, SCGTTQRQ, SCTQRQ,"
               " LJTQJE, SFKTQJE, HTQDRQ, BDCZRQ FROM home WHERE GRZH = ?)", (MAIMAITI, LU))  # fmt: skip
    (completed if posted else submit)(db, PROPERTY_FEE)
    assert refusal(db, replace(PROPERTY_FEE, SQLSH="S-2", GRZH=LU)) == "2007"
    if posted:
        (told,) = db.execute(PROPERTY_FEE_OF_HOME, ("GF", "GF20170618-0032")).fetchone()
        assert told == "20261101"


@pytest.mark.parametrize(("gap", "months"), [(None, 44), ("201808", 2), ("201810", 43), ("201809", 1)])
def test_months_in_a_row_end_with_this_one_or_the_last(db: sqlite3.Connection, gap: str | None, months: int) -> None:
    """Paid in from March 2015 to October 2018."""
    if gap:
        db.execute("UPDATE account_detail SET CZBZ = '02' WHERE GRZH = ? AND HBJNY = ?", (HE, gap))
    assert deposits.months_in_a_row(db, HE, date(2018, 10, 25)) == months
    # Nothing in November and December.
    assert deposits.months_in_a_row(db, HE, date(2018, 12, 1)) == 0


def test_2007_for_a_down_payment_drawn_before(db: sqlite3.Connection) -> None:
    completed(db, DOWN_PAYMENT)
    assert refusal(db, replace(DOWN_PAYMENT, SQLSH="S-2")) == "2007"


@pytest.mark.parametrize("contract", [None, "GF20170618-0033", "JF20160905-0011"])
def test_2008_for_a_contract_that_is_not_registered(db: sqlite3.Connection, contract: str | None) -> None:
    assert refusal(db, replace(PURCHASE, HTBH=contract)) == "2008"


def test_2008_for_a_construction_with_a_purchase_contract(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(CONSTRUCTION, GRZH=LU, HTBH="GF20170618-0032")) == "2008"


def test_2009_for_rent_that_was_never_drawn_at_the_counter(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(RENT, GRZH=MAIMAITI)) == "2009"


def test_2009_for_a_home_that_was_never_drawn_for_at_the_counter(db: sqlite3.Connection) -> None:
    db.execute("UPDATE home SET SCGTTQRQ = NULL WHERE GRZH = ?", (LU,))
    assert refusal(db, PURCHASE) == "2009"


@pytest.mark.parametrize(
    "asked", [replace(PREPAYMENT, GRZH=MA, DKZH=MA_LOAN), replace(FUND_LOAN, GRZH=MA, JE=100000)], ids=["01", "02"]
)
def test_2010_for_a_loan_in_arrears(db: sqlite3.Connection, asked: Submission) -> None:
    assert refusal(db, asked) == "2010"


@pytest.mark.parametrize("asked", [RETIREMENT, UNEMPLOYMENT], ids=["retirement", "unemployment"])
def test_2010_for_closing_the_account_of_who_owes_an_installment(db: sqlite3.Connection, asked: Submission) -> None:
    db.execute("UPDATE account SET GRZHZT = '02', FCRQ = '20180331' WHERE GRZH = ?", (MA,))
    assert refusal(db, all_of(db, replace(asked, GRZH=MA))) == "2010"


def test_an_account_is_not_closed_when_an_installment_is_missed_meanwhile(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET GRZHZT = '02', FCRQ = '20180331' WHERE GRZH = ?", (DUAN,))
    db.execute("UPDATE loan SET SFKK = '0' WHERE DKZH = ?", (DUAN_LOAN,))
    asked = all_of(db, replace(RETIREMENT, GRZH=DUAN))
    submit(db, asked)
    move(db, date(2018, 11, 15))
    with pytest.raises(Refused, match="贷款有逾期"):
        decide(db, asked.SQLSH, POSTED)
    assert account(db, DUAN)["GRZHYE"] == asked.JE


@pytest.mark.parametrize("asked", [RETIREMENT, UNEMPLOYMENT], ids=["retirement", "unemployment"])
def test_who_repays_in_time_may_close_the_account(db: sqlite3.Connection, asked: Submission) -> None:
    db.execute("UPDATE account SET GRZHZT = '02', FCRQ = '20180331' WHERE GRZH = ?", (DUAN,))
    assert submit(db, all_of(db, replace(asked, GRZH=DUAN)))["ZT"] == ACCEPTED


@pytest.mark.parametrize(
    "asked",
    [
        replace(PREPAYMENT, DKZH=MA_LOAN),
        replace(PREPAYMENT, DKZH=None),
        replace(FUND_LOAN, GRZH=MAIMAITI),
        replace(COMMERCIAL_LOAN, GRZH=MAIMAITI),
        replace(DOWN_PAYMENT, GRZH=MAIMAITI),
    ],
    ids=["another's", "none", "02", "03", "10"],
)
def test_2011_without_such_a_loan(db: sqlite3.Connection, asked: Submission) -> None:
    assert refusal(db, asked) == "2011"


def test_2011_for_a_settled_loan(db: sqlite3.Connection) -> None:
    payoff = applications.payoff(db, loans.get(db, DUAN_LOAN))
    completed(db, replace(PREPAYMENT, TQHKFS="03", JE=payoff))
    assert refusal(db, replace(PREPAYMENT, SQLSH="S-2")) == "2011"


@pytest.mark.parametrize("bank_account", [None, "", "  "])
def test_2012_without_a_bank_account_on_file(db: sqlite3.Connection, bank_account: str | None) -> None:
    db.execute("UPDATE account SET GRCKZHHM = ? WHERE GRZH = ?", (bank_account, MAIMAITI))
    assert refusal(db, PROPERTY_FEE) == "2012"


@pytest.mark.parametrize("amount", [0, -1])
def test_2014_for_nothing(db: sqlite3.Connection, amount: int) -> None:
    assert refusal(db, replace(PROPERTY_FEE, JE=amount)) == "2014"


def test_2014_for_a_prepayment_below_the_minimum(db: sqlite3.Connection) -> None:
    assert refusal(db, replace(PREPAYMENT, JE=999999)) == "2014"


def test_the_minimum_prepayment_is_accepted(db: sqlite3.Connection) -> None:
    assert submit(db, replace(PREPAYMENT, JE=1000000))["ZT"] == ACCEPTED


def test_2015_while_an_installment_waits_for_posting(db: sqlite3.Connection) -> None:
    move(db, date(2019, 4, 14))  # a Sunday, and the due day
    assert refusal(db, PREPAYMENT) == "2015"


@pytest.mark.parametrize(
    "asked",
    [
        replace(PROPERTY_FEE, YWLX="11"),
        replace(PREPAYMENT, TQHKFS="04"),
        replace(PREPAYMENT, TQHKFS=None),
        replace(PREPAYMENT, TQHKFS="03", JE=18716754),
    ],
    ids=["kind", "mode", "no mode", "payoff without interest"],
)
def test_2099_for_what_no_rule_knows(db: sqlite3.Connection, asked: Submission) -> None:
    assert refusal(db, asked) == "2099"


@pytest.mark.parametrize(
    "missing",
    [
        replace(RETIREMENT, ZSHM=None),
        replace(RETIREMENT, YDWMC=None),
        replace(RETIREMENT, PZRQ=None),
        replace(UNEMPLOYMENT, ZSHM=None),
        replace(RETIREMENT, PZRQ="20181026"),
        replace(RETIREMENT, PZRQ="2018-10-26"),
    ],
    ids=["certificate", "employer", "approval", "unemployment certificate", "future approval", "with hyphens"],
)
def test_2099_for_closing_with_papers_that_do_not_do(db: sqlite3.Connection, missing: Submission) -> None:
    assert refusal(db, all_of(db, missing)) == "2099"


@pytest.mark.parametrize("difference", [-1, -100])
def test_2099_for_closing_with_less_than_everything(db: sqlite3.Connection, difference: int) -> None:
    whole = all_of(db, UNEMPLOYMENT)
    assert refusal(db, replace(whole, JE=whole.JE + difference)) == "2099"


# ----- completion -----


def test_completion_posts_the_row(db: sqlite3.Connection) -> None:
    completed(db, FUND_LOAN)
    row = last_row(db, DUAN)
    assert (row["JZRQ"], row["MXLB"], row["GJHTQYWLX"], row["TQYY"], row["TQFS"], row["YWLX"], row["ZHAIYAO"]) == (
        "20181025", "02", "11", "06", "02", "02", "偿还公积金贷款提取",
    )  # fmt: skip
    assert (row["FSE"], row["SNJZFSE"], row["DNGJFSE"], row["GRZHYE"]) == (2450000, 2450000, 0, 642143)


def test_completion_moves_the_balance(db: sqlite3.Connection) -> None:
    completed(db, FUND_LOAN)
    row = account(db, DUAN)
    assert (row["GRZHSNJZYE"], row["GRZHDNGJYE"], row["GRZHYE"], row["SCTQRQ"]) == (4343, 637800, 642143, "20181025")


def test_completion_is_the_last_stage(db: sqlite3.Connection) -> None:
    submit(db, FUND_LOAN)
    decide(db, "S-1", APPROVED)
    decide(db, "S-1", POSTED, "同意")
    assert stages(db, "S-1") == [(ACCEPTED, "已受理"), (APPROVED, None), (POSTED, "同意")]
    assert application(db, "S-1")["ZT"] == POSTED


def test_review_moves_no_money(db: sqlite3.Connection) -> None:
    submit(db, FUND_LOAN)
    decide(db, "S-1", APPROVED)
    assert account(db, DUAN)["GRZHYE"] == 3092143


def test_a_completed_prepayment_lowers_the_loan(db: sqlite3.Connection) -> None:
    completed(db, PREPAYMENT)
    row = loans.get(db, DUAN_LOAN)
    assert (row["DKYE"], row["SCTQHKRQ"]) == (18716754 - 1500000, "20181025")
    assert account(db, DUAN)["GRZHYE"] == 3092143


INTEREST = 20445
"""187167.54 x 3.575 % x 11 days / 360, in fen."""


@pytest.mark.parametrize(
    ("mode", "amount", "due"),
    [("01", 1500000, 1500000 + INTEREST), ("03", 18716754 + INTEREST, 18716754 + INTEREST)],
)
def test_a_prepayment_collects_just_what_was_confirmed(
    db: sqlite3.Connection, mode: str, amount: int, due: int
) -> None:
    asked = replace(PREPAYMENT, JE=amount, TQHKFS=mode)
    for wrong in (due - 1, due + 1, 0):
        assert refusal(db, replace(asked, YHZE=wrong)) == "2099"
    before = loans.get(db, DUAN_LOAN)["DKYE"]
    assert completed(db, replace(asked, YHZE=due))["ZT"] == POSTED
    assert before - loans.get(db, DUAN_LOAN)["DKYE"] == due - INTEREST


PART_ONLY = "INSERT INTO setting VALUES ('TQHKJX', '02')"
ONE_PER_CENT = "INSERT INTO setting VALUES ('TQHKSXF', '1'), ('TQHKSXFYS', '36')"


@pytest.mark.parametrize(
    ("mode", "amount", "rules", "due"),
    [
        # 15000.00 x 3.575 % x 11 / 360 = 16.385; 1 % of 15000.00 and of 187167.54
        ("01", 1500000, [PART_ONLY], 1500000 + 1639),
        ("01", 1500000, [ONE_PER_CENT], 1500000 + INTEREST + 15000),
        ("02", 1500000, [PART_ONLY, ONE_PER_CENT], 1500000 + 1639 + 15000),
        ("03", 18716754 + INTEREST, [PART_ONLY, ONE_PER_CENT], 18716754 + INTEREST + 187168),
    ],
)
def test_another_centre_collects_interest_on_the_part_and_a_fee(
    db: sqlite3.Connection, mode: str, amount: int, rules: list[str], due: int
) -> None:
    for rule in rules:
        db.execute(rule)
    asked = replace(PREPAYMENT, JE=amount, TQHKFS=mode)
    assert refusal(db, replace(asked, YHZE=due - 1)) == "2099"
    assert completed(db, replace(asked, YHZE=due))["ZT"] == POSTED


def test_a_prepayment_that_would_collect_more_by_now_collects_nothing(db: sqlite3.Connection) -> None:
    """A day later the interest is that of twelve days."""
    submit(db, replace(PREPAYMENT, YHZE=1500000 + INTEREST))
    decide(db, "S-1", APPROVED)
    database.set_today(db, date(2018, 10, 26))
    applications.process(db)
    assert db.execute("SELECT ZT FROM application WHERE SQLSH = 'S-1'").fetchone()[0] == FAILED
    assert loans.get(db, DUAN_LOAN)["DKYE"] == 18716754


def test_a_completed_payoff_settles_the_loan(db: sqlite3.Connection) -> None:
    completed(db, replace(PREPAYMENT, TQHKFS="03", JE=18716754 + 20445))
    row = loans.get(db, DUAN_LOAN)
    assert (row["DKYE"], row["DKZT"]) == (0, "3")


def test_a_purchase_is_noted_at_the_home(db: sqlite3.Connection) -> None:
    before = db.execute("SELECT LJTQJE FROM home WHERE GRZH = ?", (LU,)).fetchone()[0]
    completed(db, PURCHASE)
    row = db.execute("SELECT LJTQJE, SFKTQJE, SCTQRQ FROM home WHERE GRZH = ?", (LU,)).fetchone()
    assert tuple(row) == (before + 690000, 0, "20181025")


def test_a_down_payment_is_noted_at_the_home(db: sqlite3.Connection) -> None:
    before = db.execute("SELECT LJTQJE FROM home WHERE GRZH = ?", (DUAN,)).fetchone()[0]
    completed(db, DOWN_PAYMENT)
    row = db.execute("SELECT LJTQJE, SFKTQJE, SCTQRQ FROM home WHERE GRZH = ?", (DUAN,)).fetchone()
    assert tuple(row) == (before + 100000, 100000, "20181025")


def test_closing_pays_the_interest_since_june(db: sqlite3.Connection) -> None:
    whole = all_of(db, UNEMPLOYMENT)
    # 116 days, 1 July to 24 October on one balance at 1.50 %, half up.
    interest = (2 * whole.JE * 150 * 116 + 3600000) // 7200000
    assert completed(db, whole)["FSLXE"] == interest
    assert last_row(db, LI)["FSLXE"] == interest


def test_closing_empties_and_closes_the_account(db: sqlite3.Connection) -> None:
    completed(db, all_of(db, RETIREMENT))
    row = account(db, YANG)
    assert (row["GRZHYE"], row["GRZHSNJZYE"], row["GRZHDNGJYE"]) == (0, 0, 0)
    assert (row["GRZHZT"], row["XHRQ"], row["XHYY"]) == ("05", "20181025", "03")


def test_closing_posts_a_closing_row(db: sqlite3.Connection) -> None:
    whole = all_of(db, RETIREMENT)
    completed(db, whole)
    row = last_row(db, YANG)
    assert (row["GJHTQYWLX"], row["TQYY"], row["FSE"], row["GRZHYE"]) == ("12", "03", whole.JE, 0)


def test_a_closed_account_is_not_settled_in_june(db: sqlite3.Connection) -> None:
    completed(db, all_of(db, RETIREMENT))
    move(db, date(2019, 7, 1))
    assert last_row(db, YANG)["JZRQ"] == "20181025"


# ----- rejection and what is final -----


def test_a_rejection_keeps_its_reason(db: sqlite3.Connection) -> None:
    submit(db, FUND_LOAN)
    decide(db, "S-1", REJECTED, "材料不全")
    assert stages(db, "S-1")[-1] == (REJECTED, "材料不全")
    assert application(db, "S-1")["ZT"] == REJECTED


def test_a_rejection_moves_no_money(db: sqlite3.Connection) -> None:
    submit(db, FUND_LOAN)
    decide(db, "S-1", REJECTED, None)
    assert account(db, DUAN)["GRZHYE"] == 3092143
    assert last_row(db, DUAN)["JZRQ"] == "20181023"


@pytest.mark.parametrize("final", [POSTED, REJECTED])
@pytest.mark.parametrize("then", [APPROVED, POSTED, REJECTED])
def test_what_is_final_stays(db: sqlite3.Connection, final: str, then: str) -> None:
    submit(db, PROPERTY_FEE)
    decide(db, "S-1", final)
    with pytest.raises(Refused) as refused:
        decide(db, "S-1", then)
    assert refused.value.code == "2099"
    assert application(db, "S-1")["ZT"] == final


TAKEN_BACK = {
    "part of the balance": PROPERTY_FEE,
    "rent": RENT,
    "a home": PURCHASE,
    "a construction": CONSTRUCTION,
    "a down payment": DOWN_PAYMENT,
    "a commercial loan": COMMERCIAL_LOAN,
    "the whole account": UNEMPLOYMENT,
    "the whole account of a retiree": RETIREMENT,
}


def _state(db: sqlite3.Connection, number: str) -> list[tuple[object, ...]]:
    """All that a withdrawal moves."""
    queries = "SELECT * FROM account WHERE GRZH = ?", "SELECT * FROM home WHERE GRZH = ?"
    return [tuple(row) for query in queries for row in db.execute(query, (number,))]


@pytest.mark.parametrize("kind", TAKEN_BACK)
def test_a_payment_that_the_bank_sends_back_leaves_the_book_as_it_was(db: sqlite3.Connection, kind: str) -> None:
    asked = TAKEN_BACK[kind]
    if asked.YWLX in applications.CLOSING:
        asked = replace(asked, JE=account(db, asked.GRZH)["GRZHYE"])
    before = _state(db, asked.GRZH)
    submit(db, asked)
    decide(db, "S-1", POSTED)
    assert _state(db, asked.GRZH) != before
    decide(db, "S-1", FAILED, "收款账号有误")
    assert _state(db, asked.GRZH) == before
    assert stages(db, "S-1")[-1] == (FAILED, "收款账号有误")
    rows = db.execute(
        "SELECT MXLB, CZBZ, DNGJFSE, SNJZFSE, FSLXE FROM account_detail WHERE GRZH = ? ORDER BY YWLSH DESC LIMIT 2",
        (asked.GRZH,),
    ).fetchall()
    assert tuple(rows[0]) == tuple(rows[1])
    assert rows[0]["CZBZ"] == "02"
    assert submit(db, replace(asked, SQLSH="S-2"))["ZT"] == ACCEPTED


def test_a_payment_that_was_not_made_moves_nothing(db: sqlite3.Connection) -> None:
    before = _state(db, MAIMAITI)
    submit(db, PROPERTY_FEE)
    decide(db, "S-1", APPROVED)
    decide(db, "S-1", FAILED)
    assert _state(db, MAIMAITI) == before
    assert submit(db, replace(PROPERTY_FEE, SQLSH="S-2"))["ZT"] == ACCEPTED


def test_what_comes_back_after_the_year_s_end_is_carried_forward(db: sqlite3.Connection) -> None:
    whole = account(db, MAIMAITI)["GRZHYE"]
    db.execute("UPDATE account SET GRZHSNJZYE = 100000, GRZHDNGJYE = ? WHERE GRZH = ?", (whole - 100000, MAIMAITI))
    submit(db, PROPERTY_FEE)
    decide(db, "S-1", POSTED)
    night.advance(db, date(2019, 7, 1))
    carried, current = account(db, MAIMAITI)["GRZHSNJZYE"], account(db, MAIMAITI)["GRZHDNGJYE"]
    decide(db, "S-1", FAILED)
    after = account(db, MAIMAITI)
    assert (after["GRZHSNJZYE"], after["GRZHDNGJYE"]) == (carried + 150000, current)


@pytest.mark.parametrize("stage", [ACCEPTED, REJECTED])
def test_only_what_was_to_be_paid_can_fail(db: sqlite3.Connection, stage: str) -> None:
    submit(db, PROPERTY_FEE)
    decide(db, "S-1", stage)
    with pytest.raises(Refused) as refused:
        decide(db, "S-1", FAILED)
    assert refused.value.code == "2099"


def test_a_prepayment_that_was_posted_stays(db: sqlite3.Connection) -> None:
    submit(db, PREPAYMENT)
    decide(db, "S-1", POSTED)
    with pytest.raises(Refused, match="已入账"):
        decide(db, "S-1", FAILED)


def test_an_unknown_serial_cannot_be_decided(db: sqlite3.Connection) -> None:
    with pytest.raises(Refused) as refused:
        decide(db, "nobody", POSTED)
    assert refused.value.code == "1004"


def test_what_the_balance_no_longer_covers_is_not_posted(db: sqlite3.Connection) -> None:
    submit(db, PROPERTY_FEE)
    db.execute("UPDATE account SET GRZHSNJZYE = 100, GRZHDNGJYE = 0, GRZHYE = 100 WHERE GRZH = ?", (MAIMAITI,))
    with pytest.raises(ValueError, match="余额不足"):
        decide(db, "S-1", POSTED)
    assert application(db, "S-1")["ZT"] == ACCEPTED


def test_the_timer_takes_an_application_through_its_stages(db: sqlite3.Connection) -> None:
    submit(db, PROPERTY_FEE)
    moved: list[int] = []
    for _ in range(3):
        with database.transaction(db):
            moved.append(applications.process(db))
    assert moved == [1, 1, 0]
    assert [status for status, _ in stages(db, "S-1")] == [ACCEPTED, APPROVED, POSTED]


def test_the_timer_does_not_pay_what_can_no_longer_be_done(db: sqlite3.Connection) -> None:
    submit(db, PROPERTY_FEE)
    db.execute("UPDATE account SET GRZHSNJZYE = 100, GRZHDNGJYE = 0, GRZHYE = 100 WHERE GRZH = ?", (MAIMAITI,))
    for _ in range(2):
        with database.transaction(db):
            applications.process(db)
    assert stages(db, "S-1")[-1] == (FAILED, "可用余额不足")


def test_padded_statuses_count_as_what_they_are(db: sqlite3.Connection) -> None:
    assert submit(db, replace(PROPERTY_FEE, GRZH=ZHOU))["ZT"] == ACCEPTED


def test_acceptance_numbers_rise(db: sqlite3.Connection) -> None:
    asked: Sequence[Submission] = [PROPERTY_FEE, replace(FUND_LOAN, SQLSH="S-2"), replace(PURCHASE, SQLSH="S-3")]
    numbers = [submit(db, each)["SLBH"] for each in asked]
    assert numbers == sorted(set(numbers))


def test_a_draw_counts_for_the_year_in_which_it_was_handed_in(db: sqlite3.Connection) -> None:
    night.advance(db, date(2018, 12, 30))
    submit(db, PROPERTY_FEE)
    night.advance(db, date(2019, 1, 3))
    decide(db, PROPERTY_FEE.SQLSH, POSTED)
    assert completed(db, replace(PROPERTY_FEE, SQLSH="S-2"))["ZT"] == POSTED
    assert refusal(db, replace(PROPERTY_FEE, SQLSH="S-3")) == "2007"
    row = db.execute(HISTORY, ("20190101", "20190101", MAIMAITI)).fetchall()[-1]
    assert (row["BNTQJE"], row["BNTQCS"], row["SCSLRQ"]) == (150000, 1, "20190103")


def test_a_book_of_an_earlier_practice_core_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = database.SCHEMA.read_text(encoding="utf-8")
    earlier = re.sub(r",( +-- kind of business that drew it[^\n]*)\n +SLRQ TEXT[^\n]*", r"\1", tables)
    assert earlier != tables
    (tmp_path / "schema.sql").write_text(earlier, encoding="utf-8")
    monkeypatch.setattr(database, "SCHEMA", tmp_path / "schema.sql")
    book = tmp_path / "core.sqlite3"
    database.create(book, date(2018, 10, 25))
    for _ in range(2):
        server.open_book(book)
    with database.connected(book) as db:
        assert db.execute("SELECT SLRQ FROM account_detail").fetchall() == []


def test_a_closed_account_has_no_interest_to_be_paid(db: sqlite3.Connection) -> None:
    amount = db.execute("SELECT GRZHYE FROM account WHERE GRZH = ?", (YANG,)).fetchone()[0]
    assert completed(db, replace(RETIREMENT, JE=amount))["FSLXE"] > 0
    for later in (date(2018, 10, 25), date(2018, 10, 26), date(2019, 5, 1), date(2019, 8, 1)):
        night.advance(db, later)
        assert deposits.accrued_interest(db, YANG, later) == 0
