"""A store of its own for each test, on SQLite and, where the test asks for both, on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bff.store.database import Store
from tests.support.servers import give_tables


@pytest.fixture
def store_url(database: str, tmp_path: Path) -> str:
    return database or f"sqlite+aiosqlite:///{tmp_path}/bff.sqlite3"


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    give_tables(store_url)
    opened = await Store.open(store_url)
    yield opened
    await opened.close()
