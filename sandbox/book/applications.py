"""Applications as the core decides them: its own checks, its stages, what completing one does to the ledger. Written
apart from the server's rules, which only advise."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal

from sandbox.book import database, deposits, loans, owners, sharing
from sandbox.book.database import day
from sandbox.book.days import add_months

NEW, ACCEPTED, APPROVED, POSTED, REJECTED, FAILED = "01", "02", "03", "04", "05", "06"
OPEN = (NEW, ACCEPTED, APPROVED)
PREPAYMENT, FUND_LOAN, COMMERCIAL_LOAN, PURCHASE, CONSTRUCTION = "01", "02", "03", "04", "05"
RENT, PROPERTY_FEE, RETIREMENT, UNEMPLOYMENT, DOWN_PAYMENT = "06", "07", "08", "09", "10"
CLOSING = (RETIREMENT, UNEMPLOYMENT)

SUMMARIES: Mapping[str, tuple[str, str]] = {
    FUND_LOAN: ("06", "偿还公积金贷款提取"),
    COMMERCIAL_LOAN: ("06", "偿还商业贷款提取"),
    PURCHASE: ("01", "购房提取"),
    CONSTRUCTION: ("02", "建房提取"),
    RENT: ("07", "租房提取"),
    PROPERTY_FEE: ("81", "物业费提取"),
    RETIREMENT: ("03", "离退休提取"),
    UNEMPLOYMENT: ("82", "失业提取"),
    DOWN_PAYMENT: ("83", "购房首付提取"),
}
"""Reason (TQYY) and text of the row that each kind posts."""

MINIMUM_PREPAYMENT = 1_000_000
SEALED_MONTHS = 6
HOMES_NEEDED_SINCE = date(2026, 9, 20)
"""自住住房物业费, by the law that came into force then."""
HOUSEHOLD = "SELECT DISTINCT other.GRZH FROM home JOIN home AS other USING (LB, HTBH) WHERE home.GRZH = ?"
RENT_A_YEAR, PROPERTY_FEE_A_YEAR = 1_200_000, 150_000


class Refused(Exception):
    """A return code of the contract and the core's own words for it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Submission:
    """One application as it came in; `JE` and `YHZE` are in fen."""

    SQLSH: str
    GRZH: str
    YWLX: str
    JE: int
    DKZH: str | None
    TQHKFS: str | None
    HTBH: str | None
    YDWMC: str | None
    ZSHM: str | None
    PZRQ: str | None
    QDBH: str
    YHZE: int | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Submission:
        optional = {name: asked.get(name) or None for name in ("DKZH", "TQHKFS", "HTBH", "YDWMC", "ZSHM", "PZRQ")}
        return cls(
            SQLSH=asked["SQLSH"],
            GRZH=asked["GRZH"],
            YWLX=asked["YWLX"],
            JE=_fen(asked["JE"]),
            YHZE=_fen(asked["YHZE"]) if asked.get("YHZE") else None,
            QDBH=asked.get("QDBH", ""),
            **optional,
        )


def _fen(yuan: str) -> int:
    return int(Decimal(yuan).scaleb(2))


def submit(db: sqlite3.Connection, asked: Submission) -> sqlite3.Row:
    """The application's row, new or as it was accepted before under the same serial. Raises Refused."""
    known = _get(db, asked.SQLSH)
    if known is not None:
        if any(known[name] != value for name, value in asdict(asked).items() if name != "QDBH"):
            raise Refused("2013", "申请流水号已用于其他内容的申请")
        return known
    _check(db, asked)
    row = {
        **asdict(asked),
        "SLBH": database.serial(db, "SL"),
        "ZT": ACCEPTED,
        "SLSJ": database.wall_clock(db).isoformat(timespec="seconds"),
    }
    names = ", ".join(row)
    db.execute(
        f"INSERT INTO application ({names}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 (names of our own)
        list(row.values()),
    )
    _stage(db, asked.SQLSH, ACCEPTED, "已受理")
    return _required(db, asked.SQLSH)


def decide(db: sqlite3.Connection, serial: str, status: str, reason: str | None) -> None:
    """Moves an application on: APPROVED, POSTED (which moves the money), REJECTED, or FAILED: the bank did not pay what
    was approved, or sent back what was posted. Raises Refused when it is final, unknown, or can no longer be done."""
    row = _required(db, serial)
    if status == FAILED:
        _fail(db, row)
    elif row["ZT"] not in OPEN:
        raise Refused("2099", "该申请已办结")
    elif status == POSTED:
        _complete(db, row)
    db.execute("UPDATE application SET ZT = ? WHERE SQLSH = ?", (status, serial))
    _stage(db, serial, status, reason)


