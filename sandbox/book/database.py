"""The book's file: connections, transactions, serial numbers and the business date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

SCHEMA = Path(__file__).parents[1] / "schema.sql"
CENTRE_TIME = ZoneInfo("Asia/Shanghai")
OPENING = "08:30:00"
VERSION = 3
"""Of the rules by which a book was written; one more whenever they would give the fourteen people another history."""

ADDED = (
    ("person", "POGRZH TEXT"),
    ("account_detail", "SLRQ TEXT"),
    ("account_detail", "BCYWLSH TEXT"),
    ("loan_detail", "CZBZ TEXT NOT NULL DEFAULT '01'"),
    ("loan_detail", "BCYWLSH TEXT"),
    ("account", "XZTQJZRQ TEXT"),
    ("account", "DJJE INTEGER NOT NULL DEFAULT 0"),
    ("home", "HTQDRQ TEXT"),
    ("home", "BDCZRQ TEXT"),
    ("rent", "YZJ INTEGER"),
    ("rent", "ZLQSRQ TEXT"),
    ("rent", "WCNZNS INTEGER"),
    ("loan", "SCTQHKFS TEXT"),
    ("loan", "FWTS TEXT"),
    ("loan", "LLLX TEXT"),
    ("application", "YHZE INTEGER"),
)
"""Tables and columns that came later."""


def create(path: Path, today: date) -> None:
    """An empty book; the file must not exist."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with connected(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.executescript(SCHEMA.read_text(encoding="utf-8"))
        db.execute("INSERT INTO setting VALUES ('KJRQ', ?)", (compact(today),))


def remove(path: Path) -> None:
    """A book that nobody has open, with its log."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def upgrade(path: Path) -> None:
    """A book that an earlier practice core wrote gets the columns that it lacks."""
    with connected(path) as db:
        for table, column in ADDED:
            if column.split()[0] not in {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def is_older(path: Path) -> bool:
    """Whether a book was written by rules that hold no longer."""
    with connected(path) as db:
        return bool(db.execute("PRAGMA user_version").fetchone()[0] < VERSION)


def opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    db = opened(path)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; takes the write lock at once, so that what it reads stays true."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def serial(db: sqlite3.Connection, series: str) -> str:
    """The next number of a series, of one length, so that text order is the order of issue."""
    (number,) = db.execute(
        "INSERT INTO serial VALUES (?, 1) ON CONFLICT DO UPDATE SET next = next + 1 RETURNING next", (series,)
    ).fetchone()
    return f"{series}{number:012d}"


def today(db: sqlite3.Connection) -> date:
    """The business date (会计日期)."""
    return day(db.execute("SELECT value FROM setting WHERE name = 'KJRQ'").fetchone()[0])


def setting(db: sqlite3.Connection, name: str) -> str | None:
    """What a centre set otherwise than the practice centre."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def set_today(db: sqlite3.Connection, on: date) -> None:
    db.execute("UPDATE setting SET value = ? WHERE name = 'KJRQ'", (compact(on),))


def wall_clock(db: sqlite3.Connection) -> datetime:
    """The business date at this machine's time of day, without zone."""
    return datetime.combine(today(db), datetime.now(CENTRE_TIME).time().replace(microsecond=0))


def next_opening(on: date) -> str:
    """When a core that closed on a day opens again: the next weekday's morning."""
    following = on + timedelta(days=1)
    while following.weekday() >= 5:
        following += timedelta(days=1)
    return f"{following}T{OPENING}"


def compact(on: date) -> str:
    return on.isoformat().replace("-", "")  # several times quicker than strftime, and ledgers are made of dates


def day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
