"""Typed values out of a reply's element. A required value that is missing is an outage, never a zero."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from lxml import etree

from bff.legacy.errors import CoreBadData
from bff.legacy.standard import xsd_values
from bff.legacy.standard.code_tables import CodeTable
from bff.rules.dates import Month
from bff.rules.private_use import assigned

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_CENTS = re.compile(r"[0-9]{1,16}\.[0-9]{2}").fullmatch

Value = TypeVar("Value")
Coded = TypeVar("Coded", bound=Enum)


class _LocalNames(dict[object, str]):
    """A cache of local names by tag; a list has the same tags in each row."""

    def __missing__(self, tag: object) -> str:
        if len(self) > 4096:
            self.clear()
        name = self[tag] = str(tag).rpartition("}")[2]
        return name


_LOCAL_NAMES = _LocalNames()


class ReplyReader:
    """The children of one element by local name. Methods raise CoreBadData for a value that is not of their type, and
    those without `_or_none` for a missing one."""

    __slots__ = ("_operation", "_values", "element", "report_anomaly")

    def __init__(self, element: etree._Element, operation: str, report_anomaly: Callable[[str, str], None]) -> None:
        self.element = element
        self._operation = operation
        self.report_anomaly = report_anomaly
        # The XSD lets no element have a text and be nil.
        self._values = {_LOCAL_NAMES[child.tag]: child.text for child in element}

    def text_or_none(self, name: str) -> str | None:
        """Return stripped text to be shown; missing, nil and blank are all null: old cores use the three at random."""
        value = self._values.get(name)
        return (assigned(value).strip() or None) if value else None

    def text(self, name: str) -> str:
        return self._required(name, self.text_or_none(name))

    def key(self, name: str) -> str:
        """Return text that later requests repeat: in the core's own characters."""
        value = self._values.get(name)
        return self._required(name, (value.strip() or None) if value else None)

    def money_or_none(self, name: str) -> Decimal | None:
        value = self._values.get(name)
        if value and _CENTS(value):  # as nearly all are
            return Decimal(value)
        return self._read(name, xsd_values.money, "no amount")

    def money(self, name: str) -> Decimal:
        return self._required(name, self.money_or_none(name))

    def rate_or_none(self, name: str) -> Decimal | None:
        return self._read(name, xsd_values.decimal, "no rate")

    def rate(self, name: str) -> Decimal:
        return self._required(name, self.rate_or_none(name))

    def date_or_none(self, name: str) -> date | None:
        return self._read(name, xsd_values.day_or_none, "no date")

    def date(self, name: str) -> date:
        return self._required(name, self.date_or_none(name))

    def month_or_none(self, name: str) -> Month | None:
        return self._read(name, xsd_values.month_or_none, "no month")

    def count_or_none(self, name: str) -> int | None:
        return self._read(name, xsd_values.count, "no count")

    def count(self, name: str) -> int:
        return self._required(name, self.count_or_none(name))

    def boolean(self, name: str) -> bool:
        return self._required(name, self._read(name, xsd_values.boolean, "no boolean"))

    def moment_or_none(self, name: str) -> datetime | None:
        """Return an aware datetime in the centre's time zone."""
        return self._read(name, xsd_values.moment_or_none, "no moment")

    def time(self, name: str) -> time:
        return self._required(name, self._read(name, xsd_values.time_of_day, "no time"))

    def _read(self, name: str, parse: Callable[[str], Value | None], what: str) -> Value | None:
        value = self._values.get(name)
        try:
            return parse(value) if value and not value.isspace() else None
        except ValueError as error:
            raise self.broken(name, what) from error

    def code(self, name: str, table: CodeTable[Coded]) -> tuple[Coded, str]:
        """Return the table's value, or its UNKNOWN, and the code as the core sent it, without blanks."""
        raw = self.text(name)
        value = table.values.get(raw)
        if value is None:
            self.report_anomaly(table.name, raw)
        return table.unknown if value is None else value, raw

    def child_or_none(self, name: str) -> ReplyReader | None:
        element = next(self.element.iterchildren(f"{{*}}{name}"), None)
        if element is None or element.get(NIL) in ("true", "1"):
            return None
        return ReplyReader(element, self._operation, self.report_anomaly)

    def child(self, name: str) -> ReplyReader:
        return self._required(name, self.child_or_none(name))

    def children(self, name: str) -> Iterator[ReplyReader]:
        for child in self.element.iterchildren(f"{{*}}{name}"):
            yield ReplyReader(child, self._operation, self.report_anomaly)

    def must_be(self, name: str, expected: str) -> None:
        """Check that the reply is about what was asked. Raises CoreBadData where it may be another person's."""
        if self.key(name) != expected:
            raise self.broken(name, "not what was asked for")

    def _required(self, name: str, value: Value | None) -> Value:
        if value is None:
            raise self.broken(name, "missing")
        return value

    def broken(self, name: str, what: str) -> CoreBadData:
        """Count an untrustworthy value and return the error to raise. The call itself went well, so that only this
        counter shows it."""
        self.report_anomaly(f"{self._operation}.{name}", what)
        return CoreBadData(self._operation, f"{name}: {what}")
