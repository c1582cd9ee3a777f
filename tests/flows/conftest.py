"""Shared by the flows that change what the core has on record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.servers import Core


@pytest.fixture
def changed(core: Core) -> Iterator[Core]:
    """After the test its book is as it was."""
    with closing(sqlite3.connect(":memory:")) as before, closing(sqlite3.connect(core.book)) as db:
        db.backup(before)
        yield core
        before.backup(db)
