"""The reset of the development set-up: removal of its own files, and of no others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bff.cli.practice_core import BOOK
from bff.settings import Settings

STORE = "bff.sqlite3"


class CannotReset(Exception):
    """The set-up cannot be reset, and nothing was removed; the text says why, and what to do."""


def reset(settings: Settings) -> list[Path]:
    """Remove the practice core's book and the store beside it, and return those that existed. Raises CannotReset."""
    if settings.database_url:
        raise CannotReset(
            "BFF_DATABASE_URL names a store, which --reset leaves alone: unset it, or empty that yourself"
        )
    book, store = settings.data_dir / BOOK, settings.data_dir / STORE
    if store.exists() and not book.exists():
        raise CannotReset(f"{store} has no practice core beside it: BFF_DATA_DIR is no folder of bff dev")
    found = [each for each in (store, book) if each.exists()]  # the book last: it tells whose folder this is
    for file in found:
        if _is_in_use(file):
            raise CannotReset(f"{file} is in use: end the server that has it, and try again")
    for file in found:
        _remove(file)
    return found


def _is_in_use(file: Path) -> bool:
    """Whether another process has the file open: only then does SQLite refuse to leave its write-ahead log."""
    with closing(sqlite3.connect(file, timeout=0)) as db:
        try:
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            return True
        except sqlite3.DatabaseError:  # it is none, and can go
            return False
    return False


def _remove(file: Path) -> None:
    for each in _with_its_log(file):
        each.unlink(missing_ok=True)


def _with_its_log(file: Path) -> Iterator[Path]:
    for end in ("-wal", "-shm", ""):
        yield file.with_name(file.name + end)
