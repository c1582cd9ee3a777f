"""The fourteen people of the practice centre. All of them are made up: area 99 does not exist, bank numbers are zeros
with a check digit. What happened to each is replayed posting by posting, so that every ledger adds up."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date

from sandbox.book import deposits, loans, rates
from sandbox.book.database import compact
from sandbox.book.opening import (
    Event,
    Person,
    contributions,
    growing,
    open_account,
    replay,
    settlements,
)

TODAY = date(2018, 10, 25)

HOSPITAL = ("980100000001", "练习市第一医院")
SCHOOL = ("980100000002", "练习市实验中学")
FACTORY = ("980100000003", "练习市机床有限公司")
WATER = ("980100000004", "练习市自来水有限公司")
SHOP = ("980100000005", "练习市百货有限公司")

REASONS = {
    "01": "购买住房",
    "02": "建造、翻建、大修",
    "03": "离休、退休",
    "04": "完全丧失劳动能力并与单位终止劳动关系",
    "05": "户口迁出或出境定居",
    "06": "偿还购房贷款本息",
    "07": "租房",
    "08": "死亡",
    "09": "大病医疗",
    "81": "物业费",
    "82": "失业",
    "83": "购房首付",
    "99": "其他",
}
"""A.7, with values of the centre's own from 81 on, as centres have them."""


def seed_people(db: sqlite3.Connection) -> None:
    db.executemany("INSERT INTO withdrawal_reason VALUES (?, ?)", REASONS.items())
    for member in (
        _duan_xiaomei,
        _gao_xiaohua,
        _lu_xiaopeng,
        _yang_xiuying,
        _li_jianguo,
        _zhao_xiaoxue,
        _ma_wenbin,
        _maimaiti,
        _zhang_wei,
        _wang_defu,
        _chen_jing,
        _sun_lihua,
        _zhou_dahai,
        _he_zhiqiang,
    ):
        member(db)


def bank_number(tail: int) -> str:
    """622369, a number of nine digits, and its Luhn check digit."""
    digits = f"622369{tail:09d}"
    doubled = (int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits)))
    return digits + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def _withdrawal(
    db: sqlite3.Connection, account: str, on: date, amount: int, reason: str, summary: str, kind: str | None = None
) -> Event:
    return Event(on, lambda: deposits.withdraw(db, account, on, amount, reason, summary, kind))


def _all_but(
    db: sqlite3.Connection, account: str, on: date, rest: int, reason: str, summary: str, kind: str | None
) -> Event:
    """Takes what is there but for `rest` fen: how a ledger comes out at a figure that is given."""

    def act() -> None:
        (balance,) = db.execute("SELECT GRZHYE FROM account WHERE GRZH = ?", (account,)).fetchone()
        deposits.withdraw(db, account, on, balance - rest, reason, summary, kind)

    return Event(on, act)


def _member(
    db: sqlite3.Connection,
    person: Person,
    first: str,
    last: str,
    amount_of: Callable[[str], int],
    *more: Event,
    pays_on: int = 20,
) -> None:
    """Opens the account and replays contributions, settlements and whatever else happened."""
    open_account(db, person)
    paid = contributions(db, person.account, first, last, person.pays_on or pays_on, amount_of)
    replay([*paid, *settlements(db, person.account, person.opened, TODAY), *more])


