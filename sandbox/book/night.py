"""What a core does between two business days: employers pay in, installments fall due and are collected, the year is
settled on 30 June."""

from __future__ import annotations

import sqlite3
from calendar import monthrange
from datetime import date, timedelta

from sandbox.book import deposits, loans
from sandbox.book.database import compact, day, set_today, today
from sandbox.book.days import add_months, month_after


def advance(db: sqlite3.Connection, to: date) -> None:
    """Moves the business date on, day by day. Raises ValueError for a day before it: a bank does not go back."""
    on = today(db)
    if to < on:
        raise ValueError(f"the business date is {on} and does not go back")
    while on < to:
        on += timedelta(days=1)
        _pay_in(db, on)
        _run_loans(db, on)
        if (on.month, on.day) == (6, 30):
            _settle_year(db, on)
        set_today(db, on)


def _pay_in(db: sqlite3.Connection, on: date) -> None:
    """Employers whose day it is pay the month after the last one paid, if that has begun."""
    last = monthrange(on.year, on.month)[1]
    rows = db.execute(
        "SELECT GRZH, KHRQ, JZNY, HJR, DWYJCE + GRYJCE AS amount FROM account"
        " WHERE min(HJR, ?) = ? AND trim(GRZHZT) = ?",
        (last, on.day, deposits.NORMAL),
    ).fetchall()
    for row in rows:
        month = _month_to_pay(row)
        if month <= compact(on)[:6]:
            deposits.contribute(db, row["GRZH"], on, month, row["amount"])


def _month_to_pay(account: sqlite3.Row) -> str:
    """The month after the last one paid; for who never paid, the month of the opening unless its day had passed."""
    if account["JZNY"]:
        return month_after(account["JZNY"])
    opened = day(account["KHRQ"])
    month = compact(opened)[:6]
    return month if opened <= add_months(opened, 0, account["HJR"]) else month_after(month)


def _run_loans(db: sqlite3.Connection, on: date) -> None:
    for (number,) in db.execute("SELECT DKZH FROM loan WHERE DKZT <> ?", (loans.SETTLED,)).fetchall():
        loans.run(db, number, on)


def _settle_year(db: sqlite3.Connection, on: date) -> None:
    for (account,) in db.execute("SELECT GRZH FROM account WHERE XHRQ IS NULL OR trim(XHRQ) < '19000102'").fetchall():
        deposits.settle_year(db, account, on)
