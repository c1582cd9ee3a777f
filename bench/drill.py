"""A bad day for applications. First 200 submissions at once with one key; then one submission a member while the core
loses 30 % of its replies, hangs and restarts and our processes are killed. Afterwards the journal and the core must
agree on every one. `python -m bench.drill`; exits 1 where they do not."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from bench.servers import PASSWORD, Servers
from bff.app import open_services
from bff.context import Client
from bff.sessions import members, start
from bff.settings import Settings
from sandbox.book import database, generator
from sandbox.server import open_book

APPLY = """mutation($input: PropertyFeeWithdrawalInput!) { applyPropertyFeeWithdrawal(input: $input) {
  application { id status } userErrors { code } } }"""
SETTINGS = {
    "BFF_CORE_TIMEOUT": "2",
    "BFF_CONFIRM_EVERY": "0.2",
    "BFF_CONFIRM_WITHIN": "20",
    "BFF_PASSWORD_MEMORY_KIB": "64",
}


def generate(book: Path, count: int) -> list[str]:
    """The ID numbers of `count` members who can all apply."""
    open_book(book)
    with database.connected(book) as db, database.transaction(db):
        generator.generate(db, count, 7, years=1)
        db.execute("UPDATE account SET GRZHZT = '01' WHERE GRZH LIKE '99001%'")
        db.execute("UPDATE account SET GRZHSNJZYE = 500000, GRZHDNGJYE = 0, GRZHYE = 500000 WHERE GRZH LIKE '99001%'")
        people = db.execute("SELECT ZJHM FROM person WHERE SJHM LIKE '199%'").fetchall()
    return [id_number for (id_number,) in people]


async def register(servers: Servers, id_numbers: list[str]) -> list[str]:
    """Tokens of unlocked sessions. Registering through the front door would only measure password hashes."""
    tokens = []
    settings = Settings(
        data_dir=servers.folder,
        core_url=servers.core_url,
        database_url=servers.environment.get("BFF_DATABASE_URL", ""),
    )
    async with open_services(settings) as services:
        hashed = await services.passwords.hash(PASSWORD)
        for id_number in id_numbers:
            customer = await services.core.customer.find(id_number)
            assert customer is not None
            member_id = await members.add(services, customer, id_number, hashed, hashed)
            assert member_id is not None
            tokens.append((await start(services, Client("127.0.0.1", "drill", ""), member_id, unlock=True)).access)
    return tokens


async def apply_until_known(session: aiohttp.ClientSession, ports: list[int], token: str, chance: random.Random) -> int:
    """As an app does: the same key again, at any process, until there is an answer. Gives the number of tries."""
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    for attempt in range(1, 400):
        payload = await apply(session, chance.choice(ports), token, asked)
        if payload and payload["application"]:
            return attempt
        if payload:
            raise SystemExit(f"refused: {payload['userErrors']}")
        await asyncio.sleep(0.25)
    raise SystemExit("no answer after 400 tries")


async def apply(session: aiohttp.ClientSession, port: int, token: str, asked: dict[str, str]) -> dict[str, Any] | None:
    """None when there was no answer, or one without a payload."""
    body = {"query": APPLY, "variables": {"input": asked}}
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with session.post(f"http://127.0.0.1:{port}/graphql", json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
    except (aiohttp.ClientError, TimeoutError, json.JSONDecodeError):
        return None
    return (answer.get("data") or {}).get("applyPropertyFeeWithdrawal")


async def one_key(session: aiohttp.ClientSession, servers: Servers, token: str, times: int) -> int:
    """The same submission many times at once at all processes; gives how many applications came of it."""
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    ports = [servers.ports[number % len(servers.ports)] for number in range(times)]
    begun = time.monotonic()
    payloads = await asyncio.gather(*(apply(session, port, token, asked) for port in ports))
    found = compare(servers.folder)
    kinds = Counter(_kind(payload) for payload in payloads)
    print(f"{times} submissions at once with one key: {dict(kinds)}; {time.monotonic() - begun:.1f} s")
    print(f"{found['in the core']:6}  in the core")
    return found["in the core"]


def _kind(payload: dict[str, Any] | None) -> str:
    if payload is None:
        return "no payload"
    if payload["userErrors"]:
        return str(payload["userErrors"][0]["code"])
    return f"application {payload['application']['id']}"


async def disturb(servers: Servers, chance: random.Random, events: Counter[str]) -> None:
    """Something bad all the time."""
    while True:
        await asyncio.sleep(chance.uniform(0.1, 0.5))
        event = chance.choice(("kill a BFF", "kill a BFF", "restart the core", "hang"))
        events[event] += 1
        if event == "kill a BFF":
            port = chance.choice(servers.ports)
            servers.kill(port)
            await asyncio.to_thread(servers.start_bff, port)
        elif event == "restart the core":
            servers.kill(servers.core_port)
            await asyncio.to_thread(servers.start_core)
            await set_faults(servers)
        else:
            await set_faults(servers, hanging=True)
            await asyncio.sleep(1)
            await set_faults(servers)


async def set_faults(servers: Servers, *, hanging: bool = False) -> None:
    """30 % of the replies to submissions are lost; sometimes a tenth of all calls hangs."""
    faults: list[dict[str, Any]] = [{"operation": "SubmitApplication", "kind": "lost_reply", "rate": 0.3}]
    if hanging:
        faults.append({"operation": "*", "kind": "hang", "rate": 0.1})
    url = f"{servers.core_url}/control/faults"
    async with aiohttp.ClientSession(raise_for_status=True) as session, session.put(url, json=faults):
        pass


WRONG = ("unconfirmed", "only in the core", "only in the journal", "accounts with more than one")


def compare(folder: Path) -> Counter[str]:
    """The journal against the core's own book."""
    with closing(sqlite3.connect(folder / "bff.sqlite3")) as db:
        journal = dict(db.execute("SELECT serial, status FROM application").fetchall())
    return compare_with_core(journal, folder)


