"""Any number of further members with ledgers that add up, from a seed: the same number and seed, the same people."""

from __future__ import annotations

import random
import sqlite3
from datetime import date

from sandbox.book import deposits, loans, rates
from sandbox.book.database import compact, today
from sandbox.book.days import add_months
from sandbox.book.opening import Person, contributions, growing, open_account, replay, settlements
from sandbox.book.people import bank_number

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "子涵宇轩思远佳怡雨桐浩然欣妍明哲梓萱俊杰若曦天佑诗琪建军秀兰志强丽娟"
EMPLOYERS = tuple((f"98020000{number:04d}", f"练习市第{number}单位") for number in range(1, 41))
ACCOUNTS, LOANS = 992_000_000_000, 219_900_000_000
"""Where the numbers of those that are generated begin, beyond all others of the book."""
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def generate(db: sqlite3.Connection, count: int, seed: int, *, years: int = 6) -> None:
    """Adds `count` members with up to `years` years of rows; every fifth has a loan. Call inside a transaction."""
    chance = random.Random(seed)  # noqa: S311 (repeatable)
    (before,) = db.execute("SELECT count(*) FROM person WHERE SJHM LIKE '199%'").fetchone()
    for number in range(before, before + count):
        _member(db, chance, number, years)


def id_number(born: date, sequence: int) -> str:
    """Area 990000, which does not exist, and the right check digit."""
    digits = f"990000{born:%Y%m%d}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


def id_number_of(number: int) -> str:
    """Of the member with that number: days and sequences walk through all combinations, so that none comes twice."""
    return id_number(date.fromordinal(date(1960, 1, 1).toordinal() + number % 14000), number // 14000 % 1000)


def _member(db: sqlite3.Connection, chance: random.Random, number: int, years: int) -> None:
    on = today(db)
    opened = add_months(on, -chance.randint(1, years * 12), chance.randint(1, 28))
    base = chance.randint(25, 150) * 100
    status = chance.choices((deposits.NORMAL, deposits.SEALED, deposits.FROZEN), (94, 5, 1))[0]
    person = Person(
        name=chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2)),
        id_number=id_number_of(number),
        phone=f"199{number:08d}",
        account=f"{ACCOUNTS + number}",
        opened=opened,
        employer=chance.choice(EMPLOYERS),
        base=base,
        share=chance.randint(5, 12),
        pays_on=chance.randint(1, 28) if status == deposits.NORMAL else None,
        bank_account=bank_number(100_000_000 + number),
        status=status,
    )
    open_account(db, person)
    amount = growing(base * person.share // 50 // 2 * 2, 40, opened.year, base * person.share // 50 // 2 * 2 + 200)
    last = add_months(on, -1)
    paid = contributions(db, person.account, f"{opened:%Y%m}", f"{last:%Y%m}", person.pays_on or 15, amount)
    replay([*(each for each in paid if each.on >= opened), *settlements(db, person.account, opened, on)])
    if status == deposits.SEALED:
        db.execute("UPDATE account SET FCRQ = ? WHERE GRZH = ?", (compact(on), person.account))
    if number % 5 == 0:
        _loan(db, chance, person, on)


def _loan(db: sqlite3.Connection, chance: random.Random, person: Person, on: date) -> None:
    disbursed = add_months(on, -chance.randint(1, 48), chance.randint(1, 28))
    number = f"{LOANS + int(person.account) - ACCOUNTS}"
    periods = chance.choice((60, 120, 180, 240, 300))
    row = {
        "DKZH": number,
        "JKHTBH": f"JK{number}",
        "JKRGJJZH": person.account,
        "SWTYHMC": "练习市商业银行",
        "HKZH": person.bank_account,
        "DKHKFS": chance.choice((loans.EQUAL_INSTALLMENT, loans.EQUAL_PRINCIPAL)),
        "DKFFE": chance.randint(10, 60) * 1_000_000,
        **rates.of_new_loan(rates.FIRST_HOME, periods, disbursed),
        "DKQS": periods,
        "DKFFRQ": compact(disbursed),
        "YDHKR": f"{disbursed.day:02d}",
    }
    loans.disburse(db, row)
    loans.run(db, number, on)
