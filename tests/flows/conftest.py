"""Shared by the flows: a core's book that may be changed, and a store on PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from bff.store.database import Store
from tests.servers import Core
from tests.services import empty, postgresql_database


@pytest.fixture
def changed(core: Core) -> Iterator[Core]:
    """After the test its book is as it was."""
    with closing(sqlite3.connect(":memory:")) as before, closing(sqlite3.connect(core.book)) as db:
        db.backup(before)
        yield core
        before.backup(db)


@pytest.fixture(scope="session")
def migrated() -> Iterator[str]:
    """A PostgreSQL with the tables of the store, made once a process."""

    async def migrate(url: str) -> None:
        store = await Store.open(url)
        await store.migrate()
        await store.close()

    with postgresql_database() as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """`database_url` of a store without a row, as `on_each_database` asks for it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return ""
    url: str = request.getfixturevalue("migrated")
    empty(url)
    return url
