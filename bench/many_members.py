"""A book with many members: the first are generated, the others are copies of them under numbers of their own. To
generate a million would take three quarters of an hour; an index cannot tell the difference."""

from __future__ import annotations

import sqlite3

from sandbox.book import database, generator

GENERATED = 10_000
TABLES = {
    "person": "GRZH",
    "account": "GRZH",
    "account_detail": "GRZH",
    "loan": "DKZH",
    "loan_detail": "DKZH",
    "due": "DKZH",
}
"""With the column that says whose a row is; each after those that it refers to."""
FIRST = {"GRZH": generator.ACCOUNTS, "DKZH": generator.LOANS}

OWN = {
    "GRZH": "CAST(GRZH + :by AS TEXT)",
    "JKRGJJZH": "CAST(JKRGJJZH + :by AS TEXT)",
    "DKZH": "CAST(DKZH + :by AS TEXT)",
    "JKHTBH": "'JK' || CAST(substr(JKHTBH, 3) + :by AS TEXT)",
    "SJHM": "printf('199%08d', substr(SJHM, 4) + :by)",
    "ZJHM": "id_number(substr(SJHM, 4) + :by)",
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
    key = TABLES[table]
    values = ", ".join(OWN.get(row["name"], row["name"]) for row in db.execute(f"PRAGMA table_info({table})"))
    db.execute(
        f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {key} >= :begin AND {key} < :end",  # noqa: S608 (ours)
        {
            "by": copy * GENERATED,
            "copy": copy,
            "begin": str(FIRST[key]),
            "end": str(FIRST[key] + GENERATED),
        },
    )
