"""Fund accounts: contributions, withdrawals, interest. Withdrawals draw on the carried-forward part first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.book import rates
from sandbox.book.database import compact, day, serial
from sandbox.book.days import add_months

PAID_IN, DRAWN = "01", "02"
REMITTANCE, TRANSFER_IN, INTEREST, PARTIAL, CLOSING = "01", "08", "09", "11", "12"
NORMAL, SEALED, FROZEN, CLOSED_BY_MERGER, CLOSED_BY_WITHDRAWAL = "01", "02", "06", "03", "05"


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting; the two parts carry signs."""

    direction: str
    kind: str
    current_year: int
    carried_forward: int
    interest: int | None = None
    month: str | None = None
    reason: str | None = None
    mode: str | None = None
    summary: str | None = None
    application_kind: str | None = None
    handed_in: str | None = None


def post(db: sqlite3.Connection, account: str, on: date, movement: Movement) -> str:
    """Moves the balance and writes the row; gives the row's serial. SQLite's checks refuse a negative part."""
    row = db.execute(
        "UPDATE account SET GRZHDNGJYE = GRZHDNGJYE + ?, GRZHSNJZYE = GRZHSNJZYE + ?, GRZHYE = GRZHYE + ? "
        "WHERE GRZH = ? RETURNING GRZHDNGJYE, GRZHSNJZYE, GRZHYE",
        (
            movement.current_year,
            movement.carried_forward,
            movement.current_year + movement.carried_forward,
            account,
        ),
    ).fetchone()
    number = serial(db, "MX")
    db.execute(
        "INSERT INTO account_detail (YWLSH, GRZH, MXLB, JZRQ, GJHTQYWLX, FSE, DNGJFSE, SNJZFSE, FSLXE, HBJNY, TQYY,"
        " TQFS, ZHAIYAO, YWLX, SLRQ, GRZHDNGJYE, GRZHSNJZYE, GRZHYE)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            account,
            movement.direction,
            compact(on),
            movement.kind,
            abs(movement.current_year + movement.carried_forward),
            abs(movement.current_year),
            abs(movement.carried_forward),
            movement.interest,
            movement.month,
            movement.reason,
            movement.mode,
            movement.summary,
            movement.application_kind,
            movement.handed_in,
            *row,
        ),
    )
    return number


def contribute(db: sqlite3.Connection, account: str, on: date, month: str, amount: int) -> str:
    """汇缴 of one month, into the current-year part."""
    movement = Movement(PAID_IN, REMITTANCE, amount, 0, month=month, summary=f"汇缴{month}公积金")
    db.execute("UPDATE account SET JZNY = ? WHERE GRZH = ?", (month, account))
    return post(db, account, on, movement)


def transfer_in(db: sqlite3.Connection, account: str, on: date, amount: int) -> str:
    return post(db, account, on, Movement(PAID_IN, TRANSFER_IN, 0, amount, summary="外部转入"))


def withdraw(
    db: sqlite3.Connection,
    account: str,
    on: date,
    amount: int,
    reason: str,
    summary: str,
    application_kind: str | None = None,
    handed_in: str | None = None,
) -> str:
    """A partial withdrawal; raises ValueError when what is usable of the balance does not cover it."""
    carried, current = _parts(db, account)
    if not 0 < amount <= carried + current - frozen(db, account):
        raise ValueError("可用余额不足")
    from_carried = min(amount, carried)
    movement = Movement(
        DRAWN,
        PARTIAL,
        -(amount - from_carried),
        -from_carried,
        reason=reason,
        mode="02",
        summary=summary,
        application_kind=application_kind,
        handed_in=handed_in,
    )
    db.execute("UPDATE account SET SCTQRQ = ? WHERE GRZH = ?", (compact(on), account))
    return post(db, account, on, movement)


def close(
    db: sqlite3.Connection, account: str, on: date, reason: str, summary: str, application_kind: str | None = None
) -> int:
    """Pays out balance and interest and closes the account; gives the interest. Raises ValueError where a part is
    frozen."""
    if frozen(db, account):
        raise ValueError("账户有冻结金额")
    interest = accrued_interest(db, account, on)
    carried, current = _parts(db, account)
    movement = Movement(
        DRAWN,
        CLOSING,
        -current,
        -carried,
        interest=interest,
        reason=reason,
        mode="02",
        summary=summary,
        application_kind=application_kind,
    )
    post(db, account, on, movement)
    db.execute(
        "UPDATE account SET GRZHZT = ?, XHRQ = ?, XHYY = ?, SCTQRQ = ?, HJR = NULL WHERE GRZH = ?",
        (CLOSED_BY_WITHDRAWAL, compact(on), reason, compact(on), account),
    )
    return interest


