"""What is asked: A is one screen, B two long lists; and what the right answers are, by the book."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.member import PERSON

ROW = "id date kind summary month amount balance { currentYear total }"
DRAWN = "id date kind reason summary amount balance { currentYear total }"
ACCOUNT = """
    number status openedOn employer { number name } balance { carriedForward currentYear total }
    contribution { base employerRate personalRate monthlyAmount paidThrough } bankAccount { bankName number }"""

TYPED = {
    "A": f"""query Screen {{ me {{ account {{ {ACCOUNT}
        contributions(first: 20) {{ edges {{ node {{ {ROW} }} }} }} }} }} }}""",
    "B": f"""query Lists {{ me {{ account {{ contributions(first: 100) {{ edges {{ node {{ {ROW} }} }} }}
        withdrawals(first: 100) {{ edges {{ node {{ {DRAWN} }} }} }} }} }} }}""",
}
"""For schemas with types of their own; such a server asks the core for one row more than the page has."""

RAW_ACCOUNT = (
    "GRZH GRZHZT KHRQ DWZH DWMC GRZHSNJZYE GRZHDNGJYE GRZHYE GRJCJS DWJCBL GRJCBL DWYJCE JZNY GRCKZHHM GRCKZHKHYHMC"
)
RAW_ROW = "YWLSH JZRQ GJHTQYWLX ZHAIYAO HBJNY FSE GRZHDNGJYE GRZHYE"
RAW_DRAWN = "YWLSH JZRQ GJHTQYWLX TQYYMC ZHAIYAO FSE GRZHDNGJYE GRZHYE"
PREFIX = "Core_CollectionService_CollectionServicePort_"


def raw_query(name: str, *, nil: bool) -> str:
    """For schemas made from the WSDL: the same values by the core's names. `nil` False leaves out the field that is nil
    in some rows, which such schemas answer with an error for each."""
    rows = [fields if nil else fields.replace("ZHAIYAO ", "") for fields in (RAW_ROW, RAW_DRAWN)]
    if name == "A":
        account = f"account: {_call('QueryAccount', '')} {{ FHM ZHXX {{ {RAW_ACCOUNT} }} }}"
        return f"query Screen {{ {account} {_list('in', '01', 20, rows[0])} }}"
    return f"query Lists {{ {_list('in', '01', 100, rows[0])} {_list('out', '02', 100, rows[1])} }}"


def _list(alias: str, direction: str, rows: int, fields: str) -> str:
    more = f' MXLB: "{direction}", CZBZ: "01", YM: 1, YHS: {rows}'
    return f"{alias}: {_call('QueryAccountDetails', more)} {{ FHM MXYE {{ MX {{ {fields} }} }} }}"


def _call(operation: str, more: str) -> str:
    return f'{PREFIX}{operation}({operation}: {{ GRZH: "{PERSON.account}"{more} }})'


def wrong(answer: Any, name: str, book: Path, *, raw: bool) -> list[str]:
    """Where an answer is not what the book has; the first five."""
    if "errors" in answer or not answer.get("data"):
        return [f"errors: {str(answer.get('errors'))[:300]}"]
    with closing(sqlite3.connect(book)) as db:
        db.row_factory = sqlite3.Row
        expected = raw_answer(db, name) if raw else typed_answer(db, name)
    return list(_differences("data", expected, answer["data"]))[:5]


def _differences(where: str, expected: object, found: object) -> Iterator[str]:
    """What only the found side has is left alone: a page may come with one row more."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected:
            yield from _differences(f"{where}.{key}", expected[key], found.get(key))
    elif isinstance(expected, list) and isinstance(found, list) and len(found) >= len(expected):
        for number, each in enumerate(expected):
            yield from _differences(f"{where}.{number}", each, found[number])
    elif isinstance(expected, Decimal) and isinstance(found, str):
        if Decimal(found) != expected:
            yield f"{where}: {found!r} in place of {expected}"
    elif expected != found:
        yield f"{where}: {found!r} in place of {expected!r}"


