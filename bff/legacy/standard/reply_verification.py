"""Validation of replies against the XSD; of a list of published information, rows that are not valid are set aside."""

from __future__ import annotations

from itertools import compress

from lxml import etree

from bff.legacy.errors import CoreBadData

MOST_ROWS = 1000
"""The most rows that are validated one by one; the contract's lists of information have at most 500."""


def verify(schema: etree.XMLSchema, operation: str, element: etree._Element) -> None:
    """Validate a reply. Raises CoreBadData with the path alone: lxml's message quotes the value, which may be
    personal."""
    if not schema.validate(element):
        error = schema.error_log[0]
        raise CoreBadData(operation, f"not valid against the XSD at {error.path}: {error.type_name}")


def verify_rows(schema: etree.XMLSchema, operation: str, element: etree._Element, path: str) -> int:
    """Validate a reply and return how many of the rows at `path` are not valid; these are left empty, behind the
    others. Raises CoreBadData where something else is wrong."""
    if schema.validate(element):
        return 0
    rows = element.findall(path)
    above = rows[0].getparent() if rows else None
    if above is None or len(rows) > MOST_ROWS:
        verify(schema, operation, element)
        return 0
    at = above.index(rows[0])
    for row in rows:
        above.remove(row)
    verify(schema, operation, element)
    valid = [_is_valid_with(row, above, at, schema, element) for row in rows]
    good = [*compress(rows, valid)]
    above[at:at] = good
    verify(schema, operation, element)
    bad = [*compress(rows, (not each for each in valid))]
    for row in bad:
        row.clear()
    above[at + len(good) : at + len(good)] = bad
    return len(bad)


def _is_valid_with(
    row: etree._Element, above: etree._Element, at: int, schema: etree.XMLSchema, element: etree._Element
) -> bool:
    """Whether the reply is valid with no other row than this one."""
    above.insert(at, row)
    valid = schema.validate(element)
    above.remove(row)
    return valid
