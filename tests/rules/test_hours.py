"""Whether an outlet is open, from the hours it writes and the calendar that the core keeps."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from bff.rules.information import Calendar, SpecialDay
from bff.rules.opening_hours import is_open, next_workday

SHIFTS = "工作日 08:30-12:00 13:30-17:30"
WITH_SATURDAY = "工作日 09:00-17:00；周六 09:00-12:00"


def calendar(day: date, *, workday: bool | None = None) -> Calendar:
    special = () if workday is None else (SpecialDay(day, workday, None),)
    return Calendar(day, time(8, 30), time(18), special)


def opened(hours: str | None, moment: str, *, workday: bool | None = None) -> bool | None:
    now = datetime.fromisoformat(moment)
    return is_open(hours, calendar(now.date(), workday=workday), now)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("08:29:59", False),
        ("08:30", True),
        ("11:59", True),
        ("12:00", False),
        ("13:30", True),
        ("17:29", True),
        ("17:30", False),
    ],
)
def test_the_opening_minute_counts_and_the_closing_one_no_longer(clock: str, expected: bool) -> None:
    assert opened(SHIFTS, f"2018-10-25T{clock}") is expected


@pytest.mark.parametrize(
    ("hours", "moment", "workday", "expected"),
    [
        (SHIFTS, "2018-10-27T10:00", None, False),  # a Saturday
        (SHIFTS, "2018-09-29T10:00", True, True),  # a Saturday made up for
        (SHIFTS, "2018-10-01T10:00", False, False),  # National Day, a Monday
        (WITH_SATURDAY, "2018-10-27T10:00", None, True),
        (WITH_SATURDAY, "2018-10-27T13:00", None, False),
        (WITH_SATURDAY, "2018-09-29T16:00", True, True),  # a workday's hours, not a Saturday's
        (WITH_SATURDAY, "2018-10-06T10:00", False, False),
        ("每天 09:00-16:00", "2018-10-01T10:00", False, True),
        ("周一至周五 9:00-17:00", "2018-09-30T10:00", True, True),
        ("周末 9:00-12:00", "2018-10-27T10:00", None, True),
        ("周末 9:00-12:00", "2018-10-28T10:00", None, True),
        ("周末 9:00-12:00", "2018-10-26T10:00", None, False),
        ("周六 9:00-12:00", "2018-10-28T10:00", None, False),
        ("周一 9:00-12:00", "2018-10-29T10:00", None, True),
        ("工作日：09：00—17：00", "2018-10-25T10:00", None, True),
        ("星期天 09:00-12:00", "2018-10-28T11:00", None, True),
    ],
)
def test_the_calendar_decides_which_hours_hold(hours: str, moment: str, workday: bool | None, expected: bool) -> None:
    assert opened(hours, moment, workday=workday) is expected


@pytest.mark.parametrize(
    "hours",
    [
        None,
        "",
        "以公告为准",
        "工作日",
        "工作日 25:00-26:00",
        "工作日 17:00-09:00",
        "工作日 09:00-09:00",
        "节假日 09:00-12:00",
        "工作日 09:00-17:00；节假日另行通知",
    ],
)
def test_hours_that_are_not_understood_say_nothing(hours: str | None) -> None:
    assert opened(hours, "2018-10-25T10:00") is None


NATIONAL = [*((day, False) for day in range(1, 6)), (29, True), (30, True)]
"""Of 2018: 1 to 5 October are free, Saturday 29 and Sunday 30 September are worked."""


@pytest.mark.parametrize(
    ("day", "following"),
    [
        ("2018-10-25", "2018-10-26"),  # Thursday
        ("2018-10-26", "2018-10-29"),  # Friday
        ("2018-10-27", "2018-10-29"),
        ("2018-09-28", "2018-09-29"),  # a Saturday that is worked
        ("2018-09-30", "2018-10-08"),  # over the holidays and the weekend behind them
        ("2018-12-31", None),  # of the year to come nothing is known yet
    ],
)
def test_the_next_workday_is_that_of_the_calendar(day: str, following: str | None) -> None:
    special = tuple(SpecialDay(date(2018, 9 if worked else 10, day), worked, None) for day, worked in NATIONAL)
    known = Calendar(date(2018, 10, 25), time(8, 30), time(18), special)
    expected = None if following is None else date.fromisoformat(following)
    assert next_workday(known, date.fromisoformat(day)) == expected


def test_without_all_special_days_no_workday_is_promised() -> None:
    known = Calendar(date(2018, 10, 25), time(8, 30), time(18), (SpecialDay(date(2018, 10, 1), False, None),), False)
    assert next_workday(known, date(2018, 10, 25)) is None
