"""The practice core, PostgreSQL, Redis, two server processes, and nginx with the files of deploy/, on ports of their
own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2

from bench.failure_drill.people import register
from bench.postgresql import PostgreSQL, is_installed
from bench.servers import Servers
from bff.cli.dev_members import PEOPLE
from tests.processes.proxy import Nginx, nginx
from tests.support.orphans import no_orphan
from tests.support.servers import Bff
from tests.support.serving import until

PROGRAMS = ("nginx", "redis-server", "prometheus", "prometheus-alertmanager")
DUAN = PEOPLE[0]
SETTINGS = {"BFF_TRUSTED_PROXIES": "127.0.0.1"}
"""All others are as delivered."""
PATIENCE = 60.0
"""Seconds that a server has to answer for the first time."""


def missing_programs() -> list[str]:
    return [each for each in PROGRAMS if shutil.which(each) is None] + ["postgresql"] * (not is_installed())


class Stage:
    """What it starts is stopped with the stack."""

    def __init__(self, folder: Path, stack: ExitStack, *, short: bool) -> None:
        self.folder, self.stack, self.short = folder, stack, short
        folder.chmod(0o755)  # nginx's workers run as another user
        self.servers = Servers(folder, 2, SETTINGS, limited=True)
        stack.callback(self.servers.stop)

    def start_services(self) -> None:
        """PostgreSQL, Redis and the core, whose first practice person is registered."""
        postgresql = PostgreSQL()
        self.stack.callback(postgresql.stop)
        self.servers.environment["BFF_DATABASE_URL"] = postgresql.url
        self.servers.start_redis()
        self.servers.start_core()
        register_first_person(self.servers)

    def start_processes(self) -> None:
        for port in self.servers.ports:
            self.servers.start_bff(port)

    def start_nginx(self) -> Nginx:
        addresses = [f"127.0.0.1:{each}" for each in self.servers.ports]
        return self.stack.enter_context(nginx(self.folder / "nginx", addresses))

    def client(self, url: str) -> Bff:
        return Bff(url, self.stack.enter_context(httpx2.Client(base_url=url, timeout=60, trust_env=False)))

    def start_program(self, command: list[str], log: Path, url: str) -> None:
        """Waits until the URL answers."""
        with log.open("ab") as output:
            process = subprocess.Popen(no_orphan(command), stdout=output, stderr=output)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        until(lambda: status(url) == 200, PATIENCE)


def register_first_person(servers: Servers) -> None:
    asyncio.run(register(servers, [DUAN.id_number]))


def status(url: str) -> int:
    """0 without an answer."""
    with suppress(httpx2.TransportError):
        return httpx2.get(url, timeout=10, trust_env=False).status_code
    return 0