def compare_with_core(journal: Mapping[str, str], folder: Path) -> Counter[str]:
    """`journal` has statuses by their serials."""
    with closing(sqlite3.connect(folder / "core.sqlite3")) as db:
        rows = db.execute("SELECT SQLSH, GRZH FROM application").fetchall()
    core = {serial for serial, _ in rows}
    open_here = {serial for serial, status in journal.items() if status in ("ACCEPTED", "IN_REVIEW", "COMPLETED")}
    return Counter(
        {
            "in the core": len(core),
            "in the journal as accepted": len(open_here),
            "unconfirmed": sum(status == "CONFIRMING" for status in journal.values()),
            "told rejected": sum(status == "REJECTED" for status in journal.values()),
            "only in the core": len(core - open_here),
            "only in the journal": len(open_here - core),
            "accounts with more than one": len(rows) - len({account for _, account in rows}),
        }
    )


async def main(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name), options.processes, SETTINGS)
        id_numbers = generate(servers.folder / "core.sqlite3", options.members + 1)
        try:
            servers.start_core()
            first, *tokens = await register(servers, id_numbers)
            for port in servers.ports:
                servers.start_bff(port)
            connector = aiohttp.TCPConnector(limit=0, force_close=True)
            patience = aiohttp.ClientTimeout(total=30)
            async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:
                if await one_key(session, servers, first, options.same_key) != 1:
                    return 1
                await storm(session, servers, tokens, options)
            return await settle(servers)
        finally:
            servers.stop()


async def storm(
    session: aiohttp.ClientSession, servers: Servers, tokens: list[str], options: argparse.Namespace
) -> None:
    chance = random.Random(options.seed)  # noqa: S311 (repeatable)
    gate = asyncio.Semaphore(options.at_once)
    events: Counter[str] = Counter()

    async def one(token: str) -> int:
        async with gate:
            return await apply_until_known(session, servers.ports, token, chance)

    begun = time.monotonic()
    await set_faults(servers)
    trouble = asyncio.create_task(disturb(servers, chance, events))
    tries = await asyncio.gather(*(one(token) for token in tokens))
    trouble.cancel()
    await asyncio.gather(trouble, return_exceptions=True)
    took = time.monotonic() - begun
    print(f"{len(tokens)} submissions in {took:.0f} s over {options.processes} processes, {sum(tries)} tries, ", end="")
    print(", ".join(f"{event} {count}" for event, count in events.items()))


async def settle(servers: Servers) -> int:
    """Everything is killed once more; then one process has two minutes to ask after what is unconfirmed."""
    servers.stop()
    before = compare(servers.folder)["unconfirmed"]
    servers.start_core()
    servers.start_bff(servers.ports[0])
    begun = time.monotonic()
    while (found := compare(servers.folder))["unconfirmed"] and time.monotonic() - begun < 120:
        await asyncio.sleep(0.5)
    print(f"{before} unconfirmed at the end, settled {time.monotonic() - begun:.0f} s after a restart")
    for name, count in found.items():
        print(f"{count:6}  {name}")
    return 1 if any(found[name] for name in WRONG) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--same-key", type=int, default=200)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    raise SystemExit(asyncio.run(main(parser.parse_args())))
