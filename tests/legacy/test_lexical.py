"""Lexical forms of XML Schema, and the values that are read from them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from bff.legacy.standard import xsd_values
from bff.legacy.standard.contract import PACKAGED_WSDL
from bff.rules.dates import Month


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
    found = xsd_values.moment_or_none(form)
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
    assert xsd_values.moment_or_none(form) is None


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
        xsd_values.moment_or_none(form)


# ----- what the XSD takes is read, to the value ------------------------------------------------------------------

READERS: dict[str, Callable[[str], Any]] = {
    "Money": xsd_values.money,
    "Rate": xsd_values.decimal,
    "Ratio": xsd_values.decimal,
    "Area": xsd_values.decimal,
    "Degrees": xsd_values.decimal,
    "Date": xsd_values.day_or_none,
    "MaybeDate": xsd_values.day_or_none,
    "MaybeMonth": xsd_values.month_or_none,
    "Count": xsd_values.count,
    "xs:boolean": xsd_values.boolean,
    "xs:dateTime": xsd_values.moment_or_none,
    "xs:time": xsd_values.time_of_day,
    # Of another core's WSDL: a date where ours is a text, a month likewise.
    "xs:date": xsd_values.day_or_none,
    "xs:gYearMonth": xsd_values.month_or_none,
}
TEXTS = {"Code", "Number", "Text", "xs:string"}
"""Read as they are."""

PADDING = (("", ""), (" ", ""), ("", "\n\t "))
SIGNS = ("", "+", "-")
INTEGERS = ("", "0", "7", "007", "6378", "99", "123456789", "9" * 16, "9" * 17, "6,378", "６３７８", "0x1F")
FRACTIONS = ("", ".", ".0", ".5", ".50", ".05", ".000", ".123", ".1234567", ".12345678", ".4e2", "E5", "NaN")
DAYS = (
    *("2018-10-25", "20181025", "2018-02-30", "2018-13-01", "18991231", "1899-12-30", "0001-01-01", "00000000"),
    *("20160229", "-0044-03-15", "12018-10-25", "0000-10-25", "２０１８１０２５", "2018-1-5", "2018/10/25", ""),
)
ZONES = ("", "Z", "+08:00", "-05:30", "+14:00", "-14:00", "+15:00", "+0800", "z")
TIMES = ("00:00:00", "09:30:00", "23:59:59", "24:00:00", "24:00:01", "09:30", "9:30:00", "23:59:60", "25:00:00")
SECONDS = ("", ".0", ".5", ".123456789", ".")
MONTHS = ("201810", "2018-10", "201813", "000000", "189912", "000101", "201800", "2018-1", "")
BOOLEANS = ("true", "false", "1", "0", "TRUE", "True", "yes", "Y", "是", "", "2")
WORDS = ("INF", "-INF", "NaN", "null", "None", "+", "-", ".")


def forms() -> Iterator[str]:
    for plain in itertools.chain(
        map("".join, itertools.product(SIGNS, INTEGERS, FRACTIONS)),
        map("".join, itertools.product(DAYS, ZONES)),
        map("".join, itertools.product(TIMES, SECONDS, ZONES)),
        map("".join, itertools.product(DAYS, ("T", " "), TIMES, SECONDS, ZONES)),
        map("".join, itertools.product(MONTHS, ZONES)),
        BOOLEANS,
        WORDS,
    ):
        for before, after in PADDING:
            yield f"{before}{plain}{after}"


def value(form: str) -> Any:
    """From the form's parts, written anew; null where it is no number."""
    found = re.fullmatch(r"\s*([+-]?)(\d*)\.?(\d*)\s*", form)
    if found is None or not found[2] + found[3]:
        return None
    number = Decimal(int(found[2] + found[3] or 0)) / 10 ** len(found[3])
    return -number if found[1] == "-" and number else number


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    elements = "".join(f'<xs:element name="{name.replace(":", ".")}" type="{name}"/>' for name in (*READERS, *TEXTS))
    text = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:gjj:core:1"
        targetNamespace="urn:gjj:core:1"><xs:include schemaLocation="core.xsd"/>{elements}</xs:schema>"""
    return etree.XMLSchema(etree.fromstring(text, base_url=str(PACKAGED_WSDL)))


def test_every_type_of_the_contracts_replies_has_a_reader() -> None:
    root = etree.parse(PACKAGED_WSDL.with_name("core.xsd")).getroot()
    used = {element.get("type") for element in root.iter("{*}element") if element.get("type")}
    requests = {"PageNumber", "PageSize"}  # in replies they are not looked at
    composed = {each.get("name") for each in root.iterchildren("{*}complexType")}
    assert used - requests - composed - TEXTS <= set(READERS)


@pytest.mark.parametrize("name", READERS)
def test_what_the_xsd_takes_is_read(name: str, schema: etree.XMLSchema) -> None:
    element = etree.Element(f"{{urn:gjj:core:1}}{name.replace(':', '.')}")
    taken, strange = 0, []
    for form in forms():
        element.text = form
        if not schema.validate(element):
            continue
        taken += 1
        try:
            found = READERS[name](form)
        except ValueError:
            if not _has_no_value(form):
                strange.append((form, "refused"))
            continue
        if isinstance(found, Decimal | int) and not isinstance(found, bool):
            if found != value(form) or (not found and str(found).startswith("-")):
                strange.append((form, str(found)))
        elif not isinstance(found, date | time | Month | bool | None):
            strange.append((form, repr(found)))
    assert strange == []
    assert taken >= 2


def _has_no_value(form: str) -> bool:
    """Days and months that no calendar has, and years beyond four digits or before the first."""
    return re.match(r"\s*(-|0000|\d{5,}-|2018-?(13|02-?30|00))", form) is not None


@pytest.mark.parametrize(
    ("read", "form", "found"),
    [
        (xsd_values.money, ".00", "0.00"),
        (xsd_values.money, "6378.", "6378.00"),
        (xsd_values.money, "+5", "5.00"),
        (xsd_values.money, "-0", "0.00"),
        (xsd_values.money, "-0.00", "0.00"),
        (xsd_values.money, "0006378.50000", "6378.50"),
        (xsd_values.money, "\t-12.3 ", "-12.30"),
        (xsd_values.decimal, ".5", "0.5"),
        (xsd_values.count, "+007", "7"),
        (xsd_values.count, "-0", "0"),
        (xsd_values.boolean, " 1 ", "True"),
        (xsd_values.day_or_none, "2018-10-25+08:00", "2018-10-25"),
        (xsd_values.day_or_none, "20181025Z", "2018-10-25"),
        (xsd_values.month_or_none, "2018-10", "2018-10"),
        (xsd_values.time_of_day, "24:00:00", "00:00:00"),
        (xsd_values.time_of_day, "00:30:00Z", "08:30:00"),
        (xsd_values.time_of_day, "08:30:00.50", "08:30:00.500000"),
    ],
)
def test_a_form_has_its_value(read: Callable[[str], Any], form: str, found: str) -> None:
    assert str(read(form)) == found


@pytest.mark.parametrize("form", ["", "1E5", "NaN", "INF", "6,378.00", "６３７８", "1.001", "1000000000000000000"])
def test_no_amount_is_made_of_what_is_none(form: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (of any text)
        xsd_values.money(form)
