"""A core's own names for the things of our contract: a table in a file, so that other words need no other code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Place = Sequence[str]
"""Where an element is, in our names: QueryAccountResponse, ZHXX, GRZHYE. Headers begin with Head."""


class NamesError(ValueError):
    """The text says which file, which key and why."""


@dataclass(frozen=True, slots=True)
class Names:
    """Ours to theirs; what is not there has the same name. A key of `elements` is the end of a place, as in GRZHYE or
    ZHXX/GRZHYE, and the longest one counts."""

    operations: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.operations or self.elements)

    def operation(self, ours: str) -> str:
        return self.operations.get(ours, ours)

    def element(self, place: Place) -> str:
        return self.elements.get(self._key(place), place[-1])

    def _key(self, place: Place) -> str:
        ends = ("/".join(place[start:]) for start in range(len(place)))
        return next((end for end in ends if end in self.elements), place[-1])

    def unused(self, operations: set[str], places: set[tuple[str, ...]]) -> list[str]:
        """Keys that name nothing of our contract: slips of the pen that would go unnoticed."""
        used = {self._key(place) for place in places}
        return sorted({*self.operations} - operations) + sorted({*self.elements} - used)


def load_names(file: Path | None) -> Names:
    """Raises NamesError."""
    if file is None:
        return Names()
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NamesError(f"{file}: {error}") from error
    if unknown := sorted(set(tables) - {"operations", "elements"}):
        raise NamesError(f"{file}: {unknown[0]}: unknown table, there are operations and elements")
    return Names(_texts(file, tables, "operations"), _texts(file, tables, "elements"))


def _texts(file: Path, tables: Mapping[str, object], name: str) -> dict[str, str]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise NamesError(f"{file}: {name}: must be a table")
    for key, value in table.items():
        if not isinstance(value, str) or not value:
            raise NamesError(f"{file}: {name}.{key}: must be a name in quotes")
    return table