def _duan_xiaomei(db: sqlite3.Connection) -> None:
    """The manual's member. The draw of 2017 is what leaves 26043.43 after the settlement of 2018."""
    account = "990140300001"
    person = Person(
        "段小梅", "99000019850312022X", "13800000001", account, date(2014, 3, 3), HOSPITAL, 8858, 12, 28, "1"
    )
    open_account(db, person)
    amount_of = growing(1400, 160, 2013, 2126)
    posted = {"201807": date(2018, 7, 14), "201808": date(2018, 8, 19), "201809": date(2018, 9, 8)}
    replay(
        [
            *contributions(db, account, "201403", "201806", 12, amount_of),
            *(
                Event(on, lambda on=on, month=month: deposits.contribute(db, account, on, month, 212600))  # type: ignore[misc]
                for month, on in posted.items()
            ),
            *settlements(db, account, person.opened, TODAY),
            _withdrawal(db, account, date(2016, 11, 15), 3600000, "01", "购房提取", "04"),
            _withdrawal(db, account, date(2017, 12, 5), DUAN_SECOND_DRAW, "01", "购房提取", "04"),
            _withdrawal(db, account, date(2018, 10, 23), 150000, "07", "租房提取", "06"),
        ]
    )
    db.execute("INSERT INTO rent (GRZH, SCGTTQRQ) VALUES (?, '20181023')", (account,))
    _home(
        db,
        account,
        "GF",
        "GF20161120-0117",
        52000000,
        29000000,
        23000000,
        "20161115",
        "20171205",
        3600000 + DUAN_SECOND_DRAW,
    )
    _loan(
        db,
        "210161200001",
        account,
        "农村信用社",
        "6223690000000014",
        29000000,
        120,
        rates.SECOND_HOME,
        date(2016, 12, 14),
        "02",
        14,
    )
    loans.run(db, "210161200001", date(2017, 12, 14))
    loans.prepay(db, "210161200001", date(2017, 12, 14), 3300000, loans.KEEP_TERM)
    loans.run(db, "210161200001", date(2018, 3, 14))
    loans.prepay(db, "210161200001", date(2018, 3, 14), 2113000, loans.KEEP_TERM)
    loans.run(db, "210161200001", TODAY)


DUAN_SECOND_DRAW = 3151352
"""Fen. Found by trying: the one sum that leaves 26043.43 after the settlement of 2018."""


def _gao_xiaohua(db: sqlite3.Connection) -> None:
    account = "990100500002"
    person = Person(
        "高小华", "990000197906081136", "13800000002", account, date(2010, 5, 4), SCHOOL, 9200, 11, 20, bank_number(31)
    )
    later = 4 * 202400  # July to October
    _member(
        db,
        person,
        "201005",
        "201810",
        growing(1000, 110, 2009, 2024),
        _withdrawal(db, account, date(2017, 9, 13), 2300000, "06", "偿还商业贷款提取", "03"),
        _all_but(db, account, date(2018, 7, 3), 4123018 - later, "09", "大病医疗提取", None),
    )
    db.execute(
        "INSERT INTO commercial_loan"
        " VALUES (?, 'SY20130618-0088', '练习市商业银行', ?, '2', 18000000, 5414055, 198950, 2387400)",
        (account, bank_number(32)),
    )


def _lu_xiaopeng(db: sqlite3.Connection) -> None:
    account = "990120700003"
    person = Person(
        "卢小鹏", "990000198809211159", "13800000003", account, date(2012, 7, 9), FACTORY, 5200, 10, None,
        "6223690000000022", bank="卢小鹏",
    )  # fmt: skip
    _member(
        db,
        person,
        "201207",
        "201806",
        growing(700, 60, 2012, 1040),
        _withdrawal(db, account, date(2017, 7, 5), 2800000, "01", "购房提取", "04"),
        _all_but(db, account, date(2018, 7, 11), 691466, "01", "购房提取", "04"),
    )
    (drawn,) = db.execute("SELECT sum(FSE) FROM account_detail WHERE GRZH = ? AND MXLB = '02'", (account,)).fetchone()
    _home(db, account, "GF", "GF20170618-0032", 48000000, 30000000, 18000000, "20170705", "20180711", drawn)


def _yang_xiuying(db: sqlite3.Connection) -> None:
    account = "990020400004"
    person = Person(
        "杨秀英", "990000195804171027", "13800000004", account, date(2002, 4, 8), SCHOOL, 7400, 12, None,
        bank_number(41), status=deposits.SEALED,
    )  # fmt: skip
    _member(db, person, "200204", "201804", growing(500, 70, 2001, 1776))
    db.execute("UPDATE account SET FCRQ = '20180430' WHERE GRZH = ?", (account,))


def _li_jianguo(db: sqlite3.Connection) -> None:
    account = "990060900005"
    person = Person(
        "李建国", "990000197605230118", "13800000005", account, date(2006, 9, 4), FACTORY, 4800, 8, None,
        bank_number(51), status=deposits.SEALED,
    )  # fmt: skip
    _member(
        db,
        person,
        "200609",
        "201802",
        growing(300, 45, 2006, 768),
        _withdrawal(db, account, date(2013, 10, 15), 1500000, "01", "购房提取"),
    )
    db.execute("UPDATE account SET FCRQ = '20180315' WHERE GRZH = ?", (account,))


