"""Pages of long lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list: `rows` newest first, `total` rows in the whole selection, and how many of this page could not
    be read."""

    rows: tuple[Row, ...]
    total: int
    unreadable: int = 0
