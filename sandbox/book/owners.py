"""Homes and bank loans that several people registered: what one of them drew is gone for the others."""

from __future__ import annotations

import sqlite3
from datetime import date

from sandbox.book.database import compact
from sandbox.book.days import add_months

DRAWN = (
    "SELECT coalesce(sum(LJTQJE), 0) AS drawn, coalesce(sum(SFKTQJE), 0) AS down FROM home WHERE LB = ? AND HTBH = ?"
)
UNDER_WAY = """
    SELECT coalesce(sum(JE), 0) FROM application JOIN home USING (GRZH, HTBH)
    WHERE LB = ? AND HTBH = ? AND YWLX IN ('04', '05', '10') AND ZT IN ('01', '02', '03') AND SQLSH <> ?"""
OTHERS = """
    SELECT other.GRZH FROM commercial_loan JOIN commercial_loan AS other USING (DKYHMC, JKHTBH)
    WHERE commercial_loan.GRZH = :who AND JKHTBH = :contract AND other.GRZH <> :who"""
BY_OTHERS = f"""
    SELECT coalesce(sum(FSE), 0) FROM account_detail
    WHERE GRZH IN ({OTHERS}) AND MXLB = '02' AND CZBZ = '01' AND YWLX = '03' AND coalesce(SLRQ, JZRQ) > :since
    UNION ALL
    SELECT coalesce(sum(JE), 0) FROM application
    WHERE GRZH IN ({OTHERS}) AND YWLX = '03' AND ZT IN ('01', '02', '03')"""  # noqa: S608 (constants of our own)


def drawn(db: sqlite3.Connection, home: sqlite3.Row, but: str = "") -> int:
    """LJTQJE of all owners of a home, and what is under way, `but` the application of that serial."""
    key = home["LB"], home["HTBH"]
    posted = db.execute(DRAWN, key).fetchone()["drawn"]
    return int(posted + db.execute(UNDER_WAY, (*key, but)).fetchone()[0])


def drawn_for_down_payment(db: sqlite3.Connection, home: sqlite3.Row) -> int:
    """SFKTQJE of all owners of a home."""
    return int(db.execute(DRAWN, (home["LB"], home["HTBH"])).fetchone()["down"])


def repaid(db: sqlite3.Connection, loan: sqlite3.Row, today: date) -> int:
    """JSEYHKE of a commercial loan, less what others who registered it drew in these twelve months."""
    asked = {"who": loan["GRZH"], "contract": loan["JKHTBH"], "since": compact(add_months(today, -12))}
    others = sum(int(row[0]) for row in db.execute(BY_OTHERS, asked))
    return max(0, int(loan["JSEYHKE"]) - others)
