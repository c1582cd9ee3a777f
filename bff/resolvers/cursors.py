"""Cursors of lists: opaque texts that hold the key of a row, so that the next page neither repeats nor skips one."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date
from typing import Protocol, TypeVar

from bff.errors import ApiError, bad_input

Key = TypeVar("Key")


class Dated(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def date(self) -> date: ...


def encode(digits: str, serial: str) -> str:
    return base64.urlsafe_b64encode(f"{digits}.{serial}".encode()).decode().rstrip("=")


def decode(cursor: str, parse: Callable[[str], Key]) -> tuple[Key, str]:
    """Return the key of a row: what `parse` makes of the digits, and the serial. Raises BAD_USER_INPUT for a text that
    `encode` has not made, or whose digits `parse` refuses by a ValueError."""
    try:
        digits, _, serial = (
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode().partition(".")
        )
        if not serial or not (digits.isascii() and digits.isdigit()):
            raise ValueError(digits)
        return parse(digits), serial
    except ValueError as error:
        raise invalid_cursor() from error


def invalid_cursor() -> ApiError:
    return bad_input("游标无效，请从第一页重新查询。", "after")


def encode_cursor(row: Dated) -> str:
    """Return the cursor of a row in a list by date."""
    return encode(row.date.isoformat().replace("-", ""), row.id)


def decode_cursor(cursor: str) -> tuple[date, str]:
    """Return date and serial of the row that the cursor stands on. Raises BAD_USER_INPUT."""
    return decode(cursor, _day)


def _day(digits: str) -> date:
    if len(digits) != 8:
        raise ValueError(digits)
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