def _zhao_xiaoxue(db: sqlite3.Connection) -> None:
    person = Person(
        "赵晓雪", "990000199808124082", "13800000006", "990180800006", date(2018, 8, 6), SHOP, 4200, 8, 20,
        bank_number(61),
    )  # fmt: skip
    _member(db, person, "201808", "201810", lambda _: 67200)


def _ma_wenbin(db: sqlite3.Connection) -> None:
    account = "990080300007"
    person = Person(
        "马文斌", "990000198202143313", "13800000007", account, date(2008, 3, 3), FACTORY, 5600, 10, 20, bank_number(71)
    )
    _member(
        db,
        person,
        "200803",
        "201810",
        growing(500, 55, 2007, 1120),
        _withdrawal(db, account, date(2015, 6, 9), 3000000, "01", "购房提取"),
    )
    number = "210150700002"
    _loan(
        db,
        number,
        account,
        "练习市商业银行",
        bank_number(72),
        22000000,
        180,
        rates.FIRST_HOME,
        date(2015, 7, 18),
        "01",
        18,
    )
    loans.run(db, number, date(2018, 8, 31))
    db.execute("UPDATE loan SET SFKK = '0' WHERE DKZH = ?", (number,))
    loans.run(db, number, TODAY)


def _maimaiti(db: sqlite3.Connection) -> None:
    person = Person(
        "买买提·吐尔逊", "990000198606301517", "13800000008", "990110200008", date(2011, 2, 14), WATER, 6100, 12, 20,
        bank_number(81),
    )  # fmt: skip
    _member(db, person, "201102", "201810", growing(800, 80, 2010, 1464))


def _zhang_wei(db: sqlite3.Connection) -> None:
    person = Person(
        "张𬱖", "990000199001012223", "13800000009", "990130900009", date(2013, 9, 2), HOSPITAL, 6500, 12, 20,
        bank_number(91),
    )  # fmt: skip
    _member(db, person, "201309", "201810", growing(1100, 90, 2013, 1560))


def _wang_defu(db: sqlite3.Connection) -> None:
    account = "990010600010"
    person = Person(
        "王德福", "990000197011022135", "13800000010", account, date(2001, 6, 11), SHOP, 3900, 8, None,
        bank_number(101), status=deposits.FROZEN,
    )  # fmt: skip
    _member(db, person, "200106", "201808", growing(240, 24, 2001, 624))


def _chen_jing(db: sqlite3.Connection) -> None:
    """Three hundred contributions, some on one day; one of them reversed; one loan settled, one running."""
    account = "990931100011"
    person = Person(
        "陈静", "990000197701151241", "13800000011", account, date(1993, 11, 8), WATER, 9800, 12, 20, bank_number(111)
    )
    arrears_paid = date(2005, 9, 21)
    back_payments = [
        Event(
            arrears_paid,
            lambda month=month: deposits.post(  # type: ignore[misc]
                db,
                account,
                arrears_paid,
                deposits.Movement("01", "02", 6000, 0, month=month, summary=f"补缴{month}公积金"),
            ),
        )
        for month in ("200503", "200504", "200505", "200506", "200507", "200508")
    ]
    mistaken: list[str] = []
    _member(
        db,
        person,
        "199311",
        "201810",
        growing(60, 80, 1993, 2352),
        *back_payments,
        Event(
            date(2012, 4, 10),
            lambda: mistaken.append(deposits.contribute(db, account, date(2012, 4, 10), "201204", 150000)),
        ),
        Event(date(2012, 4, 11), lambda: deposits.reverse(db, mistaken[0], date(2012, 4, 11))),
        Event(date(2012, 4, 11), lambda: db.execute("UPDATE account SET JZNY = '201203' WHERE GRZH = ?", (account,))),
        _withdrawal(db, account, date(2001, 3, 12), 600000, "01", "购房提取"),
        _withdrawal(db, account, date(2008, 5, 20), 2000000, "06", "偿还公积金贷款提取", "02"),
        _withdrawal(db, account, date(2013, 4, 16), 9000000, "01", "购房提取"),
        _withdrawal(db, account, date(2017, 6, 15), 3000000, "06", "偿还公积金贷款提取", "02"),
    )
    _loan(
        db,
        "210010500003",
        account,
        "练习市商业银行",
        bank_number(112),
        8000000,
        120,
        rates.FIRST_HOME,
        date(2001, 5, 20),
        "02",
        20,
    )
    loans.run(db, "210010500003", TODAY)
    _loan(
        db,
        "210130600004",
        account,
        "农村信用社",
        bank_number(113),
        35000000,
        240,
        rates.FIRST_HOME,
        date(2013, 6, 25),
        "01",
        25,
    )
    loans.run(db, "210130600004", TODAY)
    _home(db, account, "GF", "GF20130402-0205", 78000000, 35000000, 43000000, "20130416", "20130416", 9000000)


