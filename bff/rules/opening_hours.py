"""Opening hours of outlets, "工作日 08:30-12:00 13:30-17:30；周六 09:00-12:00", and whether an outlet is open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bff.rules.information import Calendar

WORKDAYS = ("工作日", "周一至周五", "星期一至星期五")
"""The second and third mean the first: on a make-up Sunday such an outlet is open, on a holiday it is not."""
EVERY_DAY = ("每天", "每日", "周一至周日", "星期一至星期日")
WEEKDAYS = "一二三四五六日"

_PART = re.compile(r"(\S+?)[\s:：]*((?:\d{1,2}[:：]\d{2}\s*[-—–~至]\s*\d{1,2}[:：]\d{2}[\s,，、]*)+)")
_SPAN = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-—–~至]\s*(\d{1,2})[:：](\d{2})")


@dataclass(frozen=True, slots=True)
class Day:
    """Day of the calendar; `special` days differ from their weekday."""

    weekday: int
    workday: bool
    special: bool


def day_of(calendar: Calendar, day: date) -> Day:
    """Look up a day that `calendar` covers. Monday to Friday are workdays except for its special days."""
    for special in calendar.special_days:
        if special.date == day:
            return Day(day.weekday(), special.workday, special=True)
    return Day(day.weekday(), day.weekday() < 5, special=False)


def next_workday(calendar: Calendar, day: date) -> date | None:
    """Return the first workday after a day, within a month. Returns None where the calendar names no special day of
    its year: then the holidays are not known."""
    days = (day + timedelta(days=ahead) for ahead in range(1, 32))
    found = next((each for each in days if day_of(calendar, each).workday), None)
    known = {special.date.year for special in calendar.special_days}
    return found if calendar.complete and found is not None and found.year in known else None


def is_open(hours: str | None, calendar: Calendar, now: datetime) -> bool | None:
    """Tell whether an outlet is open at the centre's time `now`, its closing minute excluded. Returns None where the
    hours are not given or not understood: the member reads them and decides."""
    parts = [_part(part) for part in re.split(r"[；;。]", hours or "") if part.strip()]
    if not parts or None in parts:
        return None
    day = day_of(calendar, now.date())
    return any(
        opens <= now.time() < closes
        for days, spans in filter(None, parts)
        if _holds(days, day)
        for opens, closes in spans
    )


def _part(text: str) -> tuple[str, list[tuple[time, time]]] | None:
    """Parse the days and their spans. Returns None for what is not understood."""
    found = _PART.fullmatch(text.strip())
    if found is None or not _known(found[1]):
        return None
    try:
        spans = [(time(int(a), int(b)), time(int(c), int(d))) for a, b, c, d in _SPAN.findall(found[2])]
    except ValueError:
        return None
    return (found[1], spans) if all(opens < closes for opens, closes in spans) else None


def _known(days: str) -> bool:
    return days in (*WORKDAYS, *EVERY_DAY, "周末") or _weekday(days) is not None


def _weekday(days: str) -> int | None:
    found = re.fullmatch(r"(?:周|星期)([一二三四五六日天])", days)
    return WEEKDAYS.index(found[1].replace("天", "日")) if found else None


def _holds(days: str, day: Day) -> bool:
    """Tell whether hours apply. Hours of a weekday do not on a special day: a holiday has none, a make-up workday
    those of workdays."""
    if days in EVERY_DAY:
        return True
    if days in WORKDAYS:
        return day.workday
    if day.special:
        return False
    return day.weekday >= 5 if days == "周末" else day.weekday == _weekday(days)
