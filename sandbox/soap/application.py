"""ApplicationService: what decides an application, handing one in, and what became of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from sandbox.book import applications, database, deposits, loans, owners, sharing
from sandbox.book.applications import Refused, Submission
from sandbox.book.days import add_months
from sandbox.soap.contract import Handler, Outcome
from sandbox.soap.rows import amounts, page, percent, refused, texts, yuan

IN_FLIGHT = "SELECT * FROM application WHERE GRZH = ? AND ZT IN ('01', '02', '03')"
HISTORY = """
    SELECT YWLX, max(JZRQ) AS SCTQRQ, sum(CASE WHEN coalesce(SLRQ, JZRQ) >= ? THEN FSE ELSE 0 END) AS BNTQJE,
           sum(FSE) AS LJTQJE, count(*) AS LJTQCS, sum(coalesce(SLRQ, JZRQ) >= ?) AS BNTQCS,
           max(coalesce(SLRQ, JZRQ)) AS SCSLRQ
    FROM account_detail WHERE GRZH = ? AND MXLB = '02' AND CZBZ = '01' AND YWLX IS NOT NULL
    GROUP BY YWLX ORDER BY YWLX"""

PROPERTY_FEE_OF_HOME = """
    SELECT max(coalesce(SLRQ, JZRQ)) FROM account_detail JOIN home USING (GRZH)
    WHERE LB = ? AND HTBH = ? AND MXLB = '02' AND CZBZ = '01' AND YWLX = '07'"""


def query_withdrawal_basis(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    account, today = asked["GRZH"], database.today(db)
    new_year = f"{today.year}0101"
    found = db.execute("SELECT XZTQJZRQ FROM account WHERE GRZH = ?", (account,)).fetchone()
    if found is None:
        return refused("1002", "个人账户不存在")
    homes = db.execute("SELECT * FROM home WHERE GRZH = ? ORDER BY HTBH", (account,)).fetchall()
    rent = db.execute("SELECT * FROM rent WHERE GRZH = ?", (account,)).fetchone()
    commercial = db.execute("SELECT * FROM commercial_loan WHERE GRZH = ? ORDER BY JKHTBH", (account,)).fetchall()
    flight = db.execute(IN_FLIGHT, (account,)).fetchone()
    shared = sharing.open_loans_of(db, account)
    basis = {
        "GRZH": account,
        "GF": [_home(db, row) for row in homes if row["LB"] == "GF"],
        "JF": [_home(db, row) for row in homes if row["LB"] == "JF"],
        "ZF": rent and {**texts(rent, "SCGTTQRQ"), **amounts(rent, "YZJ"), **texts(rent, "ZLQSRQ")},
        "SYDK": [_commercial_loan(db, row, today) for row in commercial],
        "TQLS": [_history(row) for row in db.execute(HISTORY, (new_year, new_year, account))],
        "ZBYW": flight and texts(flight, "SLBH", "YWLX", "SLSJ"),
        "JSEYDKHKE": yuan(loans.repaid_in_12_months(db, account, today)),
        "YJLXE": yuan(deposits.accrued_interest(db, account, today)),
        "WCNZNS": rent and rent["WCNZNS"],
        "BDZFTS": len(homes),
        "LXJCYS": deposits.months_in_a_row(db, account, today),
        "XZTQJZRQ": found["XZTQJZRQ"],
        "GYDKBS": len(shared),
        "GYDK": [_shared_loan(db, row, today) for row in shared],
        "JTZFTQ": {
            "TQMX": [_rent_of_family(row) for row in sharing.rent_of_family(db, account, add_months(today, -12))]
        },
    }
    return Outcome({"TQYJ": basis})


def submit_application(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    try:
        with database.transaction(db):
            row = applications.submit(db, Submission.of(asked))
    except Refused as refusal:
        return refused(refusal.code, refusal.text)
    return Outcome({"SQXX": _application(db, row)})


def query_application(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    row = db.execute("SELECT * FROM application WHERE SQLSH = ?", (asked["SQLSH"],)).fetchone()
    return refused("1004", "无此申请") if row is None else Outcome({"SQXX": _application(db, row)})


def query_applications(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    found = page(
        db,
        "SELECT * FROM application WHERE GRZH = ?",
        [asked["GRZH"]],
        asked,
        dated_by="replace(substr(SLSJ, 1, 10), '-', '')",
        order="SLSJ DESC, SLBH DESC",
        name="SQXX",
        element=lambda row: _application(db, row),
    )
    return Outcome({"SQYE": found})


def _home(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    return {
        **texts(row, "HTBH", "FWZL"),
        "FWJZMJ": percent(row["FWJZMJ"]),
        **amounts(row, "FWZJ", "DKJE", "GFSFK"),
        **texts(row, "SCGTTQRQ", "SCTQRQ"),
        "LJTQJE": yuan(owners.drawn(db, row)),
        "SFKTQJE": yuan(owners.drawn_for_down_payment(db, row)),
        **texts(row, "HTQDRQ", "BDCZRQ"),
        "WYFTQRQ": db.execute(PROPERTY_FEE_OF_HOME, (row["LB"], row["HTBH"])).fetchone()[0],
    }


def _commercial_loan(db: sqlite3.Connection, row: sqlite3.Row, today: date) -> dict[str, Any]:
    return {
        **texts(row, "JKHTBH", "DKYHMC", "HKZH", "DKZT"),
        **amounts(row, "DKFFE", "DKYE", "YHKE"),
        "JSEYHKE": yuan(owners.repaid(db, row, today)),
    }


def _shared_loan(db: sqlite3.Connection, row: sqlite3.Row, today: date) -> dict[str, Any]:
    since = add_months(today, -12)
    return {
        **texts(row, "DKZH", "CDGX", "DKZT"),
        **amounts(row, "DKYE"),
        "JSEYHKE": yuan(sharing.repaid(db, row["DKZH"], since, today)),
        "JSEYTQE": yuan(sharing.drawn(db, row["DKZH"], since)),
    }


def _rent_of_family(row: sqlite3.Row) -> dict[str, Any]:
    return {**texts(row, "SLRQ"), **amounts(row, "TQJE")}


def _history(row: sqlite3.Row) -> dict[str, Any]:
    counts = {"LJTQCS": row["LJTQCS"], "BNTQCS": row["BNTQCS"]}
    return {**texts(row, "YWLX", "SCTQRQ"), **amounts(row, "BNTQJE", "LJTQJE"), **counts, **texts(row, "SCSLRQ")}


def _application(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    stages = db.execute("SELECT ZT, SJ, BZ FROM application_stage WHERE SQLSH = ? ORDER BY XH", (row["SQLSH"],))
    return {
        **texts(row, "SQLSH", "SLBH", "GRZH", "YWLX"),
        **amounts(row, "JE", "FSLXE"),
        **texts(row, "ZT", "SLSJ"),
        "LC": [texts(stage, "ZT", "SJ", "BZ") for stage in stages],
    }


HANDLERS: Mapping[str, Handler] = {
    "QueryWithdrawalBasis": query_withdrawal_basis,
    "SubmitApplication": submit_application,
    "QueryApplication": query_application,
    "QueryApplications": query_applications,
}
