"""Records that stand for types of the schema as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from strawberry.types import get_object_definition

Type = TypeVar("Type")


def stands_for(type_: type[Type], record: type) -> Callable[[Any], Type]:
    """For a `record` that has every field of the type as an attribute: the field is read of it, and nothing is copied.

    Raises TypeError when one is missing. What the record has besides is seen by nobody.
    """
    fields = [each.python_name for each in get_object_definition(type_, strict=True).fields]
    if missing := [name for name in fields if not hasattr(record, name)]:
        raise TypeError(f"{record.__name__} cannot stand for {type_.__name__}: it has no {', '.join(missing)}")
    return _itself


def _itself(record: Any) -> Any:
    return record
