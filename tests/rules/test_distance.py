"""Distances between places."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.rules.information import EARTH_RADIUS, Coordinates, metres_between
from tests.rules.examples import derandomised

places = st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180))


def vector(place: Coordinates) -> tuple[float, float, float]:
    north, east = math.radians(place.latitude), math.radians(place.longitude)
    return (math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north))


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((24.95, 102.62), (24.95, 102.62), 0),
        ((0.0, 0.0), (0.0, 1.0), 111195),  # a degree of the equator
        ((0.0, 0.0), (90.0, 0.0), 10007557),  # a quarter of the way round
        ((0.0, 179.5), (0.0, -179.5), 111195),  # over the date line
        ((24.95, 102.62), (24.95001, 102.62), 1),
    ],
)
def test_known_distances(one: tuple[float, float], other: tuple[float, float], metres: int) -> None:
    assert metres_between(Coordinates(*one), Coordinates(*other)) == metres


@derandomised
@given(places, places)
def test_the_angle_between_two_vectors_says_the_same(one: Coordinates, other: Coordinates) -> None:
    a, b = vector(one), vector(other)
    angle = math.atan2(math.dist(a, b) / 2, math.sqrt(max(0.0, 1 - (math.dist(a, b) / 2) ** 2))) * 2
    assert abs(metres_between(one, other) - EARTH_RADIUS * angle) < 2
    assert metres_between(one, other) == metres_between(other, one)
