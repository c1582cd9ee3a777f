"""Servers that only CI starts, or whoever names them in the environment, and programs that not every machine has."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import NoReturn
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.orphans import no_orphan

_held: list[socket.socket] = []
"""Ports of this process's tests."""

EMPTY = """
DO $$ BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    ALTER TABLE audit DISABLE TRIGGER audit_is_not_emptied;
    EXECUTE (
        SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ')
        FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    );
    ALTER TABLE audit ENABLE TRIGGER audit_is_not_emptied;
END $$
"""
"""Whoever is still connected may have locked one of them."""


def redis_url() -> str:
    """Of a database that tests in other processes leave alone. Skips the test where there is none, unless CI has no
    excuse."""
    server, _, number = _named("BFF_TEST_REDIS_URL", "Redis").rpartition("/")
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return f"{server}/{int(number) + process}"


@contextmanager
def postgresql_database(template: str = "template1") -> Iterator[str]:
    """URL of an empty database, or of a copy of another, that is dropped in the end, whoever is still connected; skips
    like `redis_url`."""
    server, name = _named("BFF_TEST_DATABASE_URL", "PostgreSQL"), f"bff_{uuid4().hex}"
    asyncio.run(_run(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(_run(server, f"DROP DATABASE {name} WITH (FORCE)"))


def empty(url: str) -> None:
    """Takes the rows of all tables in a PostgreSQL, which is far quicker than another database."""
    asyncio.run(_run(url, EMPTY))


@dataclass
class Cluster:
    """A PostgreSQL of a test's own, which it may stop and start."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://bff@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """As a machine that loses its power."""
        self.run("pg_ctl", "-m", "immediate", "stop")

    def run(self, tool: str, *arguments: str) -> None:
        as_another = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # it refuses to run as root
        command = [*as_another, str(_postgresql(tool)), "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def own_postgresql(port: int) -> Iterator[Cluster]:
    """Started, on a free port; skips like `redis_url`."""
    _named("BFF_TEST_DATABASE_URL", "PostgreSQL")  # where none is named, there need not be a binary either
    folder = Path(mkdtemp(prefix="pg"))
    cluster = Cluster(folder, port)
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        cluster.run("initdb", "-U", "bff", "--auth=trust", "--no-sync")
        cluster.start()
        yield cluster
    finally:
        with suppress(subprocess.CalledProcessError):  # stopped already
            cluster.stop()
        shutil.rmtree(folder)


def _postgresql(tool: str) -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"))
    return found[-1] if found else Path(program(tool))


async def _run(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@contextmanager
def redis_server(*options: str) -> Iterator[str]:
    """URL of a Redis of the test's own, for settings that others must not see; skips like `redis_url`."""
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
    server = subprocess.Popen(no_orphan(command), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert any("Ready to accept connections" in line for line in server.stdout), "redis-server did not start"
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.communicate()


def free_port() -> int:
    """For a server that cannot say which port it was given. It stays bound here, without listening, so that the system
    gives it to nobody else; a server may bind it all the same, by SO_REUSEADDR."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _held.append(held)
    port: int = held.getsockname()[1]
    return port


def program(name: str) -> str:
    """Its path; skips like `redis_url`."""
    return shutil.which(name) or _missing(f"{name} is not installed")


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """What `mount` makes of the options, until the block ends; skips like `redis_url` where this user may not."""
    folder.mkdir(exist_ok=True)
    if subprocess.run(["mount", *options, folder], capture_output=True).returncode != 0:
        _missing("nobody but root may mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _named(variable: str, service: str) -> str:
    return os.environ.get(variable) or _missing(f"{variable} names no {service}")


def _missing(message: str) -> NoReturn:
    if os.environ.get("BFF_REQUIRE_SERVICES") == "1":
        pytest.fail(message)
    pytest.skip(message)
