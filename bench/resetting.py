"""How long a code and a reset take with a number that a member gave up, and with a stranger's, in turns.
`python -m bench.resetting`"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp

from bench.guessing import REGISTER, RESET, SEND, SIGN_IN
from bench.registering import ask
from bench.servers import PASSWORD, QUERY_PASSWORD, Servers
from sandbox.book import database, generator
from sandbox.server import open_book

NOBODY = "990000199001012311"
ADDRESSES = (f"2001:db8:{number:x}::1" for number in itertools.count(1))
Person = tuple[str, str, str]


async def send_code(session: aiohttp.ClientSession, servers: Servers, phone: str, purpose: str) -> tuple[str, float]:
    """The code, and the seconds until the answer."""
    begun = time.perf_counter()
    await ask(session, url(servers), SEND, {"phone": phone, "purpose": purpose}, next(ADDRESSES))
    took = time.perf_counter() - begun
    async with session.get(f"{servers.core_url}/control/inbox?phone={phone}") as response:
        texts = [each["text"] for each in await response.json()]
    return next(found[1] for text in texts if (found := re.search(r"验证码为(\d{6})", text))), took


async def reset(session: aiohttp.ClientSession, servers: Servers, phone: str, id_number: str) -> tuple[float, float]:
    """Seconds of a code and of a reset with it."""
    code, sending = await send_code(session, servers, phone, "RESET_PASSWORD")
    asked = {"phone": phone, "idNumber": id_number, "smsCode": code, "which": "LOGIN", "newPassword": "Autumn-Wind-9"}
    begun = time.perf_counter()
    answer = await ask(session, url(servers), RESET, asked, next(ADDRESSES))
    took = time.perf_counter() - begun
    assert [each["code"] for each in answer["resetPassword"]["userErrors"]] == ["NOT_ON_RECORD"], answer
    return sending, took


async def give_up(session: aiohttp.ClientSession, servers: Servers, people: list[Person]) -> None:
    """They register, and the core has other numbers of theirs from then on, which the server has heard of."""
    for number, (name, phone, id_number) in enumerate(people):
        code, _ = await send_code(session, servers, phone, "REGISTER")
        secrets = {"loginPassword": PASSWORD, "queryPassword": QUERY_PASSWORD, "smsCode": code}
        asked = {"name": name, "phone": phone, "idNumber": id_number, **secrets}
        answer = await ask(session, url(servers), REGISTER, asked, next(ADDRESSES))
        assert answer["register"]["userErrors"] == [], answer
        with closing(sqlite3.connect(servers.folder / "core.sqlite3", timeout=10)) as db, db:
            db.execute("UPDATE person SET SJHM = ? WHERE ZJHM = ?", (f"1970000{number:04}", id_number))
        await ask(session, url(servers), SIGN_IN, {"username": id_number, "loginPassword": PASSWORD}, next(ADDRESSES))


def url(servers: Servers) -> str:
    return f"http://127.0.0.1:{servers.ports[0]}"


def inputs(people: list[Person], rounds: int) -> Iterator[dict[str, tuple[str, str]]]:
    """Phone and ID number by kind."""
    for turn, (number, (_, phone, id_number)) in itertools.product(range(rounds), enumerate(people)):
        stranger = f"1980{turn:03}{number:04}"
        yield {
            "a given-up number, its member's ID number": (phone, id_number),
            "a stranger's, a member's ID number": (stranger, id_number),
            "a stranger's, nobody's ID number": (f"1981{turn:03}{number:04}", NOBODY),
        }


async def measure(servers: Servers, people: list[Person], rounds: int) -> None:
    times: dict[str, list[tuple[float, float]]] = {}
    async with aiohttp.ClientSession() as session:
        await give_up(session, servers, people)
        for turn in inputs(people, rounds):
            for kind, typed in turn.items():
                times.setdefault(kind, []).append(await reset(session, servers, *typed))
    print(f"{len(times)} kinds in turns, {rounds * len(people)} each; quartiles in milliseconds")
    for kind, measured in times.items():
        columns: Any = zip(*measured, strict=True)
        codes, resets = (" ".join(f"{each * 1000:6.1f}" for each in quantiles(column, n=4)) for column in columns)
        print(f"{kind:42}  code {codes}   reset {resets}")


async def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name), 1, {"BFF_TRUSTED_PROXIES": "127.0.0.1"})
        book = servers.folder / "core.sqlite3"
        open_book(book)
        with database.connected(book) as db, database.transaction(db):
            generator.generate(db, 3 * options.members, 7, years=1)
        with closing(sqlite3.connect(book)) as db:
            query = "SELECT XINGMING, SJHM, ZJHM FROM person JOIN account USING (GRZH) WHERE trim(GRZHZT) = '01'"
            people = db.execute(f"{query} ORDER BY GRZH DESC LIMIT ?", (options.members,)).fetchall()
        try:
            servers.start_core()
            servers.start_bff(servers.ports[0])
            await measure(servers, people, options.rounds)
        finally:
            servers.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=4)
    asyncio.run(main(parser.parse_args()))
