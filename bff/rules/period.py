"""Calendar months as the centre writes them, and pages of long lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

import msgspec

Row = TypeVar("Row")


class Month(msgspec.Struct, frozen=True, order=True):
    """A calendar month; `str()` gives 2018-09."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9999 and 1 <= self.month <= 12):
            raise ValueError(f"{self.year}-{self.month} is no month")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list: `rows` newest first, `total` rows in the whole selection, and how many of this page could not
    be read."""

    rows: tuple[Row, ...]
    total: int
    unreadable: int = 0
