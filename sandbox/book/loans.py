"""Housing fund loans: plans, billing, collection, arrears, prepayment. Interest is half up, on what is not billed yet:
等额本金 by actual days / 360 between nominal due dates, 等额本息 by twelfths of the year and a broken month by days.
A loan of more than a year takes a new rate on the 1 January after the change; the period that spans it is split."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise

from sandbox.book import rates
from sandbox.book.database import compact, day, serial, setting, today
from sandbox.book.days import add_months, business_day, next_due

EQUAL_INSTALLMENT, EQUAL_PRINCIPAL = "01", "02"
REPAYING, SETTLED, OVERDUE = "2", "3", "5"
DISBURSEMENT, REGULAR, PREPAYMENT, LATE, OUT_OF_THE_FUND, SETTLEMENT = "01", "02", "03", "04", "05", "06"
KEEP_TERM, KEEP_INSTALLMENT, PAYOFF = "01", "02", "03"
DRAW_FOR_REPAYMENTS = "02"
"""YWLX of 偿还公积金贷款提取."""
PENALTY_FACTOR = Decimal("1.5")
RATE_UNIT = rates.LOAN_UNIT
"""Of DKLL."""


@dataclass(frozen=True, slots=True)
class Installment:
    period: int
    due_on: date
    principal: int
    interest: int
    balance: int

    @property
    def amount(self) -> int:
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class Arrears:
    periods: int
    principal: int
    interest: int
    penalty: int


def interest(balance: int, rate: int, days: int) -> int:
    """Fen, half up; `rate` as in DKLL."""
    denominator = 360 * 100 * RATE_UNIT
    return (2 * balance * rate * days + denominator) // (2 * denominator)


def month_interest(balance: int, rate: int) -> int:
    """A twelfth of a year's, half up."""
    denominator = 12 * 100 * RATE_UNIT
    return (2 * balance * rate + denominator) // (2 * denominator)


def annuity(balance: int, rate: int, periods: int) -> int:
    """等额本息: P r (1+r)^n / ((1+r)^n - 1) with a twelfth of the yearly rate, half up to the fen."""
    with localcontext() as context:
        context.prec = 40
        monthly = Decimal(rate) / RATE_UNIT / 1200
        growth = (1 + monthly) ** periods
        return int((balance * monthly * growth / (growth - 1)).quantize(Decimal(1), ROUND_HALF_UP))


def equal_principal(balance: int, periods: int) -> int:
    return (2 * balance + periods) // (2 * periods)


def rate_on(loan: sqlite3.Row, on: date) -> int:
    """As on the last 1 January, or at the disbursement since when there was none."""
    if not loan["FWTS"]:
        return int(loan["DKLL"])
    return rates.loan_rate(loan["FWTS"], loan["LLLX"], max(day(loan["DKFFRQ"]), date(on.year, 1, 1)))


def accrued(
    loan: sqlite3.Row, balance: int, since: date, until: date, known: date, factor: Decimal = Decimal(1)
) -> int:
    """Interest by days, each stretch between two New Years at its own rate, of which no later than `known` counts."""
    rate_days = sum(rate * days for rate, days in _stretches(loan, since, until, known))
    return interest(balance, int(rate_days * factor), 1)


def _stretches(loan: sqlite3.Row, since: date, until: date, known: date) -> list[tuple[int, int]]:
    """Rate, and for how many days."""
    years = (date(year, 1, 1) for year in range(since.year + 1, until.year + 1))
    days = [since, *(on for on in years if on < until), until]
    return [(rate_on(loan, min(begin, known)), (end - begin).days) for begin, end in pairwise(days)]


