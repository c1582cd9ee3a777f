"""LoanService: a borrower's loans, their rows and what is still to come."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from sandbox.book import database, loans
from sandbox.book.loans import Arrears, Installment
from sandbox.soap.contract import Handler, Outcome
from sandbox.soap.rows import amounts, page, rate, refused, texts, yuan


def query_loans(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    if db.execute("SELECT 1 FROM account WHERE GRZH = ?", (asked["GRZH"],)).fetchone() is None:
        return refused("1002", "个人账户不存在")
    rows = db.execute("SELECT * FROM loan WHERE JKRGJJZH = ? ORDER BY DKFFRQ DESC", (asked["GRZH"],)).fetchall()
    return Outcome({"DKLB": {"DK": [_loan(db, row) for row in rows]}})


def query_loan_details(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    if loans.find(db, asked["DKZH"]) is None:
        return refused("1003", "贷款账户不存在")
    found = page(
        db,
        "SELECT * FROM loan_detail WHERE DKZH = ?",
        [asked["DKZH"]],
        asked,
        dated_by="JZRQ",
        order="JZRQ DESC, YWLSH DESC",
        name="MX",
        element=_detail,
    )
    return Outcome({"MXYE": {"DKZH": asked["DKZH"], **found}})


def query_repayment_plan(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    row = loans.find(db, asked["DKZH"])
    if row is None:
        return refused("1003", "贷款账户不存在")
    return Outcome({"HKJH": {"DKZH": asked["DKZH"], "JH": [_planned(each) for each in loans.plan(db, row)]}})


def _loan(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    coming = loans.following(db, row)
    late = loans.arrears(db, row, database.today(db))
    return {
        **texts(row, "DKZH", "JKHTBH", "JKRGJJZH", "SWTYHMC", "HKZH", "DKZT", "DKHKFS"),
        **amounts(row, "DKFFE", "DKYE"),
        "DKLL": rate(row["DKLL"]),
        **texts(row, "DKQS", "DQQC", "DKFFRQ", "YDDQRQ", "YDHKR", "DKJQRQ", "GFHTBH", "SCHKRQ", "SCTQHKRQ"),
        **loans.prepayments(db, row["DKZH"], database.today(db)),
        **_repricing(row, database.today(db)),
        "DRZBJ": loans.unposted(db, row["DKZH"]),
        "XQHK": coming and _next(coming),
        "YQXX": late and _late(late),
    }


def _repricing(row: sqlite3.Row, today: date) -> dict[str, Any]:
    before = loans.rate_on(row, date(today.year - 1, 12, 31)) if row["DKFFRQ"] < f"{today.year}0101" else row["DKLL"]
    if before == row["DKLL"]:
        return {}
    return {"LLTZRQ": f"{today.year}0101", "TZQLL": rate(before)}


def _next(coming: Installment) -> dict[str, Any]:
    return {
        "HKQC": coming.period,
        "HKRQ": coming.due_on,
        "DQJHHKJE": yuan(coming.amount),
        "DQJHGHBJ": yuan(coming.principal),
        "DQJHGHLX": yuan(coming.interest),
    }


def _late(late: Arrears) -> dict[str, Any]:
    return {
        "YQQS": late.periods,
        "YQJE": yuan(late.principal + late.interest + late.penalty),
        "YQBJ": yuan(late.principal),
        "YQLX": yuan(late.interest),
        "YQFX": yuan(late.penalty),
    }


def _detail(row: sqlite3.Row) -> dict[str, Any]:
    return {
        **texts(row, "YWLSH", "JZRQ", "YWFSRQ", "DKYWMXLX"),
        **amounts(row, "FSE", "BJJE", "LXJE", "FXJE"),
        **texts(row, "DQQC", "DKQS"),
        **amounts(row, "DKYE"),
        **texts(row, "CZBZ", "BCYWLSH"),
    }


def _planned(each: Installment) -> dict[str, Any]:
    return {
        "HKQC": each.period,
        "HKRQ": each.due_on,
        "FSE": yuan(each.amount),
        "HKBJJE": yuan(each.principal),
        "HKLXJE": yuan(each.interest),
        "DKYE": yuan(each.balance),
    }


HANDLERS: Mapping[str, Handler] = {
    "QueryLoans": query_loans,
    "QueryLoanDetails": query_loan_details,
    "QueryRepaymentPlan": query_repayment_plan,
}
