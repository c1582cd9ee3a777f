"""The core as a process, and copies of its book."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.forking import practice_core

ROOT = Path(__file__).parents[2]
ANNOUNCEMENT = "listening on "


def copy(source: Path, target: Path) -> Path:
    """By SQLite's own backup, which also sees what is in the write-ahead log."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    return target


@contextmanager
def running(book: Path, *options: str) -> Iterator[str]:
    """The core as a process on a free port; gives its address, and ends it afterwards."""
    process = practice_core("--port", "0", "--database", str(book), *options)
    try:
        line = process.stdout.readline().strip()
        assert line.startswith(ANNOUNCEMENT), f"the core did not start: {line!r}"
        yield line.removeprefix(ANNOUNCEMENT)
    finally:
        process.end()