def disburse(db: sqlite3.Connection, loan: Mapping[str, object]) -> None:
    """`loan` holds the columns of the table that are fixed at the start; the installment is computed here."""
    amount, rate, periods = (int(str(loan[name])) for name in ("DKFFE", "DKLL", "DKQS"))
    row = dict(loan) | {
        "DKYE": amount,
        "DQQC": 0,
        "DKZT": REPAYING,
        "SCHKRQ": loan["DKFFRQ"],
        "BQBJ": equal_principal(amount, periods),
        "YHKE": annuity(amount, rate, periods),
        "YDDQRQ": compact(add_months(day(str(loan["DKFFRQ"])), periods, int(str(loan["YDHKR"])))),
    }
    names = ", ".join(row)
    db.execute(f"INSERT INTO loan ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))  # noqa: S608
    on = day(str(loan["DKFFRQ"]))
    _write(db, get(db, str(loan["DKZH"])), on, None, DISBURSEMENT, (0, 0, 0), period=None, amount=amount)


def find(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT * FROM loan WHERE DKZH = ?", (number,)).fetchone()
    return row


def get(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    """A loan that must be there."""
    row: sqlite3.Row = db.execute("SELECT * FROM loan WHERE DKZH = ?", (number,)).fetchone()
    return row


def outstanding(db: sqlite3.Connection, loan: sqlite3.Row) -> int:
    """Principal that is not billed yet."""
    billed = db.execute("SELECT coalesce(sum(BJJE), 0) FROM due WHERE DKZH = ?", (loan["DKZH"],)).fetchone()[0]
    return int(loan["DKYE"] - billed)


def plan(db: sqlite3.Connection, loan: sqlite3.Row) -> list[Installment]:
    """The periods still to be billed."""
    return list(_unbilled(db, loan, today(db)))


def following(db: sqlite3.Connection, loan: sqlite3.Row, known: date | None = None) -> Installment | None:
    """The first of them; does not compute the others."""
    return next(_unbilled(db, loan, known or today(db)), None)


def _unbilled(db: sqlite3.Connection, loan: sqlite3.Row, known: date) -> Iterator[Installment]:
    if loan["DKZT"] != SETTLED:
        yield from _plan(loan, outstanding(db, loan), int(loan["DKQS"]), known)


def _plan(loan: sqlite3.Row, balance: int, last: int, known: date) -> Iterator[Installment]:
    since = day(loan["SCHKRQ"])
    for period in range(loan["DQQC"] + 1, last + 1):
        due_on = next_due(since, int(loan["YDHKR"]))
        charge = _charge(loan, balance, since, due_on, known)
        principal = balance if period == last else min(balance, _principal(loan, balance, since, charge))
        balance -= principal
        yield Installment(period, due_on, principal, charge, balance)
        since = due_on


def _charge(loan: sqlite3.Row, balance: int, since: date, due_on: date, known: date) -> int:
    is_whole = since == add_months(due_on, -1, int(loan["YDHKR"]))
    one_rate = len({rate for rate, _ in _stretches(loan, since, due_on, known)}) == 1
    if is_whole and one_rate and loan["DKHKFS"] == EQUAL_INSTALLMENT:
        return month_interest(balance, loan["DKLL"])
    return accrued(loan, balance, since, due_on, known)


def _principal(loan: sqlite3.Row, balance: int, since: date, charge: int) -> int:
    """等额本息: what a whole month would leave of the payment, in a broken one too. Where a prepayment kept it, its
    month pays as much as the others."""
    if loan["DKHKFS"] == EQUAL_PRINCIPAL:
        return int(loan["BQBJ"])
    in_full = loan["SCTQHKFS"] == KEEP_INSTALLMENT and loan["SCTQHKRQ"] == compact(since)
    return max(0, int(loan["YHKE"]) - (charge if in_full else month_interest(balance, loan["DKLL"])))


def bill(db: sqlite3.Connection, loan: sqlite3.Row, coming: Installment) -> None:
    """Writes an installment as due; collected on the next working day, or never where the debit fails."""
    collected = compact(business_day(db, coming.due_on)) if loan["SFKK"] == "1" else None
    db.execute(
        "INSERT INTO due VALUES (?, ?, ?, ?, ?, ?)",
        (
            loan["DKZH"],
            coming.period,
            compact(coming.due_on),
            collected,
            coming.principal,
            coming.interest,
        ),
    )
    status = REPAYING if collected else OVERDUE
    db.execute(
        "UPDATE loan SET DQQC = ?, SCHKRQ = ?, DKZT = ? WHERE DKZH = ?",
        (coming.period, compact(coming.due_on), status, loan["DKZH"]),
    )


def collect(db: sqlite3.Connection, due: sqlite3.Row, on: date) -> None:
    """Posts a due installment and takes it from the balance."""
    db.execute("DELETE FROM due WHERE DKZH = ? AND HKQC = ?", (due["DKZH"], due["HKQC"]))
    amounts = (due["BJJE"], due["LXJE"], 0)
    _write(db, get(db, due["DKZH"]), on, day(due["HKRQ"]), REGULAR, amounts, period=due["HKQC"])


def run(db: sqlite3.Connection, number: str, until: date) -> None:
    """Everything that falls due or is collected up to a day, in order of time."""
    while True:
        due = db.execute("SELECT * FROM due WHERE DKZH = ? AND JZRQ <= ? ORDER BY JZRQ", (number, compact(until)))
        if (row := due.fetchone()) is not None:
            collect(db, row, day(row["JZRQ"]))
            continue
        loan = get(db, number)
        due_on = next_due(day(loan["SCHKRQ"]), int(loan["YDHKR"]))
        if _reprice(db, loan, min(due_on, until)):
            continue
        coming = following(db, loan, until) if due_on <= until else None
        if coming is None:
            return
        bill(db, loan, coming)


def _reprice(db: sqlite3.Connection, loan: sqlite3.Row, on: date) -> bool:
    """Takes the rate of a day, if it is another, and cuts the payment of 等额本息 anew for what is left."""
    rate, left = rate_on(loan, on), loan["DKQS"] - loan["DQQC"]
    if rate == loan["DKLL"] or loan["DKZT"] == SETTLED or not left:
        return False
    payment = annuity(outstanding(db, loan), rate, left)
    db.execute("UPDATE loan SET DKLL = ?, YHKE = ? WHERE DKZH = ?", (rate, payment, loan["DKZH"]))
    return True


def prepay(db: sqlite3.Connection, number: str, on: date, amount: int, mode: str) -> int:
    """Takes `amount` of principal ahead of time with the interest up to the day, and cuts the plan anew.

    `mode` is KEEP_TERM, KEEP_INSTALLMENT or PAYOFF; for the last, `amount` is ignored. Gives what was paid in all; the
    fee has no row of the loan's, whose balance it does not touch.
    """
    loan = get(db, number)
    open_principal = outstanding(db, loan)
    principal = open_principal if mode == PAYOFF else amount
    if not 0 < principal <= open_principal:
        raise ValueError("提前还款金额不符")
    charge = prepayment_interest(db, loan, principal, on)
    kind = SETTLEMENT if mode == PAYOFF else PREPAYMENT
    _write(db, loan, on, None, kind, (principal, charge, 0), period=None)
    billed = loan["SCHKRQ"] if _part_only(db) else compact(on)
    db.execute(
        "UPDATE loan SET SCHKRQ = ?, SCTQHKRQ = ?, SCTQHKFS = ? WHERE DKZH = ?",
        (billed, compact(on), mode, number),
    )
    if mode != PAYOFF:
        _recut(db, number, mode, on)
    return principal + charge + prepayment_fee(db, loan, principal, on)


def prepayment_interest(db: sqlite3.Connection, loan: sqlite3.Row, principal: int, on: date) -> int:
    """What a day's prepayment collects: on the whole balance since the last due date, or on the part alone."""
    base = principal if _part_only(db) else outstanding(db, loan)
    return accrued(loan, base, day(loan["SCHKRQ"]), on, on)


def prepayment_fee(db: sqlite3.Connection, loan: sqlite3.Row, principal: int, on: date) -> int:
    """手续费, half up to the fen; nothing once the loan is old enough."""
    months, per_cent = int(setting(db, "TQHKSXFYS") or 0), setting(db, "TQHKSXF")
    if per_cent is None or (months and on >= add_months(day(loan["DKFFRQ"]), months)):
        return 0
    return int((principal * Decimal(per_cent) / 100).quantize(Decimal(1), ROUND_HALF_UP))


def _part_only(db: sqlite3.Connection) -> bool:
    return setting(db, "TQHKJX") == "02"


def _recut(db: sqlite3.Connection, number: str, mode: str, on: date) -> None:
    loan = get(db, number)
    balance, left = outstanding(db, loan), loan["DKQS"] - loan["DQQC"]
    if mode == KEEP_TERM:
        values = (equal_principal(balance, left), annuity(balance, loan["DKLL"], left))
        db.execute("UPDATE loan SET BQBJ = ?, YHKE = ? WHERE DKZH = ?", (*values, number))
        return
    shorter = next(each for each in _plan(loan, balance, loan["DKQS"], on) if each.balance == 0)
    db.execute("UPDATE loan SET DKQS = ?, YDDQRQ = ? WHERE DKZH = ?", (shorter.period, compact(shorter.due_on), number))


def arrears(db: sqlite3.Connection, loan: sqlite3.Row, on: date) -> Arrears | None:
    """What could not be collected, with penalty interest up to a day; null without any."""
    rows = db.execute("SELECT * FROM due WHERE DKZH = ? AND JZRQ IS NULL", (loan["DKZH"],)).fetchall()
    if not rows:
        return None
    penalty = sum(accrued(loan, row["BJJE"], day(row["HKRQ"]), on, on, PENALTY_FACTOR) for row in rows)
    return Arrears(len(rows), sum(row["BJJE"] for row in rows), sum(row["LXJE"] for row in rows), penalty)


def reverse(db: sqlite3.Connection, number: str, on: date) -> None:
    """红冲: an opposite row with minuses; neither of the two counts any more. What was owed is owed again."""
    row = db.execute("SELECT * FROM loan_detail WHERE YWLSH = ?", (number,)).fetchone()
    loan = get(db, row["DKZH"])
    if row["DKYWMXLX"] == DISBURSEMENT or loan["DKZT"] == SETTLED:
        raise ValueError("已结清贷款和放款记录不能冲账")
    due_on = day(row["YWFSRQ"]) if row["YWFSRQ"] else None
    parts = -row["BJJE"], -row["LXJE"], -row["FXJE"]
    _write(db, loan, on, due_on, row["DKYWMXLX"], parts, period=row["DQQC"], reverses=number)
    db.execute("UPDATE loan_detail SET CZBZ = '02' WHERE YWLSH = ?", (number,))


def unposted(db: sqlite3.Connection, number: str) -> int:
    """Installments that are billed and wait for the day they are collected."""
    return int(db.execute("SELECT count(*) FROM due WHERE DKZH = ? AND JZRQ IS NOT NULL", (number,)).fetchone()[0])


def prepayments(db: sqlite3.Connection, number: str, on: date) -> dict[str, int]:
    """BNTQHKCS and LJTQHKCS: parts that were repaid early in a day's calendar year, and in all."""
    select = "SELECT JZRQ FROM loan_detail WHERE DKZH = ? AND DKYWMXLX = ? AND CZBZ = '01'"
    rows = db.execute(select, (number, PREPAYMENT)).fetchall()
    return {"BNTQHKCS": sum(day(row["JZRQ"]).year == on.year for row in rows), "LJTQHKCS": len(rows)}


def repaid_in_12_months(db: sqlite3.Connection, borrower: str, on: date) -> int:
    """Principal and interest of all a borrower's loans that were paid out of pocket in the twelve months up to a day,
    early repayments too, and not drawn for yet: nothing out of the fund, no settlement, nothing up to the last draw,
    nothing that was taken back."""
    (drawn,) = db.execute(
        "SELECT max(coalesce(SLRQ, JZRQ)) FROM account_detail"
        " WHERE GRZH = ? AND MXLB = '02' AND CZBZ = '01' AND YWLX = ?",
        (borrower, DRAW_FOR_REPAYMENTS),
    ).fetchone()
    since = max(compact(add_months(on, -12)), drawn or "")
    return int(
        db.execute(
            "SELECT coalesce(sum(loan_detail.BJJE + LXJE), 0) FROM loan_detail JOIN loan USING (DKZH) "
            "WHERE JKRGJJZH = ? AND DKYWMXLX NOT IN (?, ?, ?) AND CZBZ = '01' AND JZRQ > ? AND JZRQ <= ?",
            (borrower, DISBURSEMENT, OUT_OF_THE_FUND, SETTLEMENT, since, compact(on)),
        ).fetchone()[0]
    )


def _write(
    db: sqlite3.Connection,
    loan: sqlite3.Row,
    on: date,
    due_on: date | None,
    kind: str,
    parts: tuple[int, int, int],
    *,
    period: int | None,
    amount: int | None = None,
    reverses: str | None = None,
) -> str:
    """A row, and the balance after it; gives its serial. A disbursement's amount is all there is: it repays nothing."""
    principal, charge, penalty = parts
    balance, number = loan["DKYE"] - principal, serial(db, "DK")
    db.execute(
        "INSERT INTO loan_detail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            loan["DKZH"],
            compact(on),
            compact(due_on) if due_on else None,
            kind,
            amount if amount is not None else sum(parts),
            principal,
            charge,
            penalty,
            period,
            loan["DKQS"],
            balance,
            "02" if reverses else "01",
            reverses,
        ),
    )
    db.execute("UPDATE loan SET DKYE = ? WHERE DKZH = ?", (balance, loan["DKZH"]))
    if balance == 0:
        db.execute("UPDATE loan SET DKZT = ?, DKJQRQ = ? WHERE DKZH = ?", (SETTLED, compact(on), loan["DKZH"]))
    return number