def process(db: sqlite3.Connection) -> int:
    """One step for each open application, as the core's timer does; gives how many moved."""
    rows = db.execute("SELECT SQLSH, ZT FROM application WHERE ZT IN (?, ?, ?)", OPEN).fetchall()
    for row in rows:
        step = {NEW: ACCEPTED, ACCEPTED: APPROVED, APPROVED: POSTED}[row["ZT"]]
        try:
            decide(db, row["SQLSH"], step, None)
        except (Refused, ValueError) as error:
            decide(db, row["SQLSH"], FAILED if row["ZT"] == APPROVED else REJECTED, str(error))
    return len(rows)


def _check(db: sqlite3.Connection, asked: Submission) -> None:
    account = db.execute("SELECT * FROM account WHERE GRZH = ?", (asked.GRZH,)).fetchone()
    if account is None:
        raise Refused("1002", "个人账户不存在")
    if asked.YWLX not in CHECKS:
        raise Refused("2099", "业务类型不支持")
    if asked.YWLX != PREPAYMENT:
        _must_be_open(account)
    if db.execute("SELECT 1 FROM application WHERE GRZH = ? AND ZT IN (?, ?, ?)", (asked.GRZH, *OPEN)).fetchone():
        raise Refused("2004", "有在办业务，请办结后再申请")
    if asked.JE <= 0:
        raise Refused("2014", "金额须大于零")
    if asked.YWLX != PREPAYMENT:
        _check_withdrawal(db, asked, account)
    CHECKS[asked.YWLX](db, asked, account)


def _check_withdrawal(db: sqlite3.Connection, asked: Submission, account: sqlite3.Row) -> None:
    """What a loan that is repaid early is free of: its money comes from the loan's own repayment account."""
    if account["XZTQJZRQ"] and database.today(db) <= day(account["XZTQJZRQ"]):
        raise Refused("2016", "限制提取期内")
    if not (account["GRCKZHHM"] or "").strip():
        raise Refused("2012", "未登记个人存款账户")
    if asked.YWLX in CLOSING and account["DJJE"]:
        raise Refused("2017", "账户有冻结金额，不能销户")
    if asked.JE > account["GRZHYE"] - account["DJJE"]:
        raise Refused("2005", "账户可用余额不足")


def _must_be_open(account: sqlite3.Row) -> None:
    status = account["GRZHZT"].strip()
    if status == deposits.FROZEN:
        raise Refused("2001", "个人账户已冻结")
    if status not in (deposits.NORMAL, deposits.SEALED):
        raise Refused("2002", "个人账户已销户")


def _must_be(account: sqlite3.Row, status: str) -> None:
    if account["GRZHZT"].strip() != status:
        raise Refused("2003", "个人账户状态不符合办理条件")


def _check_prepayment(db: sqlite3.Connection, asked: Submission, _: sqlite3.Row) -> None:
    loan = loans.find(db, asked.DKZH or "")
    if loan is None or loan["JKRGJJZH"] != asked.GRZH or loan["DKZT"] == loans.SETTLED:
        raise Refused("2011", "无可提前还款的贷款")
    if not (loan["HKZH"] or "").strip():
        raise Refused("2012", "贷款未登记还款账户")
    if loans.arrears(db, loan, database.today(db)):
        raise Refused("2010", "贷款有逾期")
    if loans.unposted(db, loan["DKZH"]):
        raise Refused("2015", "有待入账的还款")
    if asked.TQHKFS not in (loans.KEEP_TERM, loans.KEEP_INSTALLMENT, loans.PAYOFF):
        raise Refused("2099", "提前还款方式不符")
    if asked.TQHKFS != loans.PAYOFF:
        _check_partial(db, asked, loan)
    elif asked.JE != payoff(db, loan):
        raise Refused("2099", "结清金额不符")
    if asked.YHZE is not None and asked.YHZE != _amount_due(db, loan, asked.JE, asked.TQHKFS):
        raise Refused("2099", "应还总额不符，请重新核对后提交")


