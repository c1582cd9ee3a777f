"""A day at the centre in fast motion, over two BFF processes, PostgreSQL and Redis: the core opens, is asked by
everybody, slows down, restarts and closes; Redis, PostgreSQL and a BFF process go away and come back.
`python -m bench.day_simulation`; writes a table and docs/operations/day.svg, and exits 1 where a promise is broken."""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import aiohttp

from bench.chart import Second, svg
from bench.failure_drill import books
from bench.failure_drill.comparison import compare, wrong
from bench.failure_drill.people import generate, register
from bench.failure_drill.requests import Wish, apply
from bench.postgresql import PostgreSQL
from bench.servers import Servers
from bff.cli.dev_examples import operations_of
from bff.observability import logging as logs
from bff.rules.application_kinds import ApplicationKind

ROOT = Path(__file__).parents[1]
AT_ONCE, PROCESSES, DEADLINE = 4, 2, 10.0
SETTINGS = {
    "BFF_CORE_MAX_CONCURRENCY": str(AT_ONCE),
    "BFF_CACHE_FRESH_AT_MOST": "5",  # a minute of the day is a few seconds here
    "BFF_CORE_CLOSED_PAUSE": "2",  # likewise
    "BFF_CONFIRM_EVERY": "0.5",
    "BFF_CONFIRM_WITHIN": "30",
    "BFF_LOG_LEVEL": "WARNING",
}
SCREENS = {
    name: operations_of((ROOT / "app" / f"{file}.graphql").read_text(encoding="utf-8"))[name]
    for file, name in (("account", "AccountInfo"), ("details", "ContributionDetails"), ("information", "Bulletins"))
}
SHARES = {"AccountInfo": 0.6, "ContributionDetails": 0.2, "Bulletins": 0.15, "apply": 0.05}
REFUSED = {"CORE_UNAVAILABLE", "CORE_CLOSED", "CORE_TIMEOUT", "TIMEOUT"}


@dataclass(frozen=True, slots=True)
class Asked:
    """`at` and `took` in seconds; `at` since the day's beginning."""

    at: float
    took: float
    outcome: str


