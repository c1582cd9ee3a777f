"""Published information: articles, channels, outlets, partner developments, questions, the calendar."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

NO_DAY = datetime.date(1899, 12, 31)
"""How the core writes a day that it does not know, and where it sorts it."""


class BulletinCategory(StrEnum):
    NOTICE = "NOTICE"
    POLICY = "POLICY"
    GUIDE = "GUIDE"


class ChannelKind(StrEnum):
    WEBSITE = "WEBSITE"
    HOTLINE = "HOTLINE"
    OFFICIAL_ACCOUNT = "OFFICIAL_ACCOUNT"
    MINI_PROGRAM = "MINI_PROGRAM"
    APP = "APP"
    KIOSK = "KIOSK"
    COUNTER = "COUNTER"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class BulletinHead:
    id: str
    category: BulletinCategory | None
    title: str
    summary: str | None
    published_on: datetime.date

    @property
    def date(self) -> datetime.date:
        return self.published_on


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Article; `body` is HTML as the core has it, not safe to show before it is sanitized."""

    id: str
    category: BulletinCategory | None
    title: str
    source: str | None
    published_on: datetime.date
    body: str


@dataclass(frozen=True, slots=True)
class ServiceChannel:
    name: str
    kind: ChannelKind
    kind_code: str
    address: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Degrees of latitude and longitude; the datum of the centre's places is its policy's."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Outlet:
    id: str
    name: str
    district: str
    address: str
    phone: str | None
    opening_hours: str | None
    services: tuple[str, ...]
    coordinates: Coordinates | None


@dataclass(frozen=True, slots=True)
class Development:
    id: str
    name: str
    developer: str
    district: str
    address: str
    bank_name: str | None
    approved_on: datetime.date | None

    @property
    def date(self) -> datetime.date:
        return self.approved_on or NO_DAY


@dataclass(frozen=True, slots=True)
class Faq:
    id: str
    topic: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """Day that differs from its weekday: a holiday, or a make-up workday."""

    date: datetime.date
    workday: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours of the core, the special days asked for, and the business date. Not `complete` where a special
    day could not be read."""

    business_date: datetime.date
    opens_at: datetime.time
    closes_at: datetime.time
    special_days: tuple[SpecialDay, ...]
    complete: bool = True


EARTH_RADIUS = 6_371_008.8
"""Metres, the mean one; a great circle is then within half a per cent of the true distance."""


def metres_between(one: Coordinates, other: Coordinates) -> int:
    """Compute the great-circle distance by the haversine formula, exact for neighbours, too."""
    north, other_north = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    chord = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin(east / 2) ** 2
    return round(2 * EARTH_RADIUS * asin(sqrt(min(1.0, chord))))
