"""The two sides that the drill compares: the server's journal, from either database, and the core's own book."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from bff.rules.application_kinds import ApplicationKind
from bff.store.database import Store
from bff.store.tables import application

KINDS = {"06": ApplicationKind.RENT, "07": ApplicationKind.PROPERTY_FEE}
STATUSES = {
    "01": "ACCEPTED",
    "02": "ACCEPTED",
    "03": "APPROVED",
    "04": "COMPLETED",
    "05": "REJECTED",
    "06": "PAYOUT_FAILED",
}
"""What a member is told of each of the core's."""


@dataclass(frozen=True, slots=True)
class Written:
    """A row of the journal."""

    serial: str
    id: str
    member: str
    key: str
    account: str
    kind: str
    amount: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class Held:
    """An application in the core's book."""

    serial: str
    account: str
    kind: str
    amount: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class Books:
    """`booked` is what the core's ledger paid out under the drill's kinds, by account."""

    journal: tuple[Written, ...]
    core: tuple[Held, ...]
    booked: dict[str, Decimal]


async def read(store_url: str, core_book: Path) -> Books:
    held, booked = core(core_book)
    return Books(await journal(store_url), held, booked)


async def journal(store_url: str) -> tuple[Written, ...]:
    columns = application.c
    query = select(
        columns.serial,
        columns.id,
        columns.member_id,
        columns.key,
        columns.account_number,
        columns.kind,
        columns.amount,
        columns.status,
    )
    store = await Store.open(store_url)
    try:
        async with store.read() as db:
            rows = (await db.execute(query)).all()
    finally:
        await store.close()
    return tuple(Written(*row[:6], Decimal(row.amount), row.status) for row in rows)


def core(book: Path) -> tuple[tuple[Held, ...], dict[str, Decimal]]:
    with closing(sqlite3.connect(book)) as db:
        rows = db.execute("SELECT SQLSH, GRZH, YWLX, JE, ZT FROM application").fetchall()
        booked = db.execute(
            "SELECT GRZH, sum(abs(FSE)) FROM account_detail"
            " WHERE GRZH LIKE '992%' AND MXLB = '02' AND YWLX IN ('06', '07') GROUP BY GRZH"
        ).fetchall()
    held = (
        Held(serial, account, KINDS[kind], yuan(fen), STATUSES[status]) for serial, account, kind, fen, status in rows
    )
    return tuple(held), {account: yuan(fen) for account, fen in booked}


def yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)
