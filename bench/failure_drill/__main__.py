"""A bad day for applications. First 200 submissions at once with one key. Then members submit from one or two devices,
with one key twice or two kinds at the same time, while the core loses 30 % of its replies, hangs, restarts, closes and
refuses during calls and moves on to other days, and our processes are killed; with `--services` PostgreSQL and Redis,
too. Afterwards the journal and the core must agree on every application to the cent, and every ID that any answer gave
must still be there, with the core's status. `python -m bench.failure_drill`; exits 1 where that is not so."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp

from bench.failure_drill import books, requests
from bench.failure_drill.comparison import compare, compare_seen, refused_but_accepted, wrong
from bench.failure_drill.devices import Devices, Notebook
from bench.failure_drill.people import Person, generate, register
from bench.failure_drill.requests import Wish
from bench.failure_drill.trouble import CORE_OPTIONS, Trouble
from bench.postgresql import PostgreSQL, is_installed
from bench.servers import Servers
from bff.observability import logging as logs
from bff.rules.application_kinds import ApplicationKind
from bff.store.unavailable import StoreUnavailable

SETTINGS = {
    "BFF_CORE_TIMEOUT": "2",
    "BFF_CORE_BREAKER_SECONDS": "1",
    "BFF_CORE_CLOSED_PAUSE": "0.5",
    "BFF_CONFIRM_EVERY": "0.2",
    "BFF_CONFIRM_WITHIN": "6",
    "BFF_PASSWORD_MEMORY_KIB": "64",
    "BFF_LOG_LEVEL": "WARNING",
}
PATIENCE = 60
"""Seconds that the members who began have after the last bad thing."""
SETTLING = 120
"""Seconds in which one process has to find out what is unconfirmed."""


@dataclass
class Drill:
    servers: Servers
    session: aiohttp.ClientSession
    chance: random.Random
    notebook: Notebook
    store_url: str

    @property
    def core_book(self) -> Path:
        return self.servers.folder / "core.sqlite3"

    async def one_key(self, person: Person, times: int) -> bool:
        """The same submission many times at once at all processes: one application must come of it."""
        wish = Wish(ApplicationKind.PROPERTY_FEE, str(uuid4()))
        ports = [self.servers.ports[number % len(self.servers.ports)] for number in range(times)]
        begun = time.monotonic()
        sent = (requests.apply(self.session, port, person.devices[0], wish) for port in ports)
        payloads = [payload for payload in await asyncio.gather(*sent) if payload]
        applications = [payload["application"] for payload in payloads if payload["application"]]
        for each in applications:
            self.notebook.note(person, each, wish.key)
        held, _ = books.core(self.core_book)  # none yet where the answer was lost; the comparison at the end counts
        ids = {each["id"] for each in applications}
        print(f"{times} submissions at once with one key, {time.monotonic() - begun:.1f} s: ", end="")
        print(f"{len(applications)} answers, {len(ids)} application, {len(held)} in the core")
        return len(ids) == 1 and len(held) <= 1

    async def storm(self, people: Sequence[Person], trouble: Trouble, at_once: int, seconds: float) -> None:
        devices = Devices(self.session, self.servers.ports, self.notebook, self.chance)
        waiting, begun = list(people), time.monotonic()

        async def send_one_after_another() -> None:
            while waiting and time.monotonic() - begun < seconds:
                await devices.storm(waiting.pop())

        await trouble.heal()
        going_wrong = asyncio.create_task(trouble.go_on())
        sending = [asyncio.create_task(send_one_after_another()) for _ in range(at_once)]
        await asyncio.wait(sending, timeout=seconds)
        going_wrong.cancel()
        await asyncio.gather(going_wrong, return_exceptions=True)
        answered, unanswered = await asyncio.wait(sending, timeout=PATIENCE)
        for each in answered:
            each.result()
        for each in unanswered:
            each.cancel()
        took = time.monotonic() - begun
        print(f"{len(people) - len(waiting)} members, {self.notebook.tries} submissions in {took:.0f} s over ", end="")
        print(f"{len(self.servers.ports)} processes; answers: {_listed(self.notebook.answers)}")
        print(_listed(trouble.events))
        self.notebook.unanswered = len(unanswered)

    async def settle(self) -> None:
        """Everything is killed once more, the core when it has done what was still on its way to it; then one process
        finds out what is unconfirmed."""
        for port in self.servers.ports:
            self._kill(port)
        while await self._at_work():
            await asyncio.sleep(0.2)
        self._kill(self.servers.core_port)
        before = await self._unconfirmed()
        await asyncio.to_thread(self.servers.start_core)
        await asyncio.to_thread(self.servers.start_bff, self.servers.ports[0])
        begun = time.monotonic()
        while await self._unconfirmed() and time.monotonic() - begun < SETTLING:
            await asyncio.sleep(0.5)
        print(f"{before} unconfirmed at the end, settled {time.monotonic() - begun:.0f} s after a restart")

    def _kill(self, port: int) -> None:
        with suppress(KeyError):  # the last bad thing was that
            self.servers.kill(port)

    async def _at_work(self) -> bool:
        async with self.session.get(f"{self.servers.core_url}/control/load") as answer:
            return bool((await answer.json())["inFlight"])

    async def _unconfirmed(self) -> int:
        """Waits for a store that was killed a moment ago and is starting up."""
        begun = time.monotonic()
        while True:
            try:
                return sum(row.status == "CONFIRMING" for row in await books.journal(self.store_url))
            except StoreUnavailable:
                if time.monotonic() - begun > SETTLING:
                    raise
                await asyncio.sleep(0.5)

    async def look_again(self, people: Sequence[Person]) -> Counter[str]:
        """Each member asks for the list and for every ID that the devices ever got; then the books are compared."""
        port, tokens = self.servers.ports[0], {each.account: each.devices[0] for each in people}
        listed = [row for each in people for row in await self._list(port, each)]
        shown = {each.id: await self._status(port, tokens[each.account], each.id) for each in self.notebook.seen}
        found = await books.read(self.store_url, self.core_book)
        return Counter(
            {
                **compare(found),
                **compare_seen(self.notebook.seen, shown, listed, found),
                "members without an answer": self.notebook.unanswered,
                "vanished meanwhile": len(self.notebook.vanished),
                "told refused, yet accepted": refused_but_accepted(self.notebook.last, found),
            }
        )

    async def _list(self, port: int, person: Person) -> list[str]:
        rows = await requests.list_all(self.session, port, person.devices[0])
        if rows is None:
            raise SystemExit("a list is not answered although nothing is wrong any more")
        return [row["id"] for row in rows]

    async def _status(self, port: int, token: str, number: str) -> str | None:
        me = await requests.look(self.session, port, token, number)
        if me is None:
            raise SystemExit("an application is not answered although nothing is wrong any more")
        return me["application"]["status"] if me["application"] else None


def _listed(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))


async def run(servers: Servers, postgresql: PostgreSQL | None, options: argparse.Namespace) -> int:
    chance = random.Random(options.seed)  # noqa: S311 (repeatable)
    id_numbers = generate(servers.folder / "core.sqlite3", options.members + 1)
    if options.services:
        servers.start_redis()
    servers.start_core(*CORE_OPTIONS)
    people = await register(servers, id_numbers, devices=2)
    for port in servers.ports:
        servers.start_bff(port)
    store_url = postgresql.url if postgresql else f"sqlite+aiosqlite:///{servers.folder / 'bff.sqlite3'}"
    connector, patience = aiohttp.TCPConnector(limit=0, force_close=True), aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:
        drill = Drill(servers, session, chance, Notebook(), store_url)
        one = await drill.one_key(people[0], options.same_key)
        trouble = Trouble(servers, chance, postgresql, redis=options.services)
        await drill.storm(people[1:], trouble, options.at_once, options.seconds)
        await drill.settle()
        found = await drill.look_again(people)
    for name, count in found.items():
        print(f"{count:8}  {name}")
    broken = wrong(found)
    print(f"not held: {', '.join(broken)}" if broken else "held")
    return 0 if one and not broken else 1


def main(options: argparse.Namespace) -> int:
    if options.services and (shutil.which("redis-server") is None or not is_installed()):
        raise SystemExit("--services needs redis-server and PostgreSQL on this machine")
    logs.configure("WARNING", "console")
    postgresql = PostgreSQL() if options.services else None
    settings = {**SETTINGS, **({"BFF_DATABASE_URL": postgresql.url} if postgresql else {})}
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name), options.processes, settings)
        try:
            return asyncio.run(run(servers, postgresql, options))
        finally:
            servers.stop()
            if postgresql is not None:
                postgresql.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.failure_drill", description=__doc__)
    parser.add_argument("--members", type=int, default=400)
    parser.add_argument("--same-key", type=int, default=200)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=24)
    parser.add_argument(
        "--seconds", type=float, default=180, help="after which no other member begins and nothing bad happens any more"
    )
    parser.add_argument("--services", action="store_true", help="with PostgreSQL and Redis, which are killed as well")
    parser.add_argument("--seed", type=int, default=1)
    raise SystemExit(main(parser.parse_args()))
