"""Coordinates of one datum in another: figures that public map libraries give, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.rules.datum import Datum, converted
from bff.rules.information import Coordinates, metres_between

PLACE = Coordinates(39.915, 116.404)
"""In Beijing."""


@pytest.mark.parametrize(
    ("of", "to", "longitude", "latitude"),
    [
        # The figures that coordtransform shows for 116.404, 39.915.
        (Datum.BD_09, Datum.GCJ_02, 116.39762729119315, 39.90865673957631),
        (Datum.GCJ_02, Datum.BD_09, 116.41036949371029, 39.92133699351021),
        (Datum.WGS_84, Datum.GCJ_02, 116.41024449916938, 39.91640428150164),
        (Datum.GCJ_02, Datum.WGS_84, 116.39775550083061, 39.91359571849836),
    ],
)
def test_the_figures_are_those_of_map_libraries(of: Datum, to: Datum, longitude: float, latitude: float) -> None:
    """Theirs go back to WGS 84 in one step, which is a metre or so off."""
    found, degrees = converted(PLACE, of, to), 1e-6 if to is Datum.WGS_84 else 1e-10
    assert (found.longitude, found.latitude) == pytest.approx((longitude, latitude), abs=degrees)


@pytest.mark.parametrize("datum", Datum)
def test_a_place_in_its_own_datum_is_left_alone(datum: Datum) -> None:
    assert converted(PLACE, datum, datum) is PLACE


@pytest.mark.parametrize(
    ("edge", "beyond"),
    [
        ((72.004, 30.0), (72.0039, 30.0)),
        ((137.8347, 30.0), (137.8348, 30.0)),
        ((100.0, 0.8293), (100.0, 0.8292)),
        ((100.0, 55.8271), (100.0, 55.8272)),
    ],
)
def test_places_are_shifted_up_to_the_edge_of_the_box(edge: tuple[float, float], beyond: tuple[float, float]) -> None:
    """By a kilometre at most; past the edge not at all."""
    inside, outside = Coordinates(edge[1], edge[0]), Coordinates(beyond[1], beyond[0])
    assert 100 < metres_between(converted(inside, Datum.WGS_84, Datum.GCJ_02), inside) < 1000
    assert converted(outside, Datum.WGS_84, Datum.GCJ_02) == outside


def test_a_place_onto_which_none_is_shifted_stays() -> None:
    """At the western edge: what would lead there lies outside of the box, where nothing is shifted."""
    place = Coordinates(30.0, 72.004)
    found = converted(place, Datum.GCJ_02, Datum.WGS_84)
    assert (found.longitude, found.latitude) == pytest.approx((72.004, 30.0), abs=1e-9)


@given(
    st.builds(Coordinates, st.floats(18, 53), st.floats(74, 135)), st.sampled_from(list(Datum)), st.sampled_from(Datum)
)
def test_there_and_back_is_the_same_place(place: Coordinates, one: Datum, other: Datum) -> None:
    there = converted(place, one, other)
    assert metres_between(converted(there, other, one), place) <= 1
    assert metres_between(place, there) < 2000
    assert one is other or metres_between(place, there) > 0


def test_outside_of_china_receivers_and_maps_agree() -> None:
    paris = Coordinates(48.8566, 2.3522)
    assert converted(paris, Datum.WGS_84, Datum.GCJ_02) == paris
