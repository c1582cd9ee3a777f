"""CustomerService: people, and messages to their phones."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from sandbox.book import database
from sandbox.soap.contract import Handler, Outcome
from sandbox.soap.rows import refused, texts


def query_customer(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    row = db.execute(
        "SELECT * FROM person JOIN account USING (GRZH) WHERE ZJLX = ? AND ZJHM = ?"
        " ORDER BY trim(GRZHZT) IN ('03', '04', '05') LIMIT 1",  # a closed one only where there is no other
        (asked["ZJLX"], asked["ZJHM"]),
    ).fetchone()
    if row is None:
        return refused("1001", "查无此人")
    return Outcome({"KHXX": texts(row, "GRZH", "XINGMING", "SJHM", "ZJLX", "ZJHM", "XINGBIE", "GRZHZT")})


def send_message(db: sqlite3.Connection, asked: Mapping[str, str]) -> Outcome:
    with database.transaction(db):
        number = database.serial(db, "DX")
        db.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?)",
            (number, asked["SJHM"], asked["DXNR"], database.wall_clock(db).isoformat(timespec="seconds")),
        )
    return Outcome({"DXLSH": number})


HANDLERS: Mapping[str, Handler] = {"QueryCustomer": query_customer, "SendMessage": send_message}
