"""Loans that more than one person may draw for: the borrower, the spouse and other co-borrowers share one limit."""

from __future__ import annotations

import sqlite3
from datetime import date

from sandbox.book import loans
from sandbox.book.database import compact
from sandbox.book.days import add_months

BORROWER, SPOUSE, CO_BORROWER = "01", "02", "03"
RELATIONS = {"SPOUSE": SPOUSE, "CO_BORROWER": CO_BORROWER}
"""CDGX."""

LOANS = """
    SELECT loan.*, '01' AS CDGX FROM loan WHERE JKRGJJZH = :who
    UNION ALL
    SELECT loan.*, co_borrower.CDGX FROM loan JOIN co_borrower USING (DKZH) WHERE co_borrower.GRZH = :who"""
DRAWERS = "SELECT JKRGJJZH FROM loan WHERE DKZH = :loan UNION SELECT GRZH FROM co_borrower WHERE DKZH = :loan"
POSTED = f"""
    SELECT coalesce(sum(FSE), 0) FROM account_detail
    WHERE GRZH IN ({DRAWERS}) AND MXLB = '02' AND CZBZ = '01' AND YWLX = '{loans.DRAW_FOR_REPAYMENTS}'
      AND coalesce(SLRQ, JZRQ) > :since"""  # noqa: S608 (constants of our own)
IN_FLIGHT = f"""
    SELECT coalesce(sum(JE), 0) FROM application
    WHERE GRZH IN ({DRAWERS}) AND YWLX = '{loans.DRAW_FOR_REPAYMENTS}' AND ZT IN ('01', '02', '03')
      AND SQLSH <> :but"""  # noqa: S608 (constants of our own)
REPAID = f"""
    SELECT coalesce(sum(BJJE + LXJE), 0) FROM loan_detail
    WHERE DKZH = :loan AND CZBZ = '01' AND JZRQ > :since AND JZRQ <= :until
      AND DKYWMXLX NOT IN ('{loans.DISBURSEMENT}', '{loans.OUT_OF_THE_FUND}', '{loans.SETTLEMENT}')"""  # noqa: S608

SPOUSE_OF = "SELECT GRZH FROM person WHERE POGRZH = :who UNION SELECT POGRZH FROM person WHERE GRZH = :who"
RENT_OF_FAMILY = f"""
    SELECT coalesce(SLRQ, JZRQ) AS SLRQ, FSE AS TQJE FROM account_detail
    WHERE GRZH IN ({SPOUSE_OF}) AND MXLB = '02' AND CZBZ = '01' AND YWLX = '06' AND coalesce(SLRQ, JZRQ) > :since
    UNION ALL
    SELECT replace(substr(SLSJ, 1, 10), '-', '') AS SLRQ, JE AS TQJE FROM application
    WHERE GRZH IN ({SPOUSE_OF}) AND YWLX = '06' AND ZT IN ('01', '02', '03')
    ORDER BY SLRQ"""  # noqa: S608 (constants of our own)


def loans_of(db: sqlite3.Connection, account: str) -> list[sqlite3.Row]:
    """All for which somebody may draw, with CDGX, settled ones too."""
    return db.execute(LOANS, {"who": account}).fetchall()


def open_loans_of(db: sqlite3.Connection, account: str) -> list[sqlite3.Row]:
    return [row for row in loans_of(db, account) if row["DKZT"] != loans.SETTLED]


def repaid(db: sqlite3.Connection, number: str, since: date, until: date) -> int:
    """Out of pocket, for one loan, after one day and up to another."""
    asked = {"loan": number, "since": compact(since), "until": compact(until)}
    return int(db.execute(REPAID, asked).fetchone()[0])


def drawn(db: sqlite3.Connection, number: str, since: date, but: str = "") -> int:
    """By all who may draw for a loan: what was handed in after a day and posted, and what is under way, `but` the
    application of that serial."""
    asked = {"loan": number, "since": compact(since), "but": but}
    return sum(int(db.execute(query, asked).fetchone()[0]) for query in (POSTED, IN_FLIGHT))


def left(db: sqlite3.Connection, number: str, handed_in: date, until: date, but: str = "") -> int:
    """What may still be drawn for a loan: repaid less drawn, since twelve months before the application was handed
    in. Until it is posted, later repayments and draws count, too."""
    since = add_months(handed_in, -12)
    return repaid(db, number, since, until) - drawn(db, number, since, but)


def most(db: sqlite3.Connection, account: str, on: date) -> int:
    """What somebody may draw on a day for one of the loans; a borrower not twice for the same repayment, besides."""
    own = loans.repaid_in_12_months(db, account, on)
    limits = [
        min(shared, own) if row["CDGX"] == BORROWER else shared
        for row in open_loans_of(db, account)
        for shared in [left(db, row["DKZH"], on, on)]
    ]
    return max(limits, default=0)


def still_covers(db: sqlite3.Connection, application: sqlite3.Row, today: date) -> bool:
    """Whether what was handed in is still left on the day of posting, for any loan that it can be for."""
    handed_in, serial = date.fromisoformat(application["SLSJ"][:10]), application["SQLSH"]
    rows = loans_of(db, application["GRZH"])
    return any(application["JE"] <= left(db, row["DKZH"], handed_in, today, serial) for row in rows)


def rent_of_family(db: sqlite3.Connection, account: str, since: date) -> list[sqlite3.Row]:
    """SLRQ and TQJE of what the spouse drew for rent, handed in after a day, also under way."""
    return db.execute(RENT_OF_FAMILY, {"who": account, "since": compact(since)}).fetchall()


def join(db: sqlite3.Connection, number: str, account: str, relation: str) -> None:
    """Makes somebody a spouse or co-borrower of a loan. Raises ValueError for what is not there."""
    loan = loans.find(db, number)
    if loan is None or db.execute("SELECT 1 FROM account WHERE GRZH = ?", (account,)).fetchone() is None:
        raise ValueError("there is no such loan or account")
    if loan["JKRGJJZH"] == account:
        raise ValueError("that is the borrower")
    db.execute("INSERT OR REPLACE INTO co_borrower VALUES (?, ?, ?)", (number, account, relation))
