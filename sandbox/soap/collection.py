"""CollectionService: accounts and their rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from sandbox.soap.contract import NIL, Handler, Outcome
from sandbox.soap.rows import amounts, page, percent, refused, texts, yuan

DETAILS = """
    SELECT account_detail.*, TQYYMC FROM account_detail LEFT JOIN withdrawal_reason USING (TQYY)
    WHERE GRZH = ? AND MXLB = ?"""


def query_account(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    row = db.execute(
        "SELECT * FROM account JOIN person USING (GRZH) LEFT JOIN employer USING (DWZH) WHERE GRZH = ?",
        (asked["GRZH"],),
    ).fetchone()
    return refused("1002", "个人账户不存在") if row is None else Outcome({"ZHXX": _account(row)})


def query_account_details(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    if db.execute("SELECT 1 FROM account WHERE GRZH = ?", (asked["GRZH"],)).fetchone() is None:
        return refused("1002", "个人账户不存在")
    select, values = DETAILS, [asked["GRZH"], asked["MXLB"]]
    if asked.get("CZBZ"):
        select += " AND CZBZ = ?"
        values.append(asked["CZBZ"])
    found = page(db, select, values, asked, dated_by="JZRQ", order="JZRQ DESC, YWLSH DESC", name="MX", element=_detail)
    return Outcome({"MXYE": found})


def _account(row: sqlite3.Row) -> dict[str, Any]:
    return {
        **texts(row, "GRZH", "XINGMING", "GRZHZT", "KHRQ", "DWZH", "DWMC"),
        **amounts(row, "GRZHYE", "GRZHSNJZYE", "GRZHDNGJYE", "GRJCJS"),
        "DWJCBL": percent(row["DWJCBL"]),
        "GRJCBL": percent(row["GRJCBL"]),
        **amounts(row, "DWYJCE", "GRYJCE"),
        **texts(row, "JZNY", "GRCKZHHM", "GRCKZHKHYHMC"),
        # Old cores say "nothing" in both ways: nil here, no element elsewhere.
        "GRCKZHKHYHDM": row["GRCKZHKHYHDM"] if row["GRCKZHKHYHDM"] is not None else NIL,
        **texts(row, "FCRQ", "SCTQRQ", "XHRQ", "XHYY"),
        "DJJE": yuan(row["DJJE"]),
        "KYYE": yuan(max(0, row["GRZHYE"] - row["DJJE"])),
    }


def _detail(row: sqlite3.Row) -> dict[str, Any]:
    return {
        **texts(row, "YWLSH", "JZRQ", "GJHTQYWLX"),
        **amounts(row, "FSE", "DNGJFSE", "SNJZFSE", "FSLXE"),
        **texts(row, "HBJNY", "TQYY", "TQYYMC", "TQFS"),
        "ZHAIYAO": row["ZHAIYAO"] if row["ZHAIYAO"] is not None else NIL,
        **texts(row, "CZBZ", "BCYWLSH"),
        **amounts(row, "GRZHYE", "GRZHSNJZYE", "GRZHDNGJYE"),
    }


HANDLERS: Mapping[str, Handler] = {
    "QueryAccount": query_account,
    "QueryAccountDetails": query_account_details,
}