def frozen(db: sqlite3.Connection, account: str) -> int:
    return int(db.execute("SELECT DJJE FROM account WHERE GRZH = ?", (account,)).fetchone()[0])


def freeze(db: sqlite3.Connection, account: str, amount: int) -> None:
    """As a court has it, instead of what was frozen before; 0 releases it. Raises ValueError beyond the balance."""
    if not 0 <= amount <= sum(_parts(db, account)):
        raise ValueError("冻结金额超过账户余额")
    db.execute("UPDATE account SET DJJE = ? WHERE GRZH = ?", (amount, account))


def set_status(db: sqlite3.Connection, account: str, on: date, status: str) -> None:
    """As a counter does it, with the day, which an account that is sealed already keeps. Its ledger stays as it is."""
    db.execute(
        "UPDATE account SET GRZHZT = :status,"
        " FCRQ = CASE WHEN :status = :normal THEN NULL WHEN :status = :sealed AND trim(GRZHZT) <> :sealed THEN :on"
        " ELSE FCRQ END,"
        " XHRQ = CASE WHEN :status = :closed THEN coalesce(XHRQ, :on) END"
        " WHERE GRZH = :account",
        {
            "account": account,
            "status": status,
            "on": compact(on),
            "normal": NORMAL,
            "sealed": SEALED,
            "closed": CLOSED_BY_WITHDRAWAL,
        },
    )


def merge(db: sqlite3.Connection, account: str, into: str, on: date) -> None:
    """合并: the person of an account has the other one from now on, whose own person is gone. Both ledgers stay."""
    db.execute(
        "UPDATE person SET (XINGMING, SJHM, ZJLX, ZJHM, XINGBIE) ="
        " (SELECT XINGMING, SJHM, ZJLX, ZJHM, XINGBIE FROM person WHERE GRZH = ?) WHERE GRZH = ?",
        (account, into),
    )
    db.execute("UPDATE account SET GRZHZT = ?, XHRQ = ? WHERE GRZH = ?", (CLOSED_BY_MERGER, compact(on), account))


def settle_year(db: sqlite3.Connection, account: str, on: date) -> None:
    """年终结息 on 30 June, which still earns: interest is posted, and the current year becomes carried forward. What is
    posted later that day belongs to the new year."""
    interest = accrued_interest(db, account, on + timedelta(days=1))
    _, current = _parts(db, account)
    movement = Movement(PAID_IN, INTEREST, 0, interest, summary=f"{on.year}年度结息")
    number = post(db, account, on, movement)
    for table, key in (("account", account), ("account_detail", number)):
        column = "GRZH" if table == "account" else "YWLSH"
        db.execute(
            f"UPDATE {table} SET GRZHSNJZYE = GRZHSNJZYE + ?, GRZHDNGJYE = 0 WHERE {column} = ?",  # noqa: S608
            (current, key),
        )


def reverse(db: sqlite3.Connection, number: str, on: date) -> None:
    """冲账: an opposite row; neither of the two stands any more."""
    row = db.execute("SELECT * FROM account_detail WHERE YWLSH = ?", (number,)).fetchone()
    sign = -1 if row["MXLB"] == PAID_IN else 1
    parts = sign * row["DNGJFSE"], sign * row["SNJZFSE"]
    opposite = Movement(row["MXLB"], row["GJHTQYWLX"], *parts, row["FSLXE"], row["HBJNY"], summary="冲账")
    _cancel(db, row, on, opposite)


def _cancel(db: sqlite3.Connection, row: sqlite3.Row, on: date, opposite: Movement) -> None:
    counter = post(db, row["GRZH"], on, opposite)
    db.execute("UPDATE account_detail SET CZBZ = '02' WHERE YWLSH IN (?, ?)", (row["YWLSH"], counter))
    db.execute("UPDATE account_detail SET BCYWLSH = ? WHERE YWLSH = ?", (row["YWLSH"], counter))


def take_back(db: sqlite3.Connection, account: str, application_kind: str, on: date) -> None:
    """The last withdrawal of a kind, which the bank sent back. An account that it closed is sealed again. What the year
    has carried forward meanwhile comes back into that part."""
    row = db.execute(
        "SELECT * FROM account_detail WHERE GRZH = ? AND MXLB = ? AND CZBZ = '01' AND YWLX = ?"
        " ORDER BY JZRQ DESC, YWLSH DESC LIMIT 1",
        (account, DRAWN, application_kind),
    ).fetchone()
    if row is None:
        raise ValueError("没有可退回的提取")
    current, carried = row["DNGJFSE"], row["SNJZFSE"]
    if _settled_after(db, row):
        current, carried = 0, current + carried
    _cancel(db, row, on, Movement(DRAWN, row["GJHTQYWLX"], current, carried, row["FSLXE"], summary="付款退回冲账"))
    db.execute("UPDATE account SET SCTQRQ = ? WHERE GRZH = ?", (last_drawn(db, account), account))
    if row["GJHTQYWLX"] == CLOSING:
        db.execute("UPDATE account SET GRZHZT = ?, XHRQ = NULL, XHYY = NULL WHERE GRZH = ?", (SEALED, account))


