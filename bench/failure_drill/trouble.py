"""What goes wrong during the storm: two rows of bad things at the same time, one at the core and one here."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import aiohttp

from bench.postgresql import PostgreSQL
from bench.servers import Servers
from sandbox.book import database, deposits

CORE_OPTIONS = ("--process-every", "3")
"""The core moves applications on, so that what it booked can be compared as well."""
LOST = {"operation": "SubmitApplication", "kind": "lost_reply", "rate": 0.3}
LATE = {"operation": "SubmitApplication", "kind": "delay", "ms": 700}
TOO_LATE = {"operation": "SubmitApplication", "kind": "delay", "ms": 8000, "rate": 0.5}
"""Longer than the server waits for an answer, and than it takes an application for lost after that."""
MONTHS = timedelta(days=40)
"""The core's day moves so far, three times: into a new year, in which both kinds may be applied for anew."""
DAY_MOVED = "core's day moved by 40 days"
Kinds = dict[str, tuple[int, Callable[[], Awaitable[None]]]]
"""Names of bad things, with how often and what."""


@dataclass
class Trouble:
    servers: Servers
    chance: random.Random
    postgresql: PostgreSQL | None = None
    redis: bool = False
    events: Counter[str] = field(default_factory=Counter)

    async def go_on(self) -> None:
        """Something bad all the time, until it is cancelled."""
        await asyncio.gather(self._go_on(self._at_the_core), self._go_on(self._here))

    async def _go_on(self, kinds: Callable[[], Kinds]) -> None:
        while True:
            await asyncio.sleep(self.chance.uniform(0.2, 1.5))
            possible = kinds()
            (name,) = self.chance.choices(list(possible), [weight for weight, _ in possible.values()])
            self.events[name] += 1
            await possible[name][1]()

    def _at_the_core(self) -> Kinds:
        kinds: Kinds = {
            "core restarted": (2, self.restart_core),
            "core hanging": (2, self.hang),
            "core closed during calls": (3, self.close),
            "accounts frozen during calls": (3, self.freeze),
            "submissions arriving late": (2, self.arrive_late),
        }
        if self.events[DAY_MOVED] < 3:
            kinds[DAY_MOVED] = (1, self.move_day)
        return kinds

    def _here(self) -> Kinds:
        kinds: Kinds = {"server processes killed": (2, self.kill_a_process)}
        if self.postgresql is not None:
            kinds["PostgreSQL killed and restarted"] = (1, self.restart_postgresql)
        if self.redis:
            kinds["Redis killed and restarted"] = (1, self.restart_redis)
        return kinds

    async def kill_a_process(self) -> None:
        port = self.chance.choice(self.servers.ports)
        self.servers.kill(port)
        await asyncio.to_thread(self.servers.start_bff, port)

    async def restart_core(self) -> None:
        self.servers.kill(self.servers.core_port)
        await asyncio.to_thread(self.servers.start_core, *CORE_OPTIONS)
        await self.heal()

    async def hang(self) -> None:
        await self.set_faults(LOST, {"operation": "*", "kind": "hang", "rate": 0.1})
        await asyncio.sleep(1)
        await self.heal()

    async def close(self) -> None:
        """It says that it is closed to applications that it took its time for."""
        await self.set_faults(LATE, {"operation": "SubmitApplication", "kind": "closed", "rate": 0.7})
        await asyncio.sleep(1.5)
        await self.heal()

    async def freeze(self) -> None:
        """Half of the accounts, while applications that were sent before wait for their answer."""
        await self.set_faults(LATE)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(self._set_status, deposits.NORMAL, deposits.FROZEN)
        try:
            await asyncio.sleep(1)
        finally:
            self._set_status(deposits.FROZEN, deposits.NORMAL)
        await self.heal()

    async def arrive_late(self) -> None:
        """Half of them, long after the server has stopped waiting for them."""
        await self.set_faults(LOST, TOO_LATE)
        await asyncio.sleep(1)
        await self.heal()

    async def move_day(self) -> None:
        url = f"{self.servers.core_url}/control/clock"
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            async with session.get(url) as answer:
                today = date.fromisoformat((await answer.json())["date"])
            async with session.put(url, json={"date": str(today + MONTHS)}):
                pass

    async def restart_postgresql(self) -> None:
        assert self.postgresql is not None
        await asyncio.to_thread(self.postgresql.restart, "immediate")

    async def restart_redis(self) -> None:
        self.servers.kill(self.servers.redis_port)
        await asyncio.sleep(1)
        await asyncio.to_thread(self.servers.start_redis)

    async def heal(self) -> None:
        """Of all but the usual: 30 % of the replies to submissions are lost."""
        await self.set_faults(LOST)

    async def set_faults(self, *faults: Mapping[str, Any]) -> None:
        url = f"{self.servers.core_url}/control/faults"
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.put(url, json=faults):
            pass

    def _set_status(self, before: str, after: str) -> None:
        query = "UPDATE account SET GRZHZT = ? WHERE GRZHZT = ? AND GRZH LIKE '992%' AND CAST(GRZH AS INTEGER) % 2"
        with database.connected(self.servers.folder / "core.sqlite3") as db, database.transaction(db):
            db.execute(query, (after, before))