def _amount_due(db: sqlite3.Connection, loan: sqlite3.Row, amount: int, mode: str) -> int:
    """What is collected on the business date: the principal, the interest to it and the fee."""
    principal, today = loans.outstanding(db, loan) if mode == loans.PAYOFF else amount, database.today(db)
    interest = loans.prepayment_interest(db, loan, principal, today)
    return principal + interest + loans.prepayment_fee(db, loan, principal, today)


def payoff(db: sqlite3.Connection, loan: sqlite3.Row) -> int:
    """What settles a loan on the business date: principal and the interest since the last due date."""
    principal = loans.outstanding(db, loan)
    return principal + loans.prepayment_interest(db, loan, principal, database.today(db))


def _check_partial(db: sqlite3.Connection, asked: Submission, loan: sqlite3.Row) -> None:
    today = database.today(db)
    if asked.JE < MINIMUM_PREPAYMENT:
        raise Refused("2014", "提前还款金额低于最低限额")
    if asked.JE >= loan["DKYE"]:
        raise Refused("2007", "提前还款金额须小于贷款余额")
    waits = [add_months(day(loan["DKFFRQ"]), 12)]
    if loan["SCTQHKRQ"]:
        waits.append(add_months(day(loan["SCTQHKRQ"]), 3))
    _must_have_come(today, max(waits))


def _must_have_come(today: date, since: date) -> None:
    if today < since:
        raise Refused("2006", f"未到可办理日期{since}")


def _must_have_waited(db: sqlite3.Connection, asked: Submission, months: int) -> None:
    (last,) = db.execute(
        "SELECT max(JZRQ) FROM account_detail WHERE GRZH = ? AND YWLX = ? AND CZBZ = '01'", (asked.GRZH, asked.YWLX)
    ).fetchone()
    if last:
        _must_have_come(database.today(db), add_months(day(last), months))


def _drawn_this_year(db: sqlite3.Connection, asked: Submission) -> int:
    """What was handed in this year; when it was posted does not matter."""
    year = database.today(db).year
    (drawn,) = db.execute(
        "SELECT coalesce(sum(FSE), 0) FROM account_detail"
        " WHERE GRZH = ? AND MXLB = '02' AND CZBZ = '01' AND coalesce(SLRQ, JZRQ) >= ? AND YWLX = ?",
        (asked.GRZH, f"{year}0101", asked.YWLX),
    ).fetchone()
    return int(drawn)


def _cap(asked: Submission, most: int) -> None:
    if asked.JE > most:
        raise Refused("2007", "超过可提取限额")


def _must_owe_nothing_late(db: sqlite3.Connection, account: str) -> None:
    """Alone, as a co-borrower or through the spouse."""
    if any(loans.arrears(db, row, database.today(db)) for row in sharing.open_loans_of(db, account)):
        raise Refused("2010", "贷款有逾期")


def _check_fund_loan(db: sqlite3.Connection, asked: Submission, account: sqlite3.Row) -> None:
    _must_be(account, deposits.NORMAL)
    if not sharing.open_loans_of(db, asked.GRZH):
        raise Refused("2011", "无公积金贷款")
    _must_owe_nothing_late(db, asked.GRZH)
    _must_have_waited(db, asked, 12)
    _cap(asked, min(account["GRZHSNJZYE"], sharing.most(db, asked.GRZH, database.today(db))))


def _check_commercial_loan(db: sqlite3.Connection, asked: Submission, account: sqlite3.Row) -> None:
    _must_be(account, deposits.NORMAL)
    rows = db.execute("SELECT * FROM commercial_loan WHERE GRZH = ? AND DKZT <> '3'", (asked.GRZH,)).fetchall()
    if not rows:
        raise Refused("2011", "未登记商业住房贷款")
    _must_have_waited(db, asked, 12)
    repaid = sum(owners.repaid(db, row, database.today(db)) for row in rows)
    _cap(asked, min(repaid, sum(row["DKYE"] for row in rows)))


def _check_home(db: sqlite3.Connection, asked: Submission, _: sqlite3.Row) -> None:
    kind = "GF" if asked.YWLX == PURCHASE else "JF"
    row = db.execute(
        "SELECT * FROM home WHERE GRZH = ? AND LB = ? AND HTBH = ?", (asked.GRZH, kind, asked.HTBH)
    ).fetchone()
    if row is None:
        raise Refused("2008", "合同未登记")
    if not row["SCGTTQRQ"]:
        raise Refused("2009", "首次提取须到柜台办理")
    _must_have_waited(db, asked, 3)
    _cap(asked, _left_for(db, row))


