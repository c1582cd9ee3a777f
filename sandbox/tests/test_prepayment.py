"""Repaying a loan early: what is paid, and the plan that is left."""

from __future__ import annotations

import sqlite3
from datetime import date
from fractions import Fraction
from math import floor

import pytest

from sandbox.book import applications, database, loans, night
from sandbox.book.loans import Installment
from sandbox.tests.wire import CHEN_LOAN, DUAN_LOAN, MA_LOAN

TODAY = date(2018, 10, 25)
BALANCE = 18716754
ELEVEN_DAYS = 20445
"""Interest on 187167.54 at 3.575 % from 14 to 25 October, in fen: 204.4545…"""


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def prepay(db: sqlite3.Connection, loan: str, amount: int, mode: str) -> int:
    with database.transaction(db):
        return loans.prepay(db, loan, TODAY, amount, mode)


def plan(db: sqlite3.Connection, loan: str) -> list[Installment]:
    return loans.plan(db, loans.get(db, loan))


def last_row(db: sqlite3.Connection, loan: str) -> sqlite3.Row:
    row: sqlite3.Row = db.execute(
        "SELECT * FROM loan_detail WHERE DKZH = ? ORDER BY YWLSH DESC LIMIT 1", (loan,)
    ).fetchone()
    return row


def test_interest_of_eleven_days_is_204_45() -> None:
    assert half_up(Fraction(BALANCE * 3575 * 11, 100000 * 360)) == ELEVEN_DAYS


@pytest.mark.parametrize("mode", [loans.KEEP_TERM, loans.KEEP_INSTALLMENT])
def test_a_partial_prepayment_collects_interest_on_the_whole_balance(db: sqlite3.Connection, mode: str) -> None:
    assert prepay(db, DUAN_LOAN, 2000000, mode) == 2000000 + ELEVEN_DAYS


PART_ONLY = "INSERT INTO setting VALUES ('TQHKJX', '02')"


def test_interest_on_the_part_alone_leaves_the_rest_to_the_next_installment(db: sqlite3.Connection) -> None:
    """20000.00 x 3.575 % x 11 / 360 = 21.85; then 167167.54 for the 31 days from 14 October: 514.62."""
    db.execute(PART_ONLY)
    assert prepay(db, DUAN_LOAN, 2000000, loans.KEEP_TERM) == 2000000 + 2185
    (coming, *_) = plan(db, DUAN_LOAN)
    assert (coming.due_on, coming.principal, coming.interest) == (date(2018, 11, 14), 170579, 51462)


def test_interest_on_the_part_alone_leaves_a_whole_month_of_equal_installments(db: sqlite3.Connection) -> None:
    """The payment stays, and its interest is a twelfth of the year's on what is left."""
    db.execute(PART_ONLY)
    before = plan(db, CHEN_LOAN)[0]
    prepay(db, CHEN_LOAN, 5000000, loans.KEEP_INSTALLMENT)
    loan, coming = loans.get(db, CHEN_LOAN), plan(db, CHEN_LOAN)[0]
    assert coming.interest == half_up(Fraction(loans.outstanding(db, loan) * loan["DKLL"], 12 * 100 * loans.RATE_UNIT))
    assert (coming.due_on, coming.amount) == (before.due_on, before.amount)


def test_a_fee_ends_when_the_loan_is_old_enough(db: sqlite3.Connection) -> None:
    """Paid out on 14 December 2016. 1 % of 20000.00, and half a fen up."""
    db.execute("INSERT INTO setting VALUES ('TQHKSXF', '1.00'), ('TQHKSXFYS', '24')")
    loan = loans.get(db, DUAN_LOAN)
    days = date(2018, 12, 13), date(2018, 12, 14)
    assert [loans.prepayment_fee(db, loan, 2000000, day) for day in days] == [20000, 0]
    assert loans.prepayment_fee(db, loan, 2000050, TODAY) == 20001


@pytest.mark.parametrize("mode", [loans.KEEP_TERM, loans.KEEP_INSTALLMENT])
def test_a_partial_prepayment_posts_a_row(db: sqlite3.Connection, mode: str) -> None:
    prepay(db, DUAN_LOAN, 2000000, mode)
    row = last_row(db, DUAN_LOAN)
    assert (row["JZRQ"], row["DKYWMXLX"], row["DQQC"], row["YWFSRQ"]) == ("20181025", "03", None, None)
    assert (row["FSE"], row["BJJE"], row["LXJE"], row["FXJE"]) == (2000000 + ELEVEN_DAYS, 2000000, ELEVEN_DAYS, 0)
    assert row["DKYE"] == BALANCE - 2000000


