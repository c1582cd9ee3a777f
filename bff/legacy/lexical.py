"""Values from lexical forms of XML Schema's simple types. Each function raises ValueError for a form without one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from bff.rules.centre_time import CENTRE_TIME

NO_DATE = frozenset({"", "18991231", "18991230", "00010101", "19000101"})
"""What old cores write where there is no date; 1900-01-01 is the zero of one widespread database."""

_ZONE = r"(?P<zone>Z|[+-]\d\d:\d\d)?"
_TIME = r"(?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?"
_MOMENT = re.compile(rf"(?P<day>\d{{4}}-\d\d-\d\d)T{_TIME}{_ZONE}")


@lru_cache(maxsize=1024)
def moment_or_none(text: str) -> datetime | None:
    """Aware, in the centre's zone, which also is that of a dateTime without one. Null for the days that mean none."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError("no dateTime")
    if _means_none(found["day"]):
        return None
    clock, days = _clock(found)
    local = datetime.combine(date.fromisoformat(found["day"]), clock, _zone(found["zone"]))
    try:
        moment = (local + timedelta(days=days)).astimezone(CENTRE_TIME)
    except OverflowError as error:
        raise ValueError("beyond the years that have a name here") from error
    return None if _means_none(moment.date().isoformat()) else moment


def _means_none(day: str) -> bool:
    return day.replace("-", "") in NO_DATE


def _clock(found: re.Match[str]) -> tuple[time, int]:
    """The time of day, and whether it is that of the day after: 24:00:00 is its beginning."""
    days = 1 if found["time"] == "24:00:00" and not (found["fraction"] or "").strip("0") else 0
    clock = time.fromisoformat("00:00:00" if days else found["time"])
    return clock.replace(microsecond=int((found["fraction"] or "")[:6].ljust(6, "0"))), days


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return CENTRE_TIME
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)
