"""Pages by cursor over a list that a core pages by number, while rows come in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.errors import ApiError
from bff.resolvers.cursors import decode_cursor, encode_cursor
from bff.resolvers.paging import Slice, find
from bff.rules.paging import Page


@dataclass(frozen=True, order=True)
class Row:
    date: date
    id: str


class Ledger:
    """A core's list, kept by date and serial, that counts its calls."""

    def __init__(self, rows: set[Row]) -> None:
        self.rows = rows
        self.calls = 0

    async def fetch(self, *, since: date | None, until: date | None, page: int, size: int) -> Page[Row]:
        self.calls += 1
        fitting = [r for r in self.rows if (since is None or r.date >= since) and (until is None or r.date <= until)]
        rows = sorted(fitting, reverse=True)[(page - 1) * size : page * size]
        return Page(tuple(rows), len(fitting))


rows = st.builds(
    Row,
    date=st.integers(0, 6).map(lambda days: date(2018, 10, 1) + timedelta(days)),
    id=st.integers(0, 999).map("{:03}".format),
)


@given(before=st.sets(rows, max_size=60), meanwhile=st.lists(rows, max_size=20), first=st.integers(1, 7))
def test_no_row_is_repeated_or_skipped_while_others_are_posted(
    before: set[Row], meanwhile: list[Row], first: int
) -> None:
    ledger = Ledger(set(before))
    coming = iter(meanwhile)
    seen: list[Row] = []
    after = None
    while True:
        found = asyncio.run(find(ledger.fetch, Slice(first, after), with_total=False))
        seen += found.rows
        if not found.has_next:
            break
        after = encode_cursor(found.rows[-1])
        if (row := next(coming, None)) is not None:
            ledger.rows.add(row)
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, reverse=True)
    assert before <= set(seen)


async def test_a_page_costs_one_call_and_its_total_another_only_where_the_first_does_not_tell() -> None:
    ledger = Ledger({Row(date(2018, 1, 1) + timedelta(day), f"{day:03}") for day in range(300)})
    first = await find(ledger.fetch, Slice(20), with_total=True)
    assert (first.total, ledger.calls) == (300, 1)
    after = encode_cursor(first.rows[-1])
    second = await find(ledger.fetch, Slice(20, after), with_total=False)
    assert (second.total, ledger.calls) == (None, 2)
    third = await find(ledger.fetch, Slice(20, after), with_total=True)
    assert (third.total, third.rows, ledger.calls) == (300, second.rows, 4)


async def test_the_last_full_page_has_no_next() -> None:
    ledger = Ledger({Row(date(2018, 1, day), "1") for day in range(1, 5)})
    found = await find(ledger.fetch, Slice(4), with_total=False)
    assert (len(found.rows), found.has_next) == (4, False)


@pytest.mark.parametrize("first", [0, -1, 101, 2**40])
async def test_a_page_has_1_to_100_rows(first: int) -> None:
    with pytest.raises(ApiError, match="1至100"):
        await find(Ledger(set()).fetch, Slice(first), with_total=False)


async def test_a_period_ends_after_it_begins() -> None:
    wanted = Slice(since=date(2018, 10, 2), until=date(2018, 10, 1))
    with pytest.raises(ApiError, match="开始日期"):
        await find(Ledger(set()).fetch, wanted, with_total=False)


@pytest.mark.parametrize("cursor", ["", "x", "=", "MjAxODEwMjU", "MjAxODEzMjUuMQ", "游标", "a" * 5000, "MjAxOC0xMC4x"])
async def test_a_cursor_that_is_none_of_ours_is_refused_with_its_field(cursor: str) -> None:
    with pytest.raises(ApiError) as refused:
        await find(Ledger(set()).fetch, Slice(after=cursor), with_total=False)
    problem = {"code": "INVALID_INPUT", "field": "after", "message": "游标无效，请从第一页重新查询。"}
    assert refused.value.extensions == {"code": "BAD_USER_INPUT", "field": "after", "problems": [problem]}


@given(rows)
def test_a_cursor_leads_back_to_its_row(row: Row) -> None:
    assert decode_cursor(encode_cursor(row)) == (row.date, row.id)
