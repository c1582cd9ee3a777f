"""Parsers of the lexical forms of XML Schema's simple types. Each raises ValueError for text that is no such form."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache

from bff.rules.dates import CENTRE_TIME, Month
from bff.rules.money import CENT

NO_DATE = frozenset({"", "18991231", "18991230", "00010101", "19000101", "00000000"})
"""Values of old cores for no date; 1900-01-01 is the zero of one widespread database."""
NO_MONTH = frozenset(digits[:6] for digits in NO_DATE)

_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_COUNT = re.compile(r"[+-]?[0-9]+")
_OFFSET = r"(?:Z|[+-]\d\d:\d\d)"
_DAY = re.compile(rf"(\d{{4}})-?(\d\d)-?(\d\d){_OFFSET}?")
_MONTH = re.compile(rf"(\d{{4}})-?(\d\d){_OFFSET}?")
_TIME = re.compile(rf"(?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?(?P<zone>{_OFFSET})?")
_MOMENT = re.compile(rf"(?P<day>\d{{4}}-\d\d-\d\d)T{_TIME.pattern}")
_TOO_MUCH = Decimal(10) ** 18
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def decimal(text: str) -> Decimal:
    """Parse a decimal without an exponent; a negative zero becomes zero."""
    value = Decimal(_match(_DECIMAL, text)[0])
    return value if value else abs(value)


def money(text: str) -> Decimal:
    """Parse an amount with at most two places and 18 digits."""
    value = decimal(text)
    if abs(value) >= _TOO_MUCH or value != value.quantize(CENT):
        raise ValueError("no amount")
    return value.quantize(CENT)


def count(text: str) -> int:
    value = int(_match(_COUNT, text)[0])
    if value < 0:
        raise ValueError("less than none")
    return value


def boolean(text: str) -> bool:
    value = _BOOLEANS.get(text.strip())
    if value is None:
        raise ValueError("no boolean")
    return value


@lru_cache(maxsize=4096)
def day_or_none(text: str) -> date | None:
    """Parse a day with or without hyphens, its zone ignored. Null for the days that mean none."""
    if not text.strip():
        return None
    year, month, day = _match(_DAY, text).groups()
    return None if year + month + day in NO_DATE else date(int(year), int(month), int(day))


@lru_cache(maxsize=1024)
def month_or_none(text: str) -> Month | None:
    if not text.strip():
        return None
    year, month = _match(_MONTH, text).groups()
    return None if year + month in NO_MONTH else Month(int(year), int(month))


@lru_cache(maxsize=1024)
def moment_or_none(text: str) -> datetime | None:
    """Parse a dateTime into the centre's time zone, which is also that of one without a zone. Null for the days that
    mean none."""
    found = _match(_MOMENT, text)
    if _means_none(found["day"]):
        return None
    clock, days = _clock(found)
    local = datetime.combine(date.fromisoformat(found["day"]), clock)
    try:
        moment = (local + timedelta(days=days)).astimezone(CENTRE_TIME)
    except OverflowError as error:
        raise ValueError("beyond the years that have a name here") from error
    return None if _means_none(moment.date().isoformat()) else moment


def time_of_day(text: str) -> time:
    """Parse a time of day in the centre's time zone; 24:00:00 is 00:00:00."""
    clock, _ = _clock(_match(_TIME, text))
    any_day = date(2018, 10, 25)
    return datetime.combine(any_day, clock).astimezone(CENTRE_TIME).time()


def _match(form: re.Pattern[str], text: str) -> re.Match[str]:
    found = form.fullmatch(text.strip())
    if found is None:
        raise ValueError("not of this form")
    return found


def _means_none(day: str) -> bool:
    return day.replace("-", "") in NO_DATE


def _clock(found: re.Match[str]) -> tuple[time, int]:
    """Return the aware time of day, and how many days later it is: 24:00:00 begins the next one."""
    text, fraction = found["time"], (found["fraction"] or "")[:6].ljust(6, "0")
    days = 1 if text == "24:00:00" and not (found["fraction"] or "").strip("0") else 0
    clock = time.fromisoformat("00:00:00" if days else text)
    return clock.replace(microsecond=int(fraction), tzinfo=_zone(found["zone"])), days


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return CENTRE_TIME
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)
