"""A book with many members: the first are generated, the others are copies of them under numbers of their own. To
generate a million would take three quarters of an hour; an index cannot tell the difference."""

from __future__ import annotations

import sqlite3

from sandbox.book import database, generator

GENERATED = 10_000
TABLES = ("person", "account", "account_detail", "loan", "loan_detail", "due")
"""Each after those that it refers to."""

ACCOUNT = "printf('99%010d', substr({0}, 3) + :by)"
OWN = {
    "GRZH": ACCOUNT.format("GRZH"),
    "JKRGJJZH": ACCOUNT.format("JKRGJJZH"),
    "SJHM": "printf('199%08d', substr(SJHM, 4) + :by)",
    "ZJHM": "id_number(substr(SJHM, 4) + :by)",
    "DKZH": "printf('2199%08d', substr(DKZH, 5) + :by)",
    "JKHTBH": "printf('JK2199%08d', substr(JKHTBH, 7) + :by)",
    "YWLSH": "printf('%04d', :copy) || YWLSH",
}
"""Columns that differ from the original's, by the numbers that the generator gives."""


def grow(db: sqlite3.Connection, before: int, count: int) -> None:
    """From `before` members to `count`; beyond those that are generated, both are multiples of their number."""
    if before < GENERATED:
        with database.transaction(db):
            generator.generate(db, min(count, GENERATED) - before, seed=count)
    db.create_function("id_number", 1, lambda number: generator.id_number_of(int(number)), deterministic=True)
    for copy in range(max(1, before // GENERATED), count // GENERATED):
        with database.transaction(db):
            for table in TABLES:
                _copy(db, table, copy)


def _copy(db: sqlite3.Connection, table: str, copy: int) -> None:
    columns = [row["name"] for row in db.execute(f"PRAGMA table_info({table})")]
    key, first = ("GRZH", "99") if "GRZH" in columns else ("DKZH", "2199")
    digits = 10 if key == "GRZH" else 8
    begin, end = (f"{first}{10_000_000 + number:0{digits}d}" for number in (0, GENERATED))
    values = ", ".join(OWN.get(name, name) for name in columns)
    db.execute(
        f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {key} >= :begin AND {key} < :end",  # noqa: S608 (ours)
        {"by": copy * GENERATED, "copy": copy, "begin": begin, "end": end},
    )
