"""Lexical forms of XML Schema, and the values that are read from them."""

from __future__ import annotations

import pytest

from bff.legacy import lexical


@pytest.mark.parametrize(
    ("form", "moment"),
    [
        ("2018-10-25T01:30:00Z", "2018-10-25T09:30:00+08:00"),
        ("2018-10-25T09:30:00", "2018-10-25T09:30:00+08:00"),
        ("2018-10-24T15:30:00-10:00", "2018-10-25T09:30:00+08:00"),
        (" 2018-10-25T09:30:00+08:00\n", "2018-10-25T09:30:00+08:00"),
        ("2018-10-25T09:30:00.5", "2018-10-25T09:30:00.500000+08:00"),
        ("2018-10-25T01:30:00.1234567Z", "2018-10-25T09:30:00.123456+08:00"),
        ("2018-12-31T24:00:00", "2019-01-01T00:00:00+08:00"),
        ("2018-12-31T24:00:00.000Z", "2019-01-01T08:00:00+08:00"),
        ("1988-07-01T00:00:00Z", "1988-07-01T08:00:00+08:00"),
    ],
)
def test_a_moment_is_in_the_centres_zone(form: str, moment: str) -> None:
    found = lexical.moment_or_none(form)
    assert found is not None
    assert found.isoformat() == moment


@pytest.mark.parametrize(
    "form",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1899-12-30T00:00:00",
        "1899-12-31T00:00:00+08:00",
        "1899-12-29T16:00:00Z",
        "1900-01-01T00:00:00",
    ],
)
def test_a_day_that_old_cores_write_for_none_is_no_moment(form: str) -> None:
    assert lexical.moment_or_none(form) is None


@pytest.mark.parametrize(
    "form",
    [
        "",
        "2018-10-25",
        "2018-10-25 09:30:00",
        "2018-02-30T09:30:00",
        "2018-10-25T24:00:01",
        "-0044-03-15T09:30:00",
        "12018-10-25T09:30:00",
        "0000-10-25T09:30:00",
        "9999-12-31T24:00:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_has_no_value_raises_a_value_error(form: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (of any text)
        lexical.moment_or_none(form)
