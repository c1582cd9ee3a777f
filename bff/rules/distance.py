"""How far two places are apart, along the surface."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from bff.rules.information import Coordinates

EARTH_RADIUS = 6_371_008.8
"""Metres, the mean one; a great circle is then within half a per cent of the true distance."""


def metres_between(one: Coordinates, other: Coordinates) -> int:
    """The great-circle distance, by the haversine formula: exact for neighbours, too."""
    north, other_north = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    chord = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin(east / 2) ** 2
    return round(2 * EARTH_RADIUS * asin(sqrt(min(1.0, chord))))