def _left_for(db: sqlite3.Connection, home: sqlite3.Row, but: str = "") -> int:
    lent = home["DKJE"] if home["LB"] == "GF" else 0
    return int(home["FWZJ"]) - int(lent) - owners.drawn(db, home, but)


def _must_be_left(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """When it is posted: another owner of the home may have drawn at the counter meanwhile."""
    homes = db.execute("SELECT * FROM home WHERE GRZH = ? AND HTBH = ?", (row["GRZH"], row["HTBH"])).fetchall()
    if homes and row["JE"] > max(_left_for(db, home, row["SQLSH"]) for home in homes):
        raise Refused("2007", "该住房的可提取额已被共有人提取")


def _check_rent(db: sqlite3.Connection, asked: Submission, account: sqlite3.Row) -> None:
    _must_be(account, deposits.NORMAL)
    row = db.execute("SELECT * FROM rent WHERE GRZH = ?", (asked.GRZH,)).fetchone()
    if row is None or not row["SCGTTQRQ"]:
        raise Refused("2009", "首次提取须到柜台办理")
    _must_have_waited(db, asked, 3)
    _cap(asked, RENT_A_YEAR - _drawn_this_year(db, asked))


def _check_property_fee(db: sqlite3.Connection, asked: Submission, account: sqlite3.Row) -> None:
    _must_be(account, deposits.NORMAL)
    if database.today(db) >= HOMES_NEEDED_SINCE:
        _check_home_of_household(db, asked)
    if _drawn_this_year(db, asked):
        raise Refused("2007", "本自然年度已提取")
    _cap(asked, PROPERTY_FEE_A_YEAR)


def _check_closing(db: sqlite3.Connection, asked: Submission, account: sqlite3.Row) -> None:
    _must_be(account, deposits.SEALED)
    _must_owe_nothing_late(db, asked.GRZH)
    if asked.YWLX == UNEMPLOYMENT:
        _must_be_sealed_for(db, account, SEALED_MONTHS)
    if not asked.ZSHM or (asked.YWLX == RETIREMENT and not (asked.YDWMC and asked.PZRQ)):
        raise Refused("2099", "证明材料信息不全")
    if asked.PZRQ and day(asked.PZRQ.replace("-", "")) > database.today(db):
        raise Refused("2099", "批准日期不能晚于今天")
    if asked.JE != account["GRZHYE"]:
        raise Refused("2099", "销户提取须为账户全部余额")


def _check_home_of_household(db: sqlite3.Connection, asked: Submission) -> None:
    """A home is registered, and nobody else who registered it draws for it this year."""
    owners = db.execute(HOUSEHOLD, (asked.GRZH,)).fetchall()
    if not owners:
        raise Refused("2008", "未登记自住住房")
    for (owner,) in owners:
        handed_in = db.execute(
            "SELECT 1 FROM application WHERE GRZH = ? AND YWLX = ? AND ZT IN (?, ?, ?)", (owner, asked.YWLX, *OPEN)
        ).fetchone()
        if handed_in or _drawn_this_year(db, replace(asked, GRZH=owner)):
            raise Refused("2007", "该住房本自然年度已提取")


def _must_be_sealed_for(db: sqlite3.Connection, account: sqlite3.Row, months: int) -> None:
    if not account["FCRQ"]:
        raise Refused("2003", "封存日期未登记")
    _must_have_come(database.today(db), add_months(day(account["FCRQ"]), months))


def _check_down_payment(db: sqlite3.Connection, asked: Submission, account: sqlite3.Row) -> None:
    _must_be(account, deposits.NORMAL)
    home = _home_for_down_payment(db, asked.GRZH)
    owed = db.execute("SELECT 1 FROM commercial_loan WHERE GRZH = ? AND DKYE > 0", (asked.GRZH,)).fetchone()
    if home is None or not (owed or sharing.open_loans_of(db, asked.GRZH)):
        raise Refused("2011", "无住房贷款或未登记购房")
    if owners.drawn_for_down_payment(db, home):
        raise Refused("2007", "该住房首付款已提取")
    _cap(asked, home["GFSFK"] - owners.drawn(db, home))


def _home_for_down_payment(db: sqlite3.Connection, account: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM home WHERE GRZH = ? AND LB = 'GF' AND GFSFK IS NOT NULL ORDER BY SCGTTQRQ DESC", (account,)
    ).fetchone()
    return row


CHECKS: Mapping[str, Callable[[sqlite3.Connection, Submission, sqlite3.Row], None]] = {
    PREPAYMENT: _check_prepayment,
    FUND_LOAN: _check_fund_loan,
    COMMERCIAL_LOAN: _check_commercial_loan,
    PURCHASE: _check_home,
    CONSTRUCTION: _check_home,
    RENT: _check_rent,
    PROPERTY_FEE: _check_property_fee,
    RETIREMENT: _check_closing,
    UNEMPLOYMENT: _check_closing,
    DOWN_PAYMENT: _check_down_payment,
}


def _complete(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """入账: the row is posted and balances move, or ValueError says why they no longer can."""
    today, account, amount = database.today(db), row["GRZH"], row["JE"]
    if row["YWLX"] == PREPAYMENT:
        loan = loans.get(db, row["DKZH"])
        if row["YHZE"] is not None and _amount_due(db, loan, amount, row["TQHKFS"]) > row["YHZE"]:
            raise ValueError("应还总额已超过您确认的金额，请重新核对后提交")
        loans.prepay(db, row["DKZH"], today, amount, row["TQHKFS"])
        return
    reason, summary = SUMMARIES[row["YWLX"]]
    if row["YWLX"] in CLOSING:
        _must_owe_nothing_late(db, account)
        interest = deposits.close(db, account, today, reason, summary, row["YWLX"])
        db.execute("UPDATE application SET FSLXE = ? WHERE SQLSH = ?", (interest, row["SQLSH"]))
        return
    if row["YWLX"] == FUND_LOAN and not sharing.still_covers(db, row, today):
        raise Refused("2007", "共用贷款的还款额已被其他借款人提取")
    if row["YWLX"] in (PURCHASE, CONSTRUCTION):
        _must_be_left(db, row)
    handed_in = database.compact(date.fromisoformat(row["SLSJ"][:10]))
    deposits.withdraw(db, account, today, amount, reason, summary, row["YWLX"], handed_in)
    _note_home(db, row)


def _fail(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """付款失败: what was posted is taken back."""
    if row["ZT"] not in (APPROVED, POSTED):
        raise Refused("2099", "该申请没有待付款或已付款的金额")
    if row["ZT"] == APPROVED:
        return
    if row["YWLX"] == PREPAYMENT:
        raise Refused("2099", "提前还款已入账，不能退回")
    deposits.take_back(db, row["GRZH"], row["YWLX"], database.today(db))
    _note_home(db, row, sign=-1)


def _note_home(db: sqlite3.Connection, row: sqlite3.Row, sign: int = 1) -> None:
    contract, part = row["HTBH"], 0
    if row["YWLX"] == DOWN_PAYMENT:
        home = _home_for_down_payment(db, row["GRZH"])
        contract, part = (home["HTBH"] if home else None), sign * row["JE"]
    elif row["YWLX"] not in (PURCHASE, CONSTRUCTION):
        return
    kinds = (CONSTRUCTION,) if row["YWLX"] == CONSTRUCTION else (PURCHASE, DOWN_PAYMENT)
    last = database.compact(database.today(db)) if sign > 0 else deposits.last_drawn(db, row["GRZH"], kinds)
    db.execute(
        "UPDATE home SET LJTQJE = LJTQJE + ?, SFKTQJE = SFKTQJE + ?, SCTQRQ = coalesce(?, SCGTTQRQ)"
        " WHERE GRZH = ? AND HTBH = ?",
        (sign * row["JE"], part, last, row["GRZH"], contract),
    )


def _stage(db: sqlite3.Connection, serial: str, status: str, note: str | None) -> None:
    db.execute(
        "INSERT INTO application_stage SELECT ?, count(*) + 1, ?, ?, ? FROM application_stage WHERE SQLSH = ?",
        (serial, status, database.wall_clock(db).isoformat(timespec="seconds"), note, serial),
    )


def _get(db: sqlite3.Connection, serial: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT * FROM application WHERE SQLSH = ?", (serial,)).fetchone()
    return row


def _required(db: sqlite3.Connection, serial: str) -> sqlite3.Row:
    row = _get(db, serial)
    if row is None:
        raise Refused("1004", "无此申请")
    return row
