"""Registers enums of the rules with the schema; each value must have its description."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import strawberry


def register(cls: type[Enum], description: str, values: Mapping[str, str], *, name: str | None = None) -> None:
    """Raises ValueError when `values` and the enum's members differ."""
    if set(values) != set(cls.__members__):
        raise ValueError(f"{cls.__name__}: describe exactly {sorted(cls.__members__)}")
    strawberry.enum(cls, name=name, description=description)
    for value in cls.__strawberry_definition__.values:  # type: ignore[attr-defined] # set by the line above
        value.description = values[value.name]
