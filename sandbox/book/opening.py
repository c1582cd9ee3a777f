"""Opening accounts and replaying their past through the same postings that a night makes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sandbox.book import deposits
from sandbox.book.database import compact
from sandbox.book.days import add_months

BANK = "云南省农村信用社联社"


@dataclass(frozen=True, slots=True)
class Person:
    """`account` is the GRZH; `base` in yuan, shares in per cent; `pays_on` the day of the month, null for nobody."""

    name: str
    id_number: str
    phone: str
    account: str
    opened: date
    employer: tuple[str, str]
    base: int
    share: int
    pays_on: int | None
    bank_account: str | None
    bank: str | None = BANK
    status: str = deposits.NORMAL


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an account; events of one day keep the order in which they are listed."""

    on: date
    act: Callable[[], object]


def share_of(base: int, percent: int) -> int:
    """A share in fen, rounded half up to the yuan."""
    return (2 * base * percent + 100) // 200 * 100


def open_account(db: sqlite3.Connection, person: Person) -> None:
    number, name = person.employer
    db.execute("INSERT OR IGNORE INTO employer VALUES (?, ?)", (number, name))
    sex = "1" if int(person.id_number[16]) % 2 else "2"
    db.execute(
        "INSERT INTO person VALUES (?, ?, ?, '01', ?, ?, NULL)",
        (person.account, person.name, person.phone, person.id_number, sex),
    )
    share = share_of(person.base, person.share)
    row = {
        "GRZH": person.account,
        "GRZHZT": person.status,
        "KHRQ": compact(person.opened),
        "DWZH": number,
        "GRZHSNJZYE": 0,
        "GRZHDNGJYE": 0,
        "GRZHYE": 0,
        "GRJCJS": person.base * 100,
        "DWJCBL": person.share * 100,
        "GRJCBL": person.share * 100,
        "DWYJCE": share,
        "GRYJCE": share,
        "GRCKZHHM": person.bank_account,
        "GRCKZHKHYHMC": person.bank,
        "GRCKZHKHYHDM": "402" if person.bank else None,
        "HJR": person.pays_on,
    }
    db.execute(
        f"INSERT INTO account ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 (names from above)
        list(row.values()),
    )


def months(first: str, last: str) -> Iterator[str]:
    """201805, 201808 gives 201805 to 201808."""
    on = date(int(first[:4]), int(first[4:]), 1)
    while (month := f"{on:%Y%m}") <= last:
        yield month
        on = add_months(on, 1)


def contributions(
    db: sqlite3.Connection, account: str, first: str, last: str, pays_on: int, amount_of: Callable[[str], int]
) -> list[Event]:
    """One 汇缴 a month on the same day; `amount_of` a month gives both shares in fen."""

    def event(month: str) -> Event:
        on = add_months(date(int(month[:4]), int(month[4:]), 1), 0, pays_on)
        return Event(on, lambda: deposits.contribute(db, account, on, month, amount_of(month)))

    return [event(month) for month in months(first, last)]


def settlements(db: sqlite3.Connection, account: str, opened: date, until: date) -> list[Event]:
    days = (date(year, 6, 30) for year in range(opened.year, until.year + 1))
    return [
        Event(on, lambda on=on: deposits.settle_year(db, account, on))  # type: ignore[misc] # binds the day
        for on in days
        if opened < on <= until
    ]


def replay(events: Sequence[Event]) -> None:
    for event in sorted(events, key=lambda each: each.on):
        event.act()


def growing(start: int, per_year: int, first_year: int, until: int) -> Callable[[str], int]:
    """A contribution that rises each July: `start` yuan in the first year, `per_year` yuan more in each later one, and
    `until` yuan from July 2018. Even sums, so that both shares are whole yuan."""

    def amount_of(month: str) -> int:
        if month >= "201807":
            return until * 100
        year = int(month[:4]) - (0 if month[4:] >= "07" else 1)
        return (start + per_year * max(0, year - first_year)) // 2 * 200

    return amount_of