def test_a_prepayment_is_noted_at_the_loan(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 2000000, loans.KEEP_TERM)
    row = loans.get(db, DUAN_LOAN)
    assert (row["DKYE"], row["SCTQHKRQ"], row["DKZT"]) == (16716754, "20181025", "2")


def test_keeping_the_term_keeps_its_end(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 2000000, loans.KEEP_TERM)
    coming = plan(db, DUAN_LOAN)
    assert (len(coming), coming[-1].period, coming[-1].due_on) == (98, 120, date(2026, 12, 14))


def test_keeping_the_term_cuts_the_principal_anew(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 2000000, loans.KEEP_TERM)
    assert {each.principal for each in plan(db, DUAN_LOAN)[:-1]} == {half_up(Fraction(16716754, 98))}


def test_keeping_the_installment_keeps_the_principal(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 2000000, loans.KEEP_INSTALLMENT)
    assert {each.principal for each in plan(db, DUAN_LOAN)[:-1]} == {190987}


def test_keeping_the_installment_ends_sooner(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 2000000, loans.KEEP_INSTALLMENT)
    coming = plan(db, DUAN_LOAN)
    # 167167.54 at 1909.87 a month: 87 whole installments and a rest of 1008.85.
    assert (len(coming), coming[-1].period, coming[-1].due_on) == (88, 110, date(2026, 2, 14))
    assert coming[-1].principal == 16716754 - 87 * 190987


def test_keeping_the_installment_changes_the_loans_term(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 2000000, loans.KEEP_INSTALLMENT)
    row = loans.get(db, DUAN_LOAN)
    assert (row["DKQS"], row["YDDQRQ"]) == (110, "20260214")


@pytest.mark.parametrize("mode", [loans.KEEP_TERM, loans.KEEP_INSTALLMENT])
@pytest.mark.parametrize("loan", [DUAN_LOAN, CHEN_LOAN])
def test_the_plan_after_a_prepayment_ends_at_nothing(db: sqlite3.Connection, loan: str, mode: str) -> None:
    prepay(db, loan, 3000000, mode)
    coming = plan(db, loan)
    assert coming[-1].balance == 0
    assert sum(each.principal for each in coming) == loans.get(db, loan)["DKYE"]


@pytest.mark.parametrize("mode", [loans.KEEP_TERM, loans.KEEP_INSTALLMENT])
def test_the_next_installment_counts_from_the_day_of_the_prepayment(db: sqlite3.Connection, mode: str) -> None:
    prepay(db, DUAN_LOAN, 2000000, mode)
    coming = plan(db, DUAN_LOAN)[0]
    twenty_days = half_up(Fraction(16716754 * 3575 * 20, 100000 * 360))
    assert (coming.period, coming.due_on, coming.interest) == (23, date(2018, 11, 14), twenty_days)


def test_an_annuity_is_cut_anew_when_the_term_is_kept(db: sqlite3.Connection) -> None:
    before = loans.get(db, CHEN_LOAN)
    prepay(db, CHEN_LOAN, 5000000, loans.KEEP_TERM)
    rate = Fraction(325, 120000)
    growth = (1 + rate) ** (240 - before["DQQC"])
    expected = half_up((before["DKYE"] - 5000000) * rate * growth / (growth - 1))
    assert loans.get(db, CHEN_LOAN)["YHKE"] == expected


def test_an_annuity_stays_when_the_installment_is_kept(db: sqlite3.Connection) -> None:
    before = loans.get(db, CHEN_LOAN)["YHKE"]
    prepay(db, CHEN_LOAN, 5000000, loans.KEEP_INSTALLMENT)
    row = loans.get(db, CHEN_LOAN)
    assert row["YHKE"] == before
    assert row["DKQS"] < 240
    assert {each.amount for each in plan(db, CHEN_LOAN)[:-1]} == {before}


@pytest.mark.parametrize("mode", [loans.KEEP_TERM, loans.KEEP_INSTALLMENT])
def test_a_prepayment_within_a_month_of_equal_installments(db: sqlite3.Connection, mode: str) -> None:
    """From 25 October eleven days are paid with it, twenty are left, of 360. What was to stay, stays in this month."""
    before = loans.get(db, CHEN_LOAN)["YHKE"]
    with database.transaction(db):
        paid = loans.prepay(db, CHEN_LOAN, date(2018, 11, 5), 5000000, mode)
    row = loans.get(db, CHEN_LOAN)
    eleven = half_up(Fraction((row["DKYE"] + 5000000) * 325 * 11, 10000 * 360))
    assert paid == 5000000 + eleven
    first, *rest, last = plan(db, CHEN_LOAN)
    assert first.interest == half_up(Fraction(row["DKYE"] * 325 * 20, 10000 * 360))
    assert {each.amount for each in rest} == {row["YHKE"]}
    if mode == loans.KEEP_INSTALLMENT:
        assert first.amount == row["YHKE"] == before
    else:
        assert first.principal == row["YHKE"] - half_up(Fraction(row["DKYE"] * 325, 120000))
        assert abs(last.amount - row["YHKE"]) < 100


