"""Texts that one database would hold and the other refuse: one behaviour on both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, insert, select
from sqlalchemy.exc import StatementError

from bff.store.database import Store
from bff.store.tables import Line, audit, metadata, storable
from tests.conftest import on_each_database

UNKNOWN = {"NUL": "sign\x00in", "lone surrogate": "sign\ud800in", "too long": "s" * 41}
ROW = {"at": datetime(2026, 3, 2, tzinfo=UTC), "event": "sign in", "outcome": "done", "address": "", "request_id": "1"}


@on_each_database
@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
async def test_a_text_that_no_row_can_have_finds_none(store: Store, text: str) -> None:
    async with store.write() as db:
        await db.execute(insert(audit), [ROW])
    async with store.read() as db:
        by = audit.c.event
        found = [(await db.execute(select(by).where(each))).all() for each in (by == text, by.in_([text]), by > text)]
        assert found == [[], [], []]
        assert (await db.execute(select(by).filter_by(event="sign in"))).scalars().all() == ["sign in"]


@on_each_database
@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
async def test_such_a_text_is_written_nowhere_and_quoted_nowhere(store: Store, text: str) -> None:
    with pytest.raises(StatementError, match="cannot hold") as failed:
        async with store.write() as db:
            await db.execute(insert(audit), [{**ROW, "event": text}])
    assert text not in str(failed.value)
    async with store.read() as db:
        assert (await db.execute(select(audit.c.event))).all() == []


@on_each_database
async def test_all_else_comes_back_as_it_was(store: Store) -> None:
    texts = [
        "赵晓雪 𬱖·",
        "\x01\x1f\x7f\x85\u2028",
        "\ufffe\uffff\U0010ffff",
        "e\u0301" * 10,
        "𬱖" * 40,
        "' OR '1'='1",
        "",
    ]
    async with store.write() as db:
        await db.execute(insert(audit), [{**ROW, "event": text} for text in texts])
    async with store.read() as db:
        assert list((await db.execute(select(audit.c.event).order_by(audit.c.id))).scalars()) == texts
        assert [(await db.execute(select(audit.c.id).where(audit.c.event == text))).all() for text in texts] == [
            [(number,)] for number in range(1, len(texts) + 1)
        ]


def columns() -> Iterator[Column[str]]:
    for table in metadata.tables.values():
        yield from (column for column in table.columns if column.type.python_type is str)


def test_every_column_that_is_looked_up_by_text_is_such_a_column() -> None:
    others = {f"{column.table.name}.{column.name}" for column in columns() if not isinstance(column.type, Line)}
    assert others == {"audit.detail"}  # written from names of our own and codes of the core's replies


def test_a_text_of_others_is_cut_to_what_a_column_holds() -> None:
    assert storable("Mozilla/5.0 \x00\ud800(iPhone)", 16) == "Mozilla/5.0 (iPh"
