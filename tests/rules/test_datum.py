"""Coordinates of one datum in another: figures that public map libraries give, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.rules.datum import Datum, converted
from bff.rules.distance import metres_between
from bff.rules.information import Coordinates

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
    found = converted(PLACE, of, to)
    assert metres_between(found, Coordinates(latitude, longitude)) <= (2 if to is Datum.WGS_84 else 0)


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