def _sun_lihua(db: sqlite3.Connection) -> None:
    account = "990090400012"
    person = Person(
        "孙丽华", "990000198409092066", "13800000012", account, date(2009, 4, 7), SCHOOL, 6800, 12, 20, bank_number(121)
    )
    _member(
        db,
        person,
        "200904",
        "201810",
        growing(600, 90, 2008, 1632),
        _withdrawal(db, account, date(2016, 10, 12), 3500000, "02", "建房提取", "05"),
        _withdrawal(db, account, date(2017, 11, 14), 1200000, "02", "建房提取", "05"),
    )
    _home(db, account, "JF", "JF20160905-0011", 26000000, 0, None, "20161012", "20171114", 4700000)


def _zhou_dahai(db: sqlite3.Connection) -> None:
    """What an old core makes of people: padded codes, empty dates that look like dates, a reason nobody knows."""
    account = "990090300013"
    person = Person(
        "周大海", "990000198307303176", "13800000013", account, date(2009, 3, 2), SHOP, 4500, 8, 20, "1", bank=None
    )
    _member(
        db,
        person,
        "200903",
        "201810",
        growing(300, 48, 2008, 720),
        _withdrawal(db, account, date(2014, 8, 13), 800000, "77", "提取"),
        _withdrawal(db, account, date(2016, 3, 17), 300000, "07", "租房提取"),
    )
    db.execute(
        "UPDATE account SET GRZHZT = '01 ', FCRQ = '18991231', XHRQ = '00010101', XHYY = '  ', GRJCJS = NULL,"
        " DWJCBL = NULL, SCTQRQ = '18991231' WHERE GRZH = ?",
        (account,),
    )
    db.execute("UPDATE account_detail SET GJHTQYWLX = GJHTQYWLX || '  ' WHERE GRZH = ? AND HBJNY > '2017'", (account,))
    db.execute("UPDATE account_detail SET ZHAIYAO = NULL, TQFS = NULL WHERE GRZH = ? AND HBJNY < '2010'", (account,))


def _he_zhiqiang(db: sqlite3.Connection) -> None:
    account = "990150300014"
    person = Person(
        "何志强", "990000199104251198", "13800000014", account, date(2015, 3, 9), WATER, 5400, 12, 20, bank_number(141)
    )
    _member(
        db,
        person,
        "201503",
        "201810",
        growing(1000, 80, 2014, 1296),
        _withdrawal(db, account, date(2018, 6, 12), 300000, "07", "租房提取", "06"),
        _withdrawal(db, account, date(2018, 7, 16), 240000, "07", "租房提取", "06"),
    )
    db.execute("INSERT INTO rent (GRZH, SCGTTQRQ) VALUES (?, '20180612')", (account,))


def _home(
    db: sqlite3.Connection,
    account: str,
    kind: str,
    contract: str,
    price: int,
    lent: int,
    down_payment: int | None,
    first_draw: str,
    last_draw: str,
    drawn: int,
) -> None:
    db.execute(
        "INSERT INTO home VALUES (?, ?, ?, '练习市湖滨区', 9800, ?, ?, ?, ?, ?, ?, 0, ?, NULL)",
        (account, kind, contract, price, lent, down_payment, first_draw, last_draw, drawn, contract[2:10]),
    )


def _loan(
    db: sqlite3.Connection,
    number: str,
    account: str,
    bank: str,
    repaid_from: str,
    amount: int,
    periods: int,
    order: str,
    disbursed: date,
    method: str,
    due_day: int,
) -> None:
    loans.disburse(
        db,
        {
            "DKZH": number,
            "JKHTBH": f"JK{disbursed:%Y}-{number[-4:]}",
            "JKRGJJZH": account,
            "SWTYHMC": bank,
            "HKZH": repaid_from,
            "DKHKFS": method,
            "DKFFE": amount,
            **rates.of_new_loan(order, periods, disbursed),
            "DKQS": periods,
            "DKFFRQ": compact(disbursed),
            "YDHKR": f"{due_day:02d}",
        },
    )
