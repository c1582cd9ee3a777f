"""From rows of the book to elements: fen to yuan, paging, and columns in the XSD's order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.soap.contract import Outcome


def yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen).scaleb(-2)


def percent(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths).scaleb(-2)


def rate(ten_millionths: int) -> Decimal:
    return Decimal(ten_millionths).scaleb(-7)


def texts(row: sqlite3.Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def amounts(row: sqlite3.Row, *names: str) -> dict[str, Any]:
    return {name: yuan(row[name]) for name in names}


def page(
    db: sqlite3.Connection,
    select: str,
    parameters: Sequence[Any],
    asked: Mapping[str, str],
    *,
    dated_by: str | None,
    order: str,
    name: str,
    element: Callable[[sqlite3.Row], Mapping[str, Any]],
) -> dict[str, Any]:
    """The contract's PageReply for `select … WHERE …`. `dated_by` is the column that KSRQ and JSRQ bound; every SQL
    text comes from our own code, every value is a parameter."""
    values = list(parameters)
    for bound, comparison in (("KSRQ", ">="), ("JSRQ", "<=")):
        if dated_by and asked.get(bound):
            select += f" AND {dated_by} {comparison} ?"
            values.append(asked[bound].replace("-", ""))
    number, size = int(asked["YM"]), int(asked["YHS"])
    (total,) = db.execute(f"SELECT count(*) FROM ({select})", values).fetchone()  # noqa: S608
    rows = db.execute(f"{select} ORDER BY {order} LIMIT ? OFFSET ?", [*values, size, (number - 1) * size])
    return {"ZHS": total, "YM": number, "YHS": size, name: [element(row) for row in rows]}


def refused(code: str, text: str) -> Outcome:
    return Outcome(code=code, text=text)
