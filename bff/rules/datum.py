"""Conversion of coordinates between WGS 84 (receivers of phones), GCJ-02 (maps in China) and BD-09 (Baidu's), which
differ by up to some hundred metres. The formulas are those that public map libraries share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from math import atan2, cos, hypot, pi, radians, sin, sqrt

from bff.rules.information import Coordinates


class Datum(StrEnum):
    """Reference of latitude and longitude."""

    WGS_84 = "WGS_84"
    GCJ_02 = "GCJ_02"
    BD_09 = "BD_09"


AXIS, ECCENTRICITY = 6_378_245.0, 0.006_693_421_622_965_943
"""Of Krasovsky's ellipsoid: metres, and squared."""
BAIDU_TURN = pi * 3000 / 180
CLOSE = 1e-9
"""Degrees, a tenth of a millimetre."""


def converted(place: Coordinates, of: Datum, to: Datum) -> Coordinates:
    return place if of is to else FROM_GCJ[to](TO_GCJ[of](place))


def _wgs_to_gcj(place: Coordinates) -> Coordinates:
    """Shift WGS 84 to GCJ-02; outside of a box around China nothing is shifted."""
    if not (72.004 <= place.longitude <= 137.8347 and 0.8293 <= place.latitude <= 55.8271):
        return place
    x, y = place.longitude - 105, place.latitude - 35
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (
        160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)
    ) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (
        150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    ) * 2 / 3
    latitude = radians(place.latitude)
    magic = 1 - ECCENTRICITY * sin(latitude) ** 2
    north = north * 180 / (AXIS * (1 - ECCENTRICITY) / (magic * sqrt(magic)) * pi)
    east = east * 180 / (AXIS / sqrt(magic) * cos(latitude) * pi)
    return replace(place, latitude=place.latitude + north, longitude=place.longitude + east)


def _gcj_to_wgs(place: Coordinates) -> Coordinates:
    """Search for the place whose shift leads here, closer with each step: there is no inverse formula."""
    guess = place
    for _ in range(20):
        there = _wgs_to_gcj(guess)
        north, east = place.latitude - there.latitude, place.longitude - there.longitude
        guess = replace(guess, latitude=guess.latitude + north, longitude=guess.longitude + east)
        if max(abs(north), abs(east)) < CLOSE:
            break
    return guess


def _gcj_to_bd(place: Coordinates) -> Coordinates:
    x, y = place.longitude, place.latitude
    far = hypot(x, y) + 0.00002 * sin(y * BAIDU_TURN)
    angle = atan2(y, x) + 0.000003 * cos(x * BAIDU_TURN)
    return replace(place, latitude=far * sin(angle) + 0.006, longitude=far * cos(angle) + 0.0065)


def _bd_to_gcj(place: Coordinates) -> Coordinates:
    x, y = place.longitude - 0.0065, place.latitude - 0.006
    far = hypot(x, y) - 0.00002 * sin(y * BAIDU_TURN)
    angle = atan2(y, x) - 0.000003 * cos(x * BAIDU_TURN)
    return replace(place, latitude=far * sin(angle), longitude=far * cos(angle))


def _same(place: Coordinates) -> Coordinates:
    return place


TO_GCJ: Mapping[Datum, Callable[[Coordinates], Coordinates]] = {
    Datum.WGS_84: _wgs_to_gcj,
    Datum.GCJ_02: _same,
    Datum.BD_09: _bd_to_gcj,
}
FROM_GCJ: Mapping[Datum, Callable[[Coordinates], Coordinates]] = {
    Datum.WGS_84: _gcj_to_wgs,
    Datum.GCJ_02: _same,
    Datum.BD_09: _gcj_to_bd,
}
