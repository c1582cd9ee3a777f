"""Shared by the flows: a core's book that may be changed, and a store on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.servers import Core, postgresql_store
from tests.support.services import empty


@pytest.fixture
def changed(core: Core) -> Iterator[Core]:
    """After the test its book is as it was."""
    with closing(sqlite3.connect(":memory:")) as before, closing(sqlite3.connect(core.book)) as db:
        db.backup(before)
        yield core
        before.backup(db)


@pytest.fixture(scope="session")
def store_of_process() -> Iterator[str]:
    """Flows leave the tables of a PostgreSQL as they are, so that one does for all of them."""
    with postgresql_store() as url:
        yield url


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """`database_url` of a store without a row, as `on_each_database` asks for it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return ""
    url: str = request.getfixturevalue("store_of_process")
    empty(url)
    return url
