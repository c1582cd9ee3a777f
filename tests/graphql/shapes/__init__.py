"""Requests that are made to cost a server dearly, generated: each within what a body may have, and grown until it meets
a limit of documents. A new limit, rule or phase needs the shape that costs it most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from tests.graphql.hostile import HOSTILE
from tests.graphql.shapes import answers, fragments, merging, mistakes, texts, values, variables
from tests.graphql.shapes.shape import BODY, Shape

__all__ = ["BODY", "FAMILIES", "Shape", "family", "shapes"]


def _hostile() -> Iterator[Shape]:
    for name, (query, _) in HOSTILE.items():
        yield Shape(name, query, operation="Small" if "Small" in query else None)


FAMILIES: Mapping[str, Callable[[], Iterator[Shape]]] = {
    "by hand": _hostile,
    "merging": merging.shapes,
    "fragments": fragments.shapes,
    "texts": texts.shapes,
    "values": values.shapes,
    "mistakes": mistakes.shapes,
    "variables": variables.shapes,
    "answers": answers.shapes,
    "introspection": answers.of_the_schema,
}


@cache
def family(name: str) -> Mapping[str, Shape]:
    """By name, each of which stands once in the family."""
    found = list(FAMILIES[name]())
    named = {shape.name: shape for shape in found}
    assert len(named) == len(found)
    return named


def shapes() -> Mapping[str, Shape]:
    """All of them."""
    return {f"{each}: {name}": shape for each in FAMILIES for name, shape in family(each).items()}
