"""The server's own database: members, sessions, codes, the journal of applications, the audit log. SQLite by default,
PostgreSQL by URL; the same tables and statements on both."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any
from weakref import WeakSet

import aiosqlite
import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Row, Select, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from bff.store.unavailable import RefusedWrites, told_apart

log = structlog.get_logger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
READS = "gjj_reads"
"""Execution option of connections to SQLite that only read."""
ONE_AT_A_TIME = 0x67_6A_6A
"""PostgreSQL's advisory lock for migrations: the letters of 公积金's pinyin initials."""
PATIENCE = 5.0
"""Seconds that a request waits for the database: for a connection, a lock and the answer together on PostgreSQL, for
each of the first two on SQLite, whose statements run in threads."""
TOUCH = """
    UPDATE alembic_version SET version_num = version_num
    WHERE version_num IN (SELECT version_num FROM alembic_version FOR UPDATE SKIP LOCKED)
"""
"""PostgreSQL's statement for `touch`: writes a row without changing it, and does not wait for a migration that locks
it."""


@dataclass(frozen=True, slots=True)
class Store:
    """The store. `reader` shares the engine's connections and opens no transactions; `beside` reads SQLite in this
    thread; `count_unknown` is called with the place of a value that only a newer release knows. Reading and writing
    raise StoreUnavailable while the database is away, too busy, full or read-only."""

    engine: AsyncEngine
    reader: AsyncEngine
    beside: Engine | None = None
    count_unknown: Callable[[str], None] = lambda _: None
    refused: RefusedWrites = field(default_factory=RefusedWrites)
    threads: WeakSet[Thread] = field(default_factory=WeakSet)
    """Of connections to SQLite."""

    @classmethod
    async def open(cls, url: str, count_unknown: Callable[[str], None] = lambda _: None) -> Store:
        """Make a store, which connects lazily; a SQLite file and its folder are created, readable by this user only."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if (file := sqlite_file(url)) is not None:
                _create_private(file)
            engine = create_async_engine(url, hide_parameters=True, pool_timeout=PATIENCE)
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
            reader = engine.execution_options(**{READS: True})
            store = cls(engine, reader, _beside(file) if file else None, count_unknown)
            event.listen(engine.sync_engine, "do_connect", store._connect)
            return store
        engine = create_async_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=10, pool_timeout=PATIENCE
        )
        return cls(engine, engine.execution_options(isolation_level="AUTOCOMMIT"), None, count_unknown)

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, count_unknown: Callable[[str], None] = lambda _: None) -> AsyncIterator[Store]:
        """Open a store for as long as the block runs."""
        store = await cls.open(url, count_unknown)
        try:
            yield store
        finally:
            await store.close()

    async def close(self) -> None:
        """Also waits for threads whose connections were given up: they answer to this event loop."""
        await self.engine.dispose()
        if self.beside is not None:
            self.beside.dispose()
        await asyncio.to_thread(_join, tuple(self.threads))

    def _connect(self, dialect: Any, _: object, arguments: Any, options: Any) -> Any:
        """As the dialect does by itself, except that the thread is known here."""

        def create(*given: Any, **more: Any) -> aiosqlite.Connection:
            connection = aiosqlite.connect(*given, **more)
            connection._thread.daemon = True
            self.threads.add(connection._thread)
            return connection

        return dialect.connect(*arguments, async_creator_fn=create, **options)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for statements outside of a transaction. Raises StoreUnavailable."""
        async with self._answering(), self.reader.connect() as connection:
            yield connection

    async def first(self, query: Select[Any], values: Mapping[str, object]) -> Row[Any] | None:
        """Return the first row of an indexed query. SQLite is read in this thread: that takes microseconds, and a
        round trip to another thread a millisecond."""
        row: Row[Any] | None
        if self.beside is not None:
            with told_apart(self.refused), suppress(OperationalError), self.beside.connect() as here:
                row = here.execute(query, values).first()
                return row
        async with self.read() as connection:
            row = (await connection.execute(query, values)).first()
            return row

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction. Raises StoreUnavailable."""
        async with self._answering(), self.engine.begin() as connection:
            yield connection

    async def touch(self) -> None:
        """Write without changing anything that is read. Raises StoreUnavailable."""
        async with self.write() as db:
            if db.dialect.name == "sqlite":
                await db.exec_driver_sql(f"PRAGMA user_version = {secrets.randbits(31)}")
            else:
                await db.execute(text(TOUCH))

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Limit the time, except of SQLite, whose threads cannot be cancelled and limit their wait for a lock
        themselves."""
        with told_apart(self.refused):
            async with asyncio.timeout(None if self.engine.dialect.name == "sqlite" else PATIENCE):
                yield

    async def migrate(self) -> None:
        """Migrate the tables, safely from several processes at once, without a time limit. Tables of a newer
        release, which only adds to them, stay as they are."""
        with told_apart(self.refused):
            await self._migrate()

    async def _migrate(self) -> None:
        async with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            await connection.run_sync(_upgrade)

    async def revision(self) -> str | None:
        """Return the revision of the tables, null without any, read in a transaction that could write. Raises the
        driver's errors, which tell an operator more."""
        async with self.engine.connect() as connection, connection.begin():
            return await connection.run_sync(_revision)

    async def is_migrated(self) -> bool:
        """Tell whether the tables are those of this release, or of a newer one, which only adds to them."""
        async with self.read() as connection:
            return await connection.run_sync(_revision) not in {None, *known_revisions()} - {latest_revision()}


def latest_revision() -> str | None:
    """Return the latest revision of this release."""
    return _migrations().get_current_head()


def known_revisions() -> set[str]:
    return {each.revision for each in _migrations().walk_revisions()}


@cache
def _migrations() -> ScriptDirectory:
    """Loaded once: a process is asked again and again whether it is ready."""
    return ScriptDirectory.from_config(_config())


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _join(threads: Iterable[Thread]) -> None:
    until = monotonic() + PATIENCE
    for each in threads:
        each.join(max(0.0, until - monotonic()))


def sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if is_file else None


def _create_private(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection) -> None:
    revision = _revision(connection)
    if revision == latest_revision():
        return
    if revision is not None and revision not in known_revisions():
        log.warning("store_is_newer", tables=revision, code=latest_revision())
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _beside(file: Path) -> Engine:
    """Make an engine of one connection that does not wait for locks; what it cannot read at once is read by the
    reader."""
    return create_engine(
        f"sqlite:///{file}",
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        poolclass=StaticPool,
        connect_args={"timeout": 0.0, "check_same_thread": False},
    )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver's own transactions begin too late; ours begin in `_begin_sqlite`.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {PATIENCE * 1000:.0f}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "synchronous = FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(READS):
        # At once the write lock: what a transaction reads first stays true until it writes.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
