"""Operations out of the schema: one for each place where a client puts a text, a number or a name of an enum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

DEEP = 3
"""Levels of an answer that are asked for."""
BY_NAME = {
    "phone": "13800000001",
    "username": "13800000001",
    "idNumber": "99000019850312022X",
    "name": "段小梅",
    "loginPassword": "Practice-2018",
    "queryPassword": "201810",
    "newPassword": "Autumn-Wind-9",
    "smsCode": "000000",
    "idempotencyKey": "attack",
    "contractNumber": "GF20170618-0032",
    "periods": 360,
    "remainingPeriods": 360,
    "first": 100,
}
BY_TYPE: Mapping[str, Any] = {
    "Money": "1500.00",
    "Rate": "3.25",
    "Date": "2018-10-25",
    "Month": "2018-09",
    "DateTime": "2018-10-25T00:00:00+08:00",
    "Int": 1,
    "Float": 1.0,
    "Boolean": False,
}


@dataclass(frozen=True, slots=True)
class Question:
    """`place` names the argument or input field; `variables` are plausible, and `at` is the way
    to the place in them."""

    place: str
    type: str
    query: str
    variables: Mapping[str, Any]
    at: tuple[str, ...]

    def with_value(self, value: Any) -> dict[str, Any]:
        """The variables with another value at the place."""
        return _replaced(self.variables, self.at, value)


def questions(schema: GraphQLSchema) -> Iterator[Question]:
    """Of queries, also below `me`, of mutations and of subscriptions."""
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    for operation, root in roots.items():
        if root is not None:
            yield from _below(operation, root, ())


def _below(operation: str, parent: GraphQLObjectType, path: tuple[str, ...]) -> Iterator[Question]:
    """Fields that ask for no argument on their way are gone through, once each."""
    for name, field in parent.fields.items():
        yield from _of_field(operation, (*path, name), field)
        below = get_named_type(field.type)
        if (
            isinstance(below, GraphQLObjectType)
            and len(path) < 2
            and not any(map(is_required_argument, field.args.values()))
        ):
            yield from _below(operation, below, (*path, name))


def _of_field(operation: str, path: tuple[str, ...], field: GraphQLField) -> Iterator[Question]:
    for name, argument in field.args.items():
        for at in _places(argument.type, (name,)):
            variables = _variables(field, at)
            declared = ", ".join(f"${each}: {field.args[each].type}" for each in variables)
            given = ", ".join(f"{each}: ${each}" for each in variables)
            inner = f"{path[-1]}({given}){_selection(field, DEEP)}"
            for outer in reversed(path[:-1]):
                inner = f"{outer} {{ {inner} }}"
            query = f"{operation}({declared}) {{ {inner} }}"
            yield Question(".".join((*path, *at)), _type_at(argument.type, at[1:]), query, variables, at)


def _places(type_: GraphQLInputType, at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from _places(field.type, (*at, name))
    else:
        yield at


def _type_at(type_: GraphQLInputType, at: tuple[str, ...]) -> str:
    named = get_named_type(type_)
    for name in at:
        assert isinstance(named, GraphQLInputObjectType)
        named = get_named_type(named.fields[name].type)
    return "enum" if isinstance(named, GraphQLEnumType) else named.name


def _variables(field: GraphQLField, at: tuple[str, ...]) -> dict[str, Any]:
    """Of arguments that have to be given, and of the one that is attacked."""
    wanted = {name: each for name, each in field.args.items() if name == at[0] or is_required_argument(each)}
    return {name: plausible(name, each, at[1:] if name == at[0] else ()) for name, each in wanted.items()}


def plausible(name: str, holder: GraphQLArgument | GraphQLInputField, at: tuple[str, ...]) -> Any:
    named = get_named_type(holder.type)
    if isinstance(named, GraphQLInputObjectType):
        return {
            key: plausible(key, field, at[1:] if at[:1] == (key,) else ())
            for key, field in named.fields.items()
            if at[:1] == (key,) or is_required_input_field(field)
        }
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    return BY_NAME.get(name, BY_TYPE.get(named.name, "1"))


def _selection(field: GraphQLField, deep: int) -> str:
    named = get_named_type(field.type)
    if is_leaf_type(named):
        return ""
    assert isinstance(named, GraphQLObjectType)
    inner = [name + _selection(each, deep - 1) for name, each in named.fields.items() if _is_shown(each, deep)]
    return f" {{ {' '.join(inner) or '__typename'} }}"


def _is_shown(field: GraphQLField, deep: int) -> bool:
    leaf = is_leaf_type(get_named_type(field.type))
    return (leaf or deep > 1) and not any(map(is_required_argument, field.args.values()))


def _replaced(values: Mapping[str, Any], at: tuple[str, ...], value: Any) -> dict[str, Any]:
    inner = value if len(at) == 1 else _replaced(values[at[0]], at[1:], value)
    return {**values, at[0]: inner}
