"""How long registration takes when the name, the phone or the ID number does not agree with the records, in turns.
`python -m bench.registering`"""

from __future__ import annotations

import argparse
import asyncio
import re
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp

from bench.servers import PASSWORD, QUERY_PASSWORD, Servers
from sandbox.book import database, generator
from sandbox.server import open_book

SEND = "mutation($i: RequestSmsCodeInput!) { requestSmsCode(input: $i) { userErrors { code } } }"
REGISTER = "mutation($i: RegisterInput!) { register(input: $i) { userErrors { code } } }"


async def ask(session: aiohttp.ClientSession, url: str, query: str, asked: dict[str, str], address: str) -> Any:
    body = {"query": query, "variables": {"i": asked}}
    async with session.post(f"{url}/graphql", json=body, headers={"X-Forwarded-For": address}) as response:
        return (await response.json())["data"]


async def timed(session: aiohttp.ClientSession, url: str, core: str, asked: dict[str, str], address: str) -> float:
    """Seconds of a registration with a right code."""
    await ask(session, url, SEND, {"phone": asked["phone"], "purpose": "REGISTER"}, address)
    async with session.get(f"{core}/control/inbox?phone={asked['phone']}") as response:
        found = re.search(r"验证码为(\d{6})", (await response.json())[0]["text"])
    assert found
    typed = {**asked, "loginPassword": PASSWORD, "queryPassword": QUERY_PASSWORD, "smsCode": found[1]}
    begun = time.perf_counter()
    answer = await ask(session, url, REGISTER, typed, address)
    took = time.perf_counter() - begun
    assert [each["code"] for each in answer["register"]["userErrors"]] == ["NOT_ON_RECORD"], answer
    return took


def wrong_inputs(people: list[tuple[str, str, str]]) -> dict[str, list[dict[str, str]]]:
    """Each person is used for one registration, and agrees with the records but for one thing."""
    fourths = [people[start::4] for start in range(4)]
    as_typed = [[dict(zip(("name", "phone", "idNumber"), each, strict=True)) for each in part] for part in fourths]
    name, phone, another, unknown = as_typed
    return {
        "another name": [{**each, "name": "欧阳不同"} for each in name],
        "another phone": [{**each, "phone": f"1980000{number:04}"} for number, each in enumerate(phone)],
        "another person's ID number": [{**each, "idNumber": "990000199808124082"} for each in another],
        "an unknown ID number": [{**each, "idNumber": "990000199001012311"} for each in unknown],
    }


async def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name), 1, {"BFF_TRUSTED_PROXIES": "127.0.0.1"})
        book = servers.folder / "core.sqlite3"
        open_book(book)
        with database.connected(book) as db, database.transaction(db):
            generator.generate(db, 4 * options.each, 7, years=1)
        with closing(sqlite3.connect(book)) as db:
            query = "SELECT XINGMING, SJHM, ZJHM FROM person ORDER BY GRZH DESC LIMIT ?"
            people = db.execute(query, (4 * options.each,)).fetchall()
        try:
            servers.start_core()
            servers.start_bff(servers.ports[0])
            await measure(servers, wrong_inputs(people))
        finally:
            servers.stop()


async def measure(servers: Servers, inputs: dict[str, list[dict[str, str]]]) -> None:
    url = f"http://127.0.0.1:{servers.ports[0]}"
    times: dict[str, list[float]] = {kind: [] for kind in inputs}
    async with aiohttp.ClientSession() as session:
        for turn, typed in enumerate(zip(*inputs.values(), strict=True)):
            for number, (kind, asked) in enumerate(zip(inputs, typed, strict=True)):
                address = f"2001:db8:{turn:x}:{number:x}::1"
                times[kind].append(await timed(session, url, servers.core_url, asked, address))
    print(f"{len(inputs)} kinds in turns, {turn + 1} each; milliseconds")
    for kind, measured in times.items():
        low, middle, high = quantiles(measured, n=4)
        print(f"{kind:28}  quartiles {low * 1000:6.1f} {middle * 1000:6.1f} {high * 1000:6.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=40)
    asyncio.run(main(parser.parse_args()))
