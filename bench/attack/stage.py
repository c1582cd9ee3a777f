"""The practice core with a few members, and servers in front of it as an operator would run them: with the defaults,
but for what an attack needs."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.failure_drill.people import generate, register
from bench.servers import Servers

PROXY = "127.0.0.1"
"""Whom the servers trust to say where a request comes from."""
OTHER = "127.0.0.9"
"""From where members come that have nothing to do with an attack."""
MEMORY_KIB = "8192"
"""Of a password hash: less than by default, so that in a time the rest weighs the more. Members' hashes and those that
are made in place of nobody's have to cost the same."""
MEMBERS, STRANGERS = 150, 50
"""Who is registered with the app, and who is in the core only."""


@dataclass(frozen=True, slots=True)
class Target:
    """A running server."""

    port: int
    pid: int
    log: Path

    def log_bytes(self) -> int:
        return self.log.stat().st_size


@dataclass(frozen=True, slots=True)
class Member:
    """A person in the core; `token` is of an unlocked session, empty for a stranger."""

    name: str
    phone: str
    id_number: str
    account: str
    token: str = ""


@dataclass
class Stage:
    folder: Path
    servers: Servers = field(init=False)
    members: list[Member] = field(init=False)
    strangers: list[Member] = field(init=False)
    id_numbers: list[str] = field(init=False)

    async def build(self) -> None:
        settings = {"BFF_TRUSTED_PROXIES": PROXY, "BFF_PASSWORD_MEMORY_KIB": MEMORY_KIB}
        self.servers = Servers(self.folder, 0, settings, limited=True)
        self.id_numbers = generate(self.folder / "core.sqlite3", MEMBERS + STRANGERS)
        self.servers.start_core()
        self.members = await self.registered("", MEMBERS)
        accounts = {each.account for each in self.members}
        self.strangers = [each for each in _people(self.folder / "core.sqlite3") if each.account not in accounts]

    async def registered(self, database_url: str, count: int) -> list[Member]:
        """The first people of the core as members in a store; an empty URL is for that of the stage."""
        self.servers.environment["BFF_DATABASE_URL"] = database_url
        people = await register(self.servers, self.id_numbers[:count])
        del self.servers.environment["BFF_DATABASE_URL"]
        tokens = {each.account: each.devices[0] for each in people}
        everybody = _people(self.folder / "core.sqlite3")
        return [replace(each, token=tokens[each.account]) for each in everybody if each.account in tokens]

    @asynccontextmanager
    async def server(
        self, settings: Mapping[str, str] | None = None, descriptors: int | None = None
    ) -> AsyncIterator[Target]:
        """`settings` are those of the environment; `descriptors` is the process's limit for open files."""
        limit = (f"prlimit --nofile={descriptors}".split()) if descriptors else []
        port = await asyncio.to_thread(self.servers.start_another_bff, limit, (), settings or {})
        try:
            yield Target(port, self.servers.running[port].pid, self.folder / f"{port}.log")
        finally:
            self.servers.kill(port)

    def close(self) -> None:
        self.servers.stop()


def _people(book: Path) -> list[Member]:
    """Those that were generated."""
    with closing(sqlite3.connect(book)) as db:
        query = "SELECT XINGMING, SJHM, ZJHM, GRZH FROM person WHERE SJHM LIKE '199%'"
        return [Member(*row) for row in db.execute(query)]


def is_supported() -> bool:
    """Whether this system tells of processes what the attacks measure."""
    return os.path.exists("/proc/self/clear_refs")
