"""Error codes in the descriptions of the fields that can fail."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import cast

import strawberry
from graphql import GraphQLField, GraphQLObjectType, get_named_type

FILE = files("bff.schema") / "failures.toml"
"""Codes by field, found in the code by `make schema`."""


def describe(schema: strawberry.Schema) -> None:
    """Add to each field's description the codes that it can fail with."""
    types = schema.schema_converter.type_map
    for path, codes in tomllib.loads(FILE.read_text("utf-8")).items():
        name, _, field = path.partition(".")
        of = cast(GraphQLObjectType, types[name].implementation)
        _describe(of.fields[field], codes.get("errors", []), codes.get("refusals", []))


def _describe(field: GraphQLField, errors: list[str], refusals: list[str]) -> None:
    said = [f"`errors`: {', '.join(errors)}."] if errors else []
    said += [f"`{_place(field)}`: {', '.join(refusals)}."] if refusals else []
    field.description = f"{field.description}\nCodes (错误代码) in {' In '.join(said)}"


def _place(field: GraphQLField) -> str:
    """Return where refusals stand: in the payload of a mutation, in a quote, or in the error of a bad argument."""
    named = get_named_type(field.type)
    fields = named.fields if isinstance(named, GraphQLObjectType) else {}
    return next((name for name in ("userErrors", "refusals") if name in fields), "problems")
