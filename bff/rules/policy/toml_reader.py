"""Strict reader of TOML tables: every key is read by its type, and a key that was not read is an error."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import TracebackType
from typing import TypeVar

Member = TypeVar("Member", bound=StrEnum)


class PolicyError(ValueError):
    """Error in a policy file: file, key path, reason."""

    def __init__(self, source: str, key: str, reason: str) -> None:
        super().__init__(": ".join(filter(None, (source, key, reason))))
        self.source, self.key, self.reason = source, key, reason


class Table:
    """Table of a file. As a context manager it refuses, at its end, the keys that were not read."""

    def __init__(self, values: dict[str, object], source: str, path: str = "") -> None:
        self._values, self._source, self._path = dict(values), source, path

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None and self._values:
            raise self.error(min(self._values), "unknown key")

    def error(self, key: str, reason: str) -> PolicyError:
        return PolicyError(self._source, f"{self._path}.{key}".strip("."), reason)

    def has(self, key: str) -> bool:
        return key in self._values

    def amount(self, key: str) -> Decimal:
        """Read a number of yuan, per cent or times: finite and not negative."""
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.error(key, "must be a number")
        number = Decimal(value)
        if not number.is_finite() or number < 0:
            raise self.error(key, "must not be negative or infinite")
        return number

    def positive(self, key: str) -> Decimal:
        number = self.amount(key)
        if not number:
            raise self.error(key, "must be more than 0")
        return number

    def maybe_positive(self, key: str) -> Decimal | None:
        return self.positive(key) if self.has(key) else None

    def maybe_amount(self, key: str) -> Decimal | None:
        return self.amount(key) if self.has(key) else None

    def whole(self, key: str, *, least: int = 0) -> int:
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(key, "must be a whole number")
        if value < least:
            raise self.error(key, f"must be at least {least}")
        return value

    def maybe_whole(self, key: str) -> int:
        """Read an optional whole number, 0 where the key is absent."""
        return self.whole(key) if self.has(key) else 0

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def maybe_flag(self, key: str) -> bool:
        """Read an optional flag, false where the key is absent."""
        return self.has(key) and self.flag(key)

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "must be a text")
        return value

    def day(self, key: str) -> date:
        value = self._take(key)
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.error(key, "must be a date such as 2018-10-25")
        return value

    def member(self, key: str, members: type[Member]) -> Member:
        return self._member(key, self._take(key), members)

    def maybe_member(self, key: str, members: type[Member], usual: Member) -> Member:
        """Read an optional value of an enum, `usual` where the key is absent."""
        return self.member(key, members) if self.has(key) else usual

    def members(self, key: str, members: type[Member]) -> tuple[Member, ...]:
        """Read a list of values of an enum, empty where the key is absent."""
        values = self._take(key) if self.has(key) else []
        if not isinstance(values, list):
            raise self.error(key, "must be a list")
        return tuple(self._member(key, value, members) for value in values)

    def table(self, key: str) -> Table:
        value = self._take(key)
        if not isinstance(value, dict):
            raise self.error(key, "must be a table")
        return Table(value, self._source, f"{self._path}.{key}".strip("."))

    def tables(self, key: str) -> list[Table]:
        values = self._take(key)
        if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
            raise self.error(key, "must be a list of tables, [[…]]")
        path = f"{self._path}.{key}".strip(".")
        return [Table(value, self._source, f"{path}[{at}]") for at, value in enumerate(values)]

    def maybe_tables(self, key: str) -> list[Table]:
        """Read an optional list of tables, empty where the key is absent."""
        return self.tables(key) if self.has(key) else []

    def _take(self, key: str) -> object:
        if key not in self._values:
            raise self.error(key, "missing")
        return self._values.pop(key)

    def _member(self, key: str, value: object, members: type[Member]) -> Member:
        if isinstance(value, str) and value in members.__members__:
            return members[value]
        raise self.error(key, f"must be one of {', '.join(members.__members__)}")


def parse(text: str, source: str) -> Table:
    try:
        return Table(tomllib.loads(text, parse_float=Decimal), source)
    except (tomllib.TOMLDecodeError, ArithmeticError) as error:
        raise PolicyError(source, "", f"no TOML: {error}") from error
