"""Documents out of the schema: each of its objects with as much as a document may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_required_argument,
)

from bench.attack.questions import plausible
from tests.graphql.shapes.shape import LIMITS, Shape


def of_the_schema(schema: GraphQLSchema) -> Iterator[Shape]:
    """For each way to an object: all of it, its leaves again and again, and its leaves under names of their own."""
    assert schema.query_type is not None
    for path, field in _ways(schema.query_type, (), ()):
        type_ = get_named_type(field.type)
        assert isinstance(type_, GraphQLObjectType)
        leaves = [_call(name, each) for name, each in type_.fields.items() if is_leaf_type(get_named_type(each.type))]
        shown = ".".join(each.partition("(")[0] for each in path)
        yield Shape(f"all of {shown}", _document(path, _everything(type_, 4)))
        for name, make in REPEATED.items():
            yield Shape(f"{shown}, {name}", _document(path, make(leaves or ["__typename"])))


def _again(leaves: Sequence[str]) -> str:
    return " ".join(islice(cycle(leaves), LIMITS.selections - 10))


def _aliased(leaves: Sequence[str]) -> str:
    return " ".join(f"a{number}: {leaf}" for number, leaf in enumerate(islice(cycle(leaves), LIMITS.aliases - 1)))


def _revealed(leaves: Sequence[str]) -> str:
    """Where there is something to reveal."""
    return _aliased([leaf.replace("reveal: false", "reveal: true") for leaf in leaves if "reveal" in leaf] or leaves)


REPEATED: dict[str, Callable[[Sequence[str]], str]] = {
    "leaves again and again": _again,
    "leaves under aliases": _aliased,
    "revealed under aliases": _revealed,
}


def _ways(
    parent: GraphQLObjectType, path: tuple[str, ...], seen: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], GraphQLField]]:
    """All ways from the root to objects, none through a type twice."""
    for name, field in parent.fields.items():
        below = get_named_type(field.type)
        if isinstance(below, GraphQLObjectType) and below.name not in seen:
            way = (*path, _call(name, field))
            yield way, field
            yield from _ways(below, way, (*seen, below.name))


def _everything(type_: GraphQLObjectType, deep: int) -> str:
    parts = []
    for name, field in type_.fields.items():
        below = get_named_type(field.type)
        if not isinstance(below, GraphQLObjectType):
            parts.append(_call(name, field))
        elif deep > 1:
            parts.append(f"{_call(name, field)} {{ {_everything(below, deep - 1)} }}")
    return " ".join(parts) or "__typename"


def _document(path: Sequence[str], inside: str) -> str:
    for each in reversed(path):
        inside = f"{each} {{ {inside} }}"
    return f"{{ {inside} }}"


def _call(name: str, field: GraphQLField) -> str:
    """With the arguments that have to be given, the longest page, and numbers masked."""
    wanted = {key: each for key, each in field.args.items() if is_required_argument(each) or key in ("first", "reveal")}
    given = ", ".join(f"{key}: {_literal(plausible(key, each, ()), each.type)}" for key, each in wanted.items())
    return f"{name}({given})" if given else name


def _literal(value: Any, type_: Any) -> str:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        given = {**value, **({"annualRate": "3.25"} if "annualRate" in named.fields else {})}
        inner = ", ".join(f"{key}: {_literal(each, named.fields[key].type)}" for key, each in given.items())
        return f"{{{inner}}}"
    if is_enum_type(named):
        return str(value)
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
