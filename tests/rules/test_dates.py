"""Calendar months."""

from __future__ import annotations

from datetime import date

import pytest

from bff.rules.dates import Month


@pytest.mark.parametrize(
    ("year", "month", "written"),
    [(1, 1, "0001-01"), (2018, 9, "2018-09"), (2018, 12, "2018-12"), (9999, 12, "9999-12")],
)
def test_a_month_of_the_calendar_is_taken(year: int, month: int, written: str) -> None:
    assert str(Month(year, month)) == written


@pytest.mark.parametrize(
    ("year", "month"), [(2018, 0), (2018, 13), (2018, -1), (0, 1), (0, 12), (-1, 9), (10000, 1), (0, 13), (10000, 0)]
)
def test_what_the_calendar_lacks_is_refused(year: int, month: int) -> None:
    with pytest.raises(ValueError, match=f"{year}-{month} is no month"):
        Month(year, month)


def test_a_day_lies_in_its_month() -> None:
    assert Month.of(date(2018, 9, 8)) == Month(2018, 9)
