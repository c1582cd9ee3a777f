"""Real servers for the tests: the practice core as a process, the BFF in a thread, both on free ports."""

from __future__ import annotations

import asyncio
import atexit
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import uvicorn
from sqlalchemy.engine import make_url

from bff.app import AtStart, create_app
from bff.cli.dev_examples import operations_of
from bff.cli.dev_members import register_practice_people
from bff.network.connections import ConnectionLimits
from bff.network.server import Server as BoundedServer
from bff.network.server import ServerConfig
from bff.observability.telemetry import Tracing
from bff.server.graphiql import GraphiQLConfig
from bff.services import utc_now
from bff.settings import Settings
from bff.store.database import Store, sqlite_file
from tests.support.forking import Forked, practice_core
from tests.support.orphans import no_orphan
from tests.support.services import postgresql_database

ROOT = Path(__file__).parents[2]
OPERATIONS = {
    name: document
    for path in sorted((ROOT / "app").glob("*.graphql"))
    for name, document in operations_of(path.read_text(encoding="utf-8")).items()
}
FAST_HASHES: dict[str, Any] = {"password_memory_kib": 64, "password_iterations": 1}


class Clock:
    """A server's clock that stands still until it is moved; it begins `days_ago`."""

    def __init__(self, days_ago: float = 0) -> None:
        self.moment = datetime.now(UTC) - timedelta(days=days_ago)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Core:
    """The practice core over a book; it can be stopped and started again on the same or another port."""

    book: Path
    port: int = 0
    options: Sequence[str] = ()
    source: Path = ROOT
    url: str = ""
    _process: Forked | subprocess.Popen[str] | None = None

    def start(self) -> None:
        options = ["--port", str(self.port), "--database", str(self.book), *self.options]
        self._process = practice_core(*options) if self.source == ROOT else self._of_other_sources(options)
        assert self._process.stdout is not None
        found = re.search(r"listening on (http://\S+:(\d+))", self._process.stdout.readline())
        assert found, "the practice core did not start"
        self.url, self.port = found[1], int(found[2])

    def _of_other_sources(self, options: Sequence[str]) -> subprocess.Popen[str]:
        command = no_orphan([sys.executable, "-m", "sandbox", *options])
        return subprocess.Popen(command, cwd=self.source, stdout=subprocess.PIPE, text=True)

    def stop(self) -> None:
        if self._process is not None:
            if isinstance(self._process, Forked):
                self._process.end()
            else:
                self._process.terminate()
                self._process.communicate()
            self._process = None

    def control(self, method: str, path: str, json: Any = None) -> Any:
        answer = httpx2.request(method, f"{self.url}/control/{path}", json=json, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def calls(self) -> dict[str, int]:
        """Calls since the last look."""
        counted: dict[str, int] = self.control("GET", "calls")
        self.control("DELETE", "calls")
        return counted

    def has(self, operations: Set[str]) -> bool:
        """Whether it was called for all of them since the last look; what hangs is called, too."""
        return set(self.control("GET", "calls")) >= operations

    def break_(self, operation: str, kind: str, **more: Any) -> None:
        self.control("PUT", "faults", [{"operation": operation, "kind": kind, **more}])

    def heal(self) -> None:
        self.control("PUT", "faults", [])

    def move_clock(self, to: date) -> None:
        self.control("PUT", "clock", {"date": str(to)})

    def serials(self) -> list[str]:
        """Of all applications in the book."""
        with closing(sqlite3.connect(self.book)) as db:
            return [row[0] for row in db.execute("SELECT SQLSH FROM application")]

    def inbox(self, phone: str) -> list[dict[str, str]]:
        messages: list[dict[str, str]] = self.control("GET", f"inbox?phone={phone}")
        return messages


@contextmanager
def running_core(book: Path, *options: str) -> Iterator[Core]:
    core = Core(book, options=options)
    core.start()
    try:
        yield core
    finally:
        core.stop()


@dataclass
class Bff:
    """A running server and a client of it."""

    url: str
    client: httpx2.Client
    services: Any = None
    tokens: dict[str, str] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop | None = None

    def pass_time(self, seconds: float) -> None:
        """For all that a server in this process waits for: what may take no longer than that is given up at once."""
        loop = self.loop
        assert loop is not None

        def move() -> None:
            now = loop.time
            loop.time = lambda: now() + seconds  # type: ignore[method-assign]

        loop.call_soon_threadsafe(move)

    def execute(
        self, document: str, variables: Any = None, token: str | None = None, address: str | None = None
    ) -> dict[str, Any]:
        """`address` is where the caller comes from, for a server that trusts this machine as its proxy."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"X-Forwarded-For": address} if address else {}
        body = {"query": OPERATIONS.get(document, document), "variables": variables or {}}
        answer = self.client.post("/graphql", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def data(self, document: str, variables: Any = None, token: str | None = None, address: str | None = None) -> Any:
        """For what has to work: no errors."""
        answer = self.execute(document, variables, token, address)
        assert "errors" not in answer, answer
        return answer["data"]

    def sign_in(self, username: str, *, unlocked: bool = True) -> str:
        asked = {"username": username, "loginPassword": "Practice-2018"}
        if unlocked:
            asked["queryPassword"] = "201810"
        payload = self.data("SignIn", {"input": asked})["signIn"]
        assert payload["userErrors"] == []
        token: str = payload["session"]["accessToken"]
        return token


class StoppedAtOnce(uvicorn.Server):
    """uvicorn looks ten times a second whether it is to stop, and then waits a tenth of a second in any case. Of the
    hundreds of servers that are stopped here few have anything left to wait for."""

    _looking: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """From another thread."""
        self.should_exit = True
        if self._looking is not None:
            self._looking.get_loop().call_soon_threadsafe(self._looking.cancel)

    async def main_loop(self) -> None:
        self._looking = asyncio.create_task(super().main_loop())
        await asyncio.wait([self._looking])
        self._looking = None

    async def shutdown(self, sockets: Any = None) -> None:
        """As uvicorn's, which gives requests that are being answered their time, too."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 (uvicorn tells nobody)
                    await asyncio.sleep(0.002)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


class Server(StoppedAtOnce):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: Any = None) -> None:
        self.loop = asyncio.get_running_loop()
        try:
            await super().startup(sockets)
        finally:
            self.listening.set()