def _settled_after(db: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Whether a row's year has been settled since it was posted."""
    select = "SELECT 1 FROM account_detail WHERE GRZH = ? AND MXLB = ? AND trim(GJHTQYWLX) = ? AND YWLSH > ?"
    return db.execute(select, (row["GRZH"], PAID_IN, INTEREST, row["YWLSH"])).fetchone() is not None


def last_drawn(db: sqlite3.Connection, account: str, kinds: Sequence[str] = ()) -> str | None:
    """Day of the last withdrawal that stands, of some kinds or of any."""
    rows = db.execute(
        "SELECT YWLX, max(JZRQ) FROM account_detail WHERE GRZH = ? AND MXLB = ? AND CZBZ = '01' GROUP BY YWLX",
        (account, DRAWN),
    )
    return max((last for kind, last in rows if not kinds or kind in kinds), default=None)


def accrued_interest(db: sqlite3.Connection, account: str, on: date) -> int:
    """Interest from the last settlement up to, and not including, a day: daily balances x the day's rates / 360, half
    up. What a closing withdrawal paid is paid."""
    total = 0
    for since, until, carried, current in _spans(db, account, _earning_since(db, account), on):
        for begin, end, rate in rates.deposit_rates(since, until) if carried or current else ():
            total += (carried * rate.carried_forward + current * rate.current_year) * (end - begin).days
    denominator = 360 * 100 * rates.DEPOSIT_UNIT
    return (2 * total + denominator) // (2 * denominator)


def _spans(db: sqlite3.Connection, account: str, start: date, end: date) -> Iterator[tuple[date, date, int, int]]:
    """Stretches of days with one balance: from, to (excluded), carried forward, current year."""
    select = "SELECT JZRQ, GRZHSNJZYE, GRZHDNGJYE FROM account_detail WHERE GRZH = ? AND JZRQ "
    before = db.execute(select + "< ? ORDER BY JZRQ DESC, YWLSH DESC LIMIT 1", (account, compact(start))).fetchone()
    carried, current = (before[1], before[2]) if before else (0, 0)
    since = start
    rows = db.execute(
        select + ">= ? AND JZRQ < ? ORDER BY JZRQ, YWLSH", (account, compact(start), compact(end))
    ).fetchall()
    for posted, carried_after, current_after in rows:
        if day(posted) > since:
            yield since, day(posted), carried, current
            since = day(posted)
        carried, current = carried_after, current_after
    if end > since:
        yield since, end, carried, current


def _earning_since(db: sqlite3.Connection, account: str) -> date:
    """The first day whose interest nobody has paid yet."""
    settled, closed = _settled_on(db, account), _closed_on(db, account)
    return max(settled + timedelta(days=1) if settled else date.min, closed or date.min)


def _settled_on(db: sqlite3.Connection, account: str) -> date | None:
    return _last(db, account, PAID_IN, INTEREST)


def _closed_on(db: sqlite3.Connection, account: str) -> date | None:
    return _last(db, account, DRAWN, CLOSING)


def _last(db: sqlite3.Connection, account: str, direction: str, kind: str) -> date | None:
    """Day of the last posting of a kind that stands; a dirty book pads the kind with blanks."""
    row = db.execute(
        "SELECT JZRQ FROM account_detail WHERE GRZH = ? AND MXLB = ? AND trim(GJHTQYWLX) = ? AND CZBZ = '01'"
        " ORDER BY JZRQ DESC LIMIT 1",
        (account, direction, kind),
    ).fetchone()
    return day(row["JZRQ"]) if row else None


def _parts(db: sqlite3.Connection, account: str) -> tuple[int, int]:
    carried, current = db.execute("SELECT GRZHSNJZYE, GRZHDNGJYE FROM account WHERE GRZH = ?", (account,)).fetchone()
    return carried, current


def months_in_a_row(db: sqlite3.Connection, account: str, on: date) -> int:
    """连续缴存月数: without a gap up to this month or, where that is not paid yet, the last one."""
    rows = db.execute(
        "SELECT DISTINCT HBJNY FROM account_detail WHERE GRZH = ? AND MXLB = ? AND CZBZ = '01' AND HBJNY IS NOT NULL",
        (account, PAID_IN),
    )
    paid, month, count = {row[0] for row in rows}, on, 0
    if f"{month:%Y%m}" not in paid:
        month = add_months(month, -1, 1)
    while f"{month:%Y%m}" in paid:
        month, count = add_months(month, -1, 1), count + 1
    return count