@dataclass
class Day:
    servers: Servers
    postgresql: PostgreSQL
    session: aiohttp.ClientSession
    tokens: Sequence[str]
    chance: random.Random
    begun: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    phases: list[tuple[str, float]] = field(default_factory=lambda: [("yesterday", 0.0)])
    peaks: list[int] = field(default_factory=list)
    applying: list[asyncio.Task[None]] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    turn: int = 0

    # ----- what goes wrong -----

    async def fault(self, **rule: Any) -> None:
        rules = [{"operation": "*", **rule}] if rule else []
        async with self.session.put(f"{self.servers.core_url}/control/faults", json=rules) as answer:
            assert answer.status == 200

    async def opens(self) -> None:
        await self.fault(kind="delay", ms=20)

    async def slows_down(self) -> None:
        await self.fault(kind="delay", ms=5000)

    async def restarts(self) -> None:
        await self.opens()
        await asyncio.sleep(2)
        self.servers.kill(self.servers.core_port)
        await asyncio.sleep(2)
        await asyncio.to_thread(self.servers.start_core)
        await self.opens()

    async def redis_dies(self) -> None:
        self.servers.kill(self.servers.redis_port)
        await asyncio.sleep(6)
        await asyncio.to_thread(self.servers.start_redis)

    async def postgresql_restarts(self) -> None:
        await asyncio.to_thread(self.postgresql.restart)

    async def a_process_dies(self) -> None:
        port = self.servers.ports[0]
        self.servers.kill(port)
        await asyncio.sleep(2)
        await asyncio.to_thread(self.servers.start_bff, port)

    async def closes(self) -> None:
        await self.fault(kind="closed")

    # ----- who asks -----

    async def phase(self, name: str, seconds: float, rate: float, happens: Callable[[], Awaitable[None]]) -> None:
        """`rate` requests a second, whether earlier ones have been answered or not."""
        self.phases.append((name, time.monotonic() - self.begun))
        end, asking = time.monotonic() + seconds, []
        trouble = asyncio.ensure_future(happens())
        watching = asyncio.create_task(self.watch_core())
        while time.monotonic() < end:
            asking.append(asyncio.create_task(self.one()))
            await asyncio.sleep(self.chance.expovariate(rate))
        await trouble
        await asyncio.gather(*asking)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    async def watch_core(self) -> None:
        """The most calls in flight that it saw, whenever it can be asked."""
        while True:
            with suppress(aiohttp.ClientError):
                async with self.session.get(f"{self.servers.core_url}/control/load") as answer:
                    self.peaks.append((await answer.json())["peak"])
            await asyncio.sleep(0.5)

    async def one(self) -> None:
        (what,) = self.chance.choices(list(SHARES), list(SHARES.values()))
        if what != "apply":
            await self.screen(what, self.chance.choice(self.tokens))
        elif len(self.applying) < len(self.tokens):
            token = self.tokens[len(self.applying)]
            self.applying.append(asyncio.create_task(self.application(token, f"day-{len(self.applying)}")))

    async def yesterday(self) -> None:
        """Everybody has looked before; none of it counts."""
        for token in self.tokens:
            await asyncio.gather(*(self.screen(name, token) for name in SCREENS))
        self.asked.clear()

    async def screen(self, name: str, token: str) -> None:
        begun = time.monotonic()
        variables = {"first": 10} if name != "AccountInfo" else {}
        answer = await self.send({"query": SCREENS[name], "variables": variables}, token)
        if _outcome(answer) == "failed":
            self.failures[f"{self.phases[-1][0]}: {_codes(answer)}"] += 1
        self.note(begun, _outcome(answer))

    async def send(self, body: Any, token: str) -> dict[str, Any] | None:
        """By turns, as a balancer: where one process does not answer a read, the other is asked."""
        self.turn += 1
        for attempt in range(len(self.servers.ports)):
            port = self.servers.ports[(self.turn + attempt) % len(self.servers.ports)]
            headers = {"Authorization": f"Bearer {token}"}
            with suppress(aiohttp.ClientError, ValueError):
                async with self.session.post(f"http://127.0.0.1:{port}/graphql", json=body, headers=headers) as answer:
                    found: dict[str, Any] = await answer.json()
                    return found
        return None

    async def application(self, token: str, key: str) -> None:
        """As an app does: the same key again until there is an answer."""
        wish = Wish(ApplicationKind.PROPERTY_FEE, key)
        while True:
            begun = time.monotonic()
            self.turn += 1
            payload = await apply(self.session, self.servers.ports[self.turn % PROCESSES], token, wish)
            if payload:
                assert payload["application"], payload
                self.note(begun, "answered")
                return
            self.note(begun, "refused")
            await asyncio.sleep(2)

    async def books(self) -> books.Books:
        return await books.read(self.postgresql.url, self.servers.folder / "core.sqlite3")

    def note(self, begun: float, outcome: str) -> None:
        self.asked.append(Asked(begun - self.begun, time.monotonic() - begun, outcome))


def _codes(answer: dict[str, Any] | None) -> set[str]:
    return {error["extensions"]["code"] for error in (answer or {}).get("errors", ())}


def _outcome(answer: dict[str, Any] | None) -> str:
    if answer is None:
        return "failed"
    if codes := _codes(answer):
        return "refused" if codes <= REFUSED else "failed"
    return "old" if answer.get("extensions", {}).get("staleness") else "answered"


async def live(day: Day, scale: float) -> None:
    """The phases, `scale` times as long."""
    await day.opens()
    await day.yesterday()
    day.phases.clear()
    day.begun = time.monotonic()
    await day.phase("8:25, still closed", 8 * scale, 20, day.closes)
    await day.phase("8:30, it opens", 10 * scale, 60, day.opens)
    await day.phase("morning", 10 * scale, 30, day.opens)
    await day.phase("lunch", 15 * scale, 70, day.opens)
    await day.phase("the core takes 5 s", 20 * scale, 30, day.slows_down)
    await day.phase("the core restarts", 12 * scale, 30, day.restarts)
    await day.phase("Redis killed", 12 * scale, 30, day.redis_dies)
    await day.phase("PostgreSQL restarts", 10 * scale, 30, day.postgresql_restarts)
    await day.phase("a process killed", 12 * scale, 30, day.a_process_dies)
    await day.phase("18:00, it closes", 12 * scale, 30, day.closes)
    await day.phase("next morning", 10 * scale, 30, day.opens)
    await asyncio.gather(*day.applying)