def test_thirty_years_at_2_60_end_with_a_payment_like_the_others(db: sqlite3.Connection) -> None:
    row = {
        "DKZH": "210250600009",
        "JKHTBH": "JK2025-0009",
        "JKRGJJZH": "990140300001",
        "HKZH": "6223690000000014",
        "DKHKFS": loans.EQUAL_INSTALLMENT,
        "DKFFE": 50000000,
        "DKLL": 26000000,
        "DKQS": 360,
        "DKFFRQ": "20250614",
        "YDHKR": "14",
    }
    loans.disburse(db, row)
    *others, last = plan(db, "210250600009")
    # 500 000 x r (1 + r)^360 / ((1 + r)^360 - 1), r = 2.60 % / 12: 2001.70; by days 7458.29 were left for the end.
    assert {each.amount for each in others} == {200170}
    assert last.amount == 200084


def test_a_loan_runs_on_to_nothing_after_a_prepayment(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 15000000, loans.KEEP_INSTALLMENT)
    end = plan(db, DUAN_LOAN)[-1].due_on
    with database.transaction(db):
        loans.run(db, DUAN_LOAN, date(end.year, end.month, 28))
    row = loans.get(db, DUAN_LOAN)
    assert (row["DKZT"], row["DKYE"]) == ("3", 0)


def test_a_payoff_takes_the_balance_and_the_interest(db: sqlite3.Connection) -> None:
    assert prepay(db, DUAN_LOAN, 0, loans.PAYOFF) == BALANCE + ELEVEN_DAYS


def test_a_payoff_settles_the_loan(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 0, loans.PAYOFF)
    row = loans.get(db, DUAN_LOAN)
    assert (row["DKYE"], row["DKZT"], row["DKJQRQ"]) == (0, "3", "20181025")
    assert plan(db, DUAN_LOAN) == []


def test_a_payoff_posts_a_settlement_row(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 0, loans.PAYOFF)
    row = last_row(db, DUAN_LOAN)
    assert (row["DKYWMXLX"], row["BJJE"], row["LXJE"], row["DKYE"]) == ("06", BALANCE, ELEVEN_DAYS, 0)


def test_parts_that_were_repaid_early_are_counted(db: sqlite3.Connection) -> None:
    """2017-12-14 and 2018-03-14; a payoff is no part."""
    counted = [loans.prepayments(db, DUAN_LOAN, date(year, 12, 31)) for year in (2017, 2018, 2019)]
    assert counted == [{"BNTQHKCS": times, "LJTQHKCS": 2} for times in (1, 1, 0)]
    prepay(db, DUAN_LOAN, 2000000, loans.KEEP_TERM)
    prepay(db, DUAN_LOAN, 0, loans.PAYOFF)
    assert loans.prepayments(db, DUAN_LOAN, date(2018, 12, 31)) == {"BNTQHKCS": 2, "LJTQHKCS": 3}


def test_a_settled_loan_is_left_alone_at_night(db: sqlite3.Connection) -> None:
    prepay(db, DUAN_LOAN, 0, loans.PAYOFF)
    with database.transaction(db):
        night.advance(db, date(2018, 11, 20))
    assert last_row(db, DUAN_LOAN)["DKYWMXLX"] == "06"


def test_the_sum_to_pay_off_is_told_beforehand(db: sqlite3.Connection) -> None:
    assert applications.payoff(db, loans.get(db, DUAN_LOAN)) == BALANCE + ELEVEN_DAYS


def test_more_than_the_balance_cannot_be_prepaid(db: sqlite3.Connection) -> None:
    with pytest.raises(ValueError, match="提前还款金额不符"):
        prepay(db, DUAN_LOAN, BALANCE + 1, loans.KEEP_TERM)
    assert loans.get(db, DUAN_LOAN)["DKYE"] == BALANCE


def test_what_is_billed_already_is_not_prepaid(db: sqlite3.Connection) -> None:
    loan = loans.get(db, MA_LOAN)
    billed = db.execute("SELECT sum(BJJE) FROM due WHERE DKZH = ?", (MA_LOAN,)).fetchone()[0]
    assert loans.outstanding(db, loan) == loan["DKYE"] - billed
