"""What the practice centre publishes: articles as an old content system leaves them, outlets, developments, questions,
and the holidays and make-up days of 2018 and 2019."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

CONTENT = Path(__file__).parent / "content"
FILES = {
    "article": "articles",
    "channel": "channels",
    "outlet": "outlets",
    "development": "developments",
    "faq": "faqs",
    "special_day": "special_days",
}


def seed_information(db: sqlite3.Connection) -> None:
    """One JSON file a table; its keys are the table's columns."""
    for table, name in FILES.items():
        rows = json.loads((CONTENT / f"{name}.json").read_text(encoding="utf-8"))
        columns = list(rows[0])
        db.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + c for c in columns)})",  # noqa: S608
            rows,
        )