def typed_answer(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    """Money has two places; of rates only the value counts."""
    if name == "B":
        lists = {"contributions": _typed_rows(db, "01", 100), "withdrawals": _typed_rows(db, "02", 100)}
        return {"me": {"account": lists}}
    row = _account(db)
    account = {
        "number": row["GRZH"],
        "status": "NORMAL",
        "openedOn": _dashed(row["KHRQ"]),
        "employer": {"number": row["DWZH"], "name": row["DWMC"]},
        "balance": {"carriedForward": _yuan(row["GRZHSNJZYE"]), **_balance(row)},
        "contribution": {
            "base": _yuan(row["GRJCJS"]),
            "employerRate": Decimal(row["DWJCBL"]) / 100,
            "personalRate": Decimal(row["GRJCBL"]) / 100,
            "monthlyAmount": _yuan(row["DWYJCE"] + row["GRYJCE"]),
            "paidThrough": f"{row['JZNY'][:4]}-{row['JZNY'][4:]}",
        },
        "bankAccount": {"bankName": row["GRCKZHKHYHMC"], "number": "*" * 12 + row["GRCKZHHM"][-4:]},
        "contributions": _typed_rows(db, "01", 20),
    }
    return {"me": {"account": account}}


def _typed_rows(db: sqlite3.Connection, direction: str, first: int) -> dict[str, Any]:
    return {"edges": [{"node": _typed_row(row)} for row in _rows(db, direction, first)]}


def _typed_row(row: sqlite3.Row) -> dict[str, Any]:
    paid_in = row["MXLB"] == "01"
    month = {"month": f"{row['HBJNY'][:4]}-{row['HBJNY'][4:]}"} if paid_in else {"reason": row["TQYYMC"]}
    return {
        "id": row["YWLSH"],
        "date": _dashed(row["JZRQ"]),
        "kind": "REMITTANCE" if paid_in else "PARTIAL",
        "summary": row["ZHAIYAO"],
        "amount": _yuan(row["FSE"]),
        "balance": _balance(row),
        **month,
    }


def raw_answer(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    """The core's own names and texts."""
    if name == "B":
        return {"in": _raw_rows(db, "01", 100, RAW_ROW), "out": _raw_rows(db, "02", 100, RAW_DRAWN)}
    account = {"FHM": "0000", "ZHXX": _raw(_account(db), RAW_ACCOUNT)}
    return {"account": account, "in": _raw_rows(db, "01", 20, RAW_ROW)}


def _raw_rows(db: sqlite3.Connection, direction: str, first: int, fields: str) -> dict[str, Any]:
    return {"FHM": "0000", "MXYE": {"MX": [_raw(row, fields) for row in _rows(db, direction, first)]}}


def _raw(row: sqlite3.Row, fields: str) -> dict[str, Any]:
    hundredths = {"DWJCBL", "GRJCBL"}
    return {
        name: _yuan(row[name]) if name in hundredths or isinstance(row[name], int) else row[name]
        for name in fields.split()
    }


def _account(db: sqlite3.Connection) -> sqlite3.Row:
    select = "SELECT * FROM account JOIN person USING (GRZH) JOIN employer USING (DWZH) WHERE GRZH = ?"
    row: sqlite3.Row = db.execute(select, (PERSON.account,)).fetchone()
    return row


def _rows(db: sqlite3.Connection, direction: str, first: int) -> list[sqlite3.Row]:
    select = (
        "SELECT account_detail.*, TQYYMC FROM account_detail LEFT JOIN withdrawal_reason USING (TQYY)"
        " WHERE GRZH = ? AND MXLB = ? ORDER BY JZRQ DESC, YWLSH DESC LIMIT ?"
    )
    return db.execute(select, (PERSON.account, direction, first)).fetchall()


def _balance(row: sqlite3.Row) -> dict[str, str]:
    return {"currentYear": _yuan(row["GRZHDNGJYE"]), "total": _yuan(row["GRZHYE"])}


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
