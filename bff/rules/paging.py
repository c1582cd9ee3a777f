"""Pages of long lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Page of a list: `rows` newest first, `total` rows in the whole selection, and the number of unreadable rows of
    this page."""

    rows: tuple[Row, ...]
    total: int
    unreadable: int = 0