class BffServer(Server, BoundedServer, StoppedAtOnce):
    """Ours does, too. What it does at its end comes before what uvicorn does."""


@contextmanager
def running_bff(
    settings: Settings,
    at_start: AtStart | None = register_practice_people,
    ide: GraphiQLConfig | None = None,
    now: Callable[[], datetime] = utc_now,
    tracing: Tracing | None = None,
    limits: ConnectionLimits | None = None,
) -> Iterator[Bff]:
    give_tables(settings.store_url)
    app = create_app(settings, at_start=at_start, ide=ide, now=now, tracing=tracing)
    server = BffServer(ServerConfig(app, settings.model_copy(update={"port": 0}), limits, log_level="warning"))
    thread = threading.Thread(target=server.run, name="bff")
    thread.start()
    try:
        assert server.listening.wait(60)
        assert server.started, "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield Bff(url, client, app.state.services, loop=server.loop)
    finally:
        server.stop()
        thread.join()


def give_tables(store_url: str) -> None:
    """To an empty SQLite: a copy takes a hundredth of the migrations' time."""
    file = sqlite_file(store_url)
    if file is not None and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(_migrated().name, "bff.sqlite3"), file)


@contextmanager
def postgresql_store() -> Iterator[str]:
    """URL of a database that has the tables, and no rows in them; skips like `redis_url`."""
    with postgresql_database(_migrated_database()) as url:
        yield url


@cache
def _migrated() -> TemporaryDirectory[str]:
    """Where a store is that has no rows. It goes with the process."""
    folder = TemporaryDirectory()
    _migrate(f"sqlite+aiosqlite:///{folder.name}/bff.sqlite3")
    return folder


@cache
def _migrated_database() -> str:
    """Name of a database that goes with the process."""
    stack = ExitStack()
    url = stack.enter_context(postgresql_database())
    atexit.register(stack.close)
    _migrate(url)
    return str(make_url(url).database)


def _migrate(url: str) -> None:
    async def migrate() -> None:
        store = await Store.open(url)
        await store.migrate()
        await store.close()

    with ThreadPoolExecutor(1) as thread:  # a test that is a coroutine has its loop in this one
        thread.submit(asyncio.run, migrate()).result()


def copy_book(source: Path, target: Path) -> Path:
    """A copy of a book, also of one that is in use."""
    with sqlite3.connect(source) as one, sqlite3.connect(target) as other:
        one.backup(other)
    one.close()
    other.close()
    return target
