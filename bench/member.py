"""The member whom the comparisons ask for: as many rows as wished, numbers that begin with zeros, and some nil."""

from __future__ import annotations

import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bench.servers import PASSWORD, QUERY_PASSWORD
from sandbox.book import database, deposits, generator
from sandbox.book.opening import Person, open_account
from sandbox.server import open_book

PERSON = Person(
    name="程基石",
    id_number=generator.id_number(date(1985, 3, 7), 321),
    phone="13900000321",
    account="000980000321",
    opened=date(2012, 1, 9),
    employer=("0098020321", "练习市量具厂"),
    base=8858,
    share=12,
    pays_on=15,
    bank_account="0622848000000321",
    bank="练习市商业银行",
)
WITHOUT_SUMMARY = 7
"""Every so many rows the core sends nil instead of a summary."""

SEND = "mutation($i: RequestSmsCodeInput!) { requestSmsCode(input: $i) { userErrors { code } } }"
REGISTER = (
    "mutation($i: RegisterInput!) { register(input: $i) { session { accessToken } userErrors { code message } } }"
)
SIGN_IN = "mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken } userErrors { code message } } }"


def write_book(book: Path, rows: int) -> None:
    """A book with the member, `rows` contributions and as many withdrawals, the latest yesterday."""
    open_book(book)
    with database.connected(book) as db, database.transaction(db):
        add_rows(db, rows)


def add_rows(db: sqlite3.Connection, rows: int) -> None:
    open_account(db, PERSON)
    today = database.today(db)
    for number in range(rows):
        on = today - timedelta(days=rows - number)
        month = f"{on:%Y%m}"
        if number % WITHOUT_SUMMARY:
            deposits.contribute(db, PERSON.account, on, month, 212_600)
            deposits.withdraw(db, PERSON.account, on, 100_005 + number, "01", "购房提取")
        else:
            paid = deposits.Movement(deposits.PAID_IN, deposits.REMITTANCE, 212_600, 0, month=month)
            drawn = deposits.Movement(deposits.DRAWN, deposits.PARTIAL, -100_000, 0, reason="01", mode="02")
            deposits.post(db, PERSON.account, on, paid)
            deposits.post(db, PERSON.account, on, drawn)


async def register(session: aiohttp.ClientSession, url: str, core_url: str) -> str:
    """An access token of the unlocked member, whom the server at `url` did not know before."""
    await _ask(session, url, SEND, {"phone": PERSON.phone, "purpose": "REGISTER"})
    async with session.get(f"{core_url}/control/inbox?phone={PERSON.phone}") as response:
        code = re.search(r"\d{6}", (await response.json())[0]["text"])
    assert code
    asked = {
        "name": PERSON.name,
        "phone": PERSON.phone,
        "idNumber": PERSON.id_number,
        "loginPassword": PASSWORD,
        "queryPassword": QUERY_PASSWORD,
        "smsCode": code[0],
    }
    return _token(await _ask(session, url, REGISTER, asked))


async def sign_in(session: aiohttp.ClientSession, url: str) -> str:
    asked = {"username": PERSON.phone, "loginPassword": PASSWORD, "queryPassword": QUERY_PASSWORD}
    return _token(await _ask(session, url, SIGN_IN, asked))


def _token(payload: Any) -> str:
    assert not payload["userErrors"], payload
    token: str = payload["session"]["accessToken"]
    return token


async def _ask(session: aiohttp.ClientSession, url: str, query: str, asked: dict[str, str]) -> Any:
    async with session.post(f"{url}/graphql", json={"query": query, "variables": {"i": asked}}) as response:
        answer = await response.json()
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))
