"""The mapping of our operation and element names to another core's, read from a TOML file, so that other names need no
other code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ElementPath = Sequence[str]
"""The path of an element in our names: QueryAccountResponse, ZHXX, GRZHYE. Paths in headers begin with Head."""


class NameMappingError(ValueError):
    """A mapping file is unusable; the text names the file, the key and the reason."""


@dataclass(frozen=True, slots=True)
class NameMapping:
    """Our names to the core's; a name that is not mapped is the same in both. A key of `elements` is the end of a path,
    as in GRZHYE or ZHXX/GRZHYE, and the longest one counts."""

    operations: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.operations or self.elements)

    def operation(self, ours: str) -> str:
        """Return the core's name of an operation."""
        return self.operations.get(ours, ours)

    def element(self, path: ElementPath) -> str:
        """Return the core's name of an element."""
        return self.elements.get(self._key(path), path[-1])

    def _key(self, path: ElementPath) -> str:
        ends = ("/".join(path[start:]) for start in range(len(path)))
        return next((end for end in ends if end in self.elements), path[-1])

    def unused_keys(self, operations: set[str], paths: set[tuple[str, ...]]) -> list[str]:
        """Return the keys that name nothing of our contract: misspellings that would go unnoticed."""
        used = {self._key(path) for path in paths}
        return sorted({*self.operations} - operations) + sorted({*self.elements} - used)


def load_name_mapping(file: Path | None) -> NameMapping:
    """Read a mapping; without a file every name is the same. Raises NameMappingError."""
    if file is None:
        return NameMapping()
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NameMappingError(f"{file}: {error}") from error
    if unknown := sorted(set(tables) - {"operations", "elements"}):
        raise NameMappingError(f"{file}: {unknown[0]}: unknown table, there are operations and elements")
    return NameMapping(_names(file, tables, "operations"), _names(file, tables, "elements"))


def _names(file: Path, tables: Mapping[str, object], name: str) -> dict[str, str]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise NameMappingError(f"{file}: {name}: must be a table")
    for key, value in table.items():
        if not isinstance(value, str) or not value:
            raise NameMappingError(f"{file}: {name}.{key}: must be a name in quotes")
    return table
