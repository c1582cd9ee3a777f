"""A book seeded once, a copy of it for each test, and the core as a process of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import server
from sandbox.book import database
from sandbox.tests.process import copy, running
from sandbox.tests.wire import Wire


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeded") / "core.sqlite3"
    server.open_book(path)
    return path


@pytest.fixture
def book(seeded: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return copy(seeded, tmp_path / "core.sqlite3")


@pytest.fixture
def db(book: Path) -> Iterator[sqlite3.Connection]:
    """The copy, opened as the core opens it, outside a transaction."""
    with database.connected(book) as connection:
        yield connection


@pytest.fixture(scope="session")
def people(seeded: Path) -> Iterator[sqlite3.Connection]:
    """The fourteen people as they were seeded; nobody writes here."""
    with database.connected(seeded) as connection:
        connection.execute("PRAGMA query_only = ON")
        yield connection


@pytest.fixture
def core(book: Path) -> Iterator[Wire]:
    """A core of the test's own."""
    with running(book) as url:
        yield Wire(url)


@pytest.fixture(scope="session")
def reading_core(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """One core for all tests that only read."""
    with running(copy(seeded, tmp_path_factory.mktemp("reading") / "core.sqlite3")) as url:
        yield Wire(url)
