"""Values in force from one day to another, and the timeline of those that follow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from bff.rules.policy.toml_reader import Table

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Effective(Generic[Value]):
    """Value in force from `since` through `until`; without `until`, indefinitely."""

    since: date
    until: date | None
    value: Value


def timeline(tables: Iterable[Table], read: Callable[[Table], Value]) -> tuple[Effective[Value], ...]:
    """Read entries with `from` and, except for the last, `until`, oldest first: each begins the day after the one
    before."""
    entries: list[Effective[Value]] = []
    for table in tables:
        with table:
            since, until = table.day("from"), table.day("until") if table.has("until") else None
            _follows(table, entries[-1].until if entries else None, since, first=not entries)
            if until is not None and until < since:
                raise table.error("until", "lies before from")
            entries.append(Effective(since, until, read(table)))
    return tuple(entries)


def _follows(table: Table, ended: date | None, since: date, *, first: bool) -> None:
    if first:
        return
    if ended is None or since <= ended:
        raise table.error("from", "overlaps the entry before")
    if since != ended + timedelta(days=1):
        raise table.error("from", f"leaves a gap after {ended}")


def in_force(entries: Iterable[Effective[Value]], day: date) -> Value | None:
    for entry in entries:
        if entry.since <= day and (entry.until is None or day <= entry.until):
            return entry.value
    return None