def table(day: Day) -> str:
    lines = ["| phase | asked | answered | old | refused | failed | p50 | p99 | longest |", "|---|" + "--:|" * 8]
    ends = [begins for _, begins in day.phases[1:]] + [float("inf")]
    for (name, begins), end in zip(day.phases, ends, strict=True):
        asked = [each for each in day.asked if begins <= each.at < end]
        counted = Counter(each.outcome for each in asked)
        shares = " | ".join(f"{counted[each] / len(asked):.1%}" for each in ("answered", "old", "refused", "failed"))
        times = sorted(each.took for each in asked)
        slow = quantiles(times, n=100)[98]
        lines.append(f"| {name} | {len(asked)} | {shares} | {_ms(median(times))} | {_ms(slow)} | {_ms(times[-1])} |")
    return "\n".join(lines)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def seconds_of(day: Day) -> list[Second]:
    found = []
    for number in range(int(max(each.at for each in day.asked)) + 1):
        asked = [each for each in day.asked if number <= each.at < number + 1]
        times = [each.took for each in asked] or [0.0]
        found.append(Second(Counter(each.outcome for each in asked), median(times), max(times)))
    return found


async def promises(day: Day, services: int) -> bool:
    """Prints each, and whether all were kept."""
    longest, bound = max(each.took for each in day.asked), AT_ONCE * PROCESSES * services
    give_up = time.monotonic() + 90
    while (found := compare(await day.books()))["unconfirmed"] and time.monotonic() < give_up:
        await asyncio.sleep(0.5)
    print(f"longest wait {longest:.2f} s of {DEADLINE:.0f} s")
    print(f"at most {max(day.peaks)} calls in flight of {bound} ({PROCESSES} processes, {services} services)")
    print(f"{len(day.applying)} submissions; {dict(found)}")
    lost = len(day.applying) - found["in the core"] - found["not received"] - found["refused"]
    return longest <= DEADLINE + 0.5 and max(day.peaks) <= bound and lost == 0 and not wrong(found)


async def run(options: argparse.Namespace, servers: Servers, postgresql: PostgreSQL) -> bool:
    id_numbers = generate(servers.folder / "core.sqlite3", options.members)
    servers.start_redis()
    servers.start_core()
    logs.configure("WARNING", "console")
    tokens = [each.devices[0] for each in await register(servers, id_numbers)]
    for port in servers.ports:
        servers.start_bff(port)
    connector, patience = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:
        day = Day(servers, postgresql, session, tokens, random.Random(options.seed))  # noqa: S311 (repeatable)
        async with session.get(f"http://127.0.0.1:{servers.ports[0]}/readyz") as ready:
            services = len((await ready.json())["core"])
        await live(day, options.scale)
        print(table(day))
        print(f"failed: {dict(day.failures) or 'none'}")
        options.chart.parent.mkdir(exist_ok=True)
        options.chart.write_text(svg("A day in fast motion", day.phases, seconds_of(day)), encoding="utf-8")
        return await promises(day, services)


def main(options: argparse.Namespace) -> int:
    postgresql = PostgreSQL()
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name), PROCESSES, {**SETTINGS, "BFF_DATABASE_URL": postgresql.url})
        try:
            return 0 if asyncio.run(run(options, servers, postgresql)) else 1
        finally:
            servers.stop()
            postgresql.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=400)
    parser.add_argument("--scale", type=float, default=1.0, help="how many times as long as usual")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chart", type=Path, default=ROOT / "docs" / "operations" / "day.svg")
    raise SystemExit(main(parser.parse_args()))
