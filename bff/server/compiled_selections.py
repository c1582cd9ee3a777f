"""Selections of plain attributes, compiled to functions once a document; the only module that uses private parts of
graphql-core and Strawberry. graphql-core executes everything else, and executes again whatever a function did not
expect, so that every error is its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from types import GeneratorType
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    VariableNode,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    specified_scalar_types,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails
from graphql.language import DirectiveNode, Visitor, visit
from graphql.pyutils import Path
from strawberry.types.field import StrawberryField

Complete = Callable[[Any], Any]
"""From a value to its form in the response; any exception leaves the field to graphql-core."""

MOST_PLANS = 64
"""Plans kept of a document: variables of @skip and @include must not fill the memory."""
SWITCHES = ("skip", "include")
SAME: dict[Any, type] = {
    specified_scalar_types["String"]: str,
    specified_scalar_types["ID"]: str,
    specified_scalar_types["Boolean"]: bool,
}
"""Types of values that are their own form in the response."""


class Odd(Exception):
    """The value is not what a plain attribute usually holds."""


@dataclass(frozen=True, slots=True)
class Plans:
    """The compiled selections of one document. `switches` are the variables that decide which fields are selected."""

    switches: tuple[str, ...]
    _known: dict[tuple[object, ...], Complete | None] = field(default_factory=dict)

    @classmethod
    def of(cls, document: DocumentNode) -> Plans:
        found = _Switches()
        visit(document, found)
        return cls(tuple(sorted(found.names)))

    def plan(self, executor: CompilingExecutor, parent: GraphQLObjectType, details: list[FieldDetails]) -> Any:
        """Return the function from an object to its field's value in the response; null for what graphql-core
        executes."""
        values = executor.variable_values.coerced
        # The document lives as long as this, so no other node ever has one of these ids.
        key = (parent.name, *(id(each.node) for each in details), *(_truth(values.get(name)) for name in self.switches))
        try:
            return self._known[key]
        except KeyError:
            try:
                plan = _Compiler(executor).attribute(parent, details)
            except GraphQLError:  # null for a switch, which is an error where it is met
                plan = None
            if len(self._known) < MOST_PLANS:
                self._known[key] = plan
            return plan


class CompilingExecutor(Executor[None]):
    def __init__(self, *positional: Any, plans: Plans, **named: Any) -> None:
        super().__init__(*positional, **named)
        self._plans = plans

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, details: list[FieldDetails], path: Path, *more: Any
    ) -> Awaitable[Any] | Any:
        plan = self._plans.plan(self, parent_type, details)
        if plan is not None:
            try:
                return plan(source)
            except Exception:  # noqa: S110 (graphql-core meets it again and says it as it should be said)
                pass
        return super().execute_field(parent_type, source, details, path, *more)


@dataclass(frozen=True, slots=True)
class _Compiler:
    executor: CompilingExecutor

    def attribute(self, parent: GraphQLObjectType, details: list[FieldDetails]) -> Complete | None:
        """Compile a field to a function of the object that has the attribute."""
        found = self._read(parent, details)
        if found is None:
            return None
        read, complete = attrgetter(found[0]), found[1]
        return lambda source: complete(read(source))

    def _read(self, parent: GraphQLObjectType, details: list[FieldDetails]) -> tuple[str, Complete, type | None] | None:
        """Return the attribute's name, the function that completes its value, and the type of values that are
        complete."""
        name = details[0].node.name.value
        if name == "__typename":
            return "__class__", lambda _: parent.name, None
        definition = parent.fields.get(name)
        attribute = plain_attribute(definition) if definition else None
        if definition is None or attribute is None or not all(map(_is_ordinary, details)):
            return None
        complete = self._complete(definition.type, details)
        same = SAME.get(get_nullable_type(definition.type))
        return None if complete is None else (attribute, complete, same)

    def _complete(self, type_: Any, details: list[FieldDetails]) -> Complete | None:
        nullable = not is_non_null_type(type_)
        inner = type_ if nullable else type_.of_type
        if isinstance(inner, GraphQLScalarType):
            return _scalar(inner, nullable)
        complete = self._present(inner, details)
        if complete is None or not nullable:
            return complete
        return lambda value: None if value is None else complete(value)

    def _present(self, type_: Any, details: list[FieldDetails]) -> Complete | None:
        """Compile the completion of values that are not null."""
        if is_list_type(type_):
            return _each(self._complete(type_.of_type, details))
        if isinstance(type_, GraphQLEnumType):
            return _enum(type_)
        if isinstance(type_, GraphQLObjectType) and type_.is_type_of is None:
            return self._object(type_, details)
        return None

    def _object(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Complete | None:
        names, reads = [], []
        for name, below in self.executor.collect_subfields(type_, details).grouped_field_set.items():
            read = self._read(type_, below)
            if read is None:
                return None
            names.append(name)
            reads.append(read)
        parts = [(name, complete, same) for name, (_, complete, same) in zip(names, reads, strict=True)]
        attributes = [attribute for attribute, _, _ in reads]
        # Of one name alone it would give the value without a tuple.
        read_all = attrgetter(*attributes, "__class__")

        def complete(value: Any) -> dict[str, Any]:
            if not _READY[type(value)]:
                raise Odd
            return {
                name: each if type(each) is same else part(each)
                for (name, part, same), each in zip(parts, read_all(value), strict=False)
            }

        return complete


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Return graphql-core's schema of a Strawberry schema."""
    return schema._schema


def strawberry_field(definition: GraphQLField) -> StrawberryField | None:
    """Return the field that Strawberry made a definition from; null for graphql-core's own."""
    found: StrawberryField | None = (definition.extensions or {}).get("strawberry-definition")
    return found


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def plain_attribute(definition: GraphQLField) -> str | None:
    """Return the attribute's name when Strawberry only reads it: no resolver, argument, permission or extension."""
    own = strawberry_field(definition)
    by_default = getattr(definition.resolve, "__name__", "") == "_get_basic_result"
    if type(own) is not StrawberryField or not by_default or definition.args or own.default_resolver is not getattr:
        return None
    return own.python_name if own.is_basic_field else None


def _is_ordinary(details: FieldDetails) -> bool:
    directives = {each.name.value for each in details.node.directives or ()}
    return directives <= set(SWITCHES) and details.defer_usage is None and details.fragment_variable_values is None


def _each(item: Complete | None) -> Complete | None:
    if item is None:
        return None

    def complete(value: Any) -> list[Any]:
        if type(value) is not list and type(value) is not tuple:
            raise Odd  # an iterator could not be read a second time
        return [item(each) for each in value]

    return complete


def _enum(type_: GraphQLEnumType) -> Complete | None:
    """Complete members of the Python enum that the type was made from; graphql-core looks others up."""
    cls: type[Enum] | None = getattr(type_, "wrapped_cls", None)
    if cls is None:
        return None
    names = {id(member): type_.coerce_output_value(member) for member in cls}
    return lambda value: names[id(value)]


def _scalar(type_: GraphQLScalarType, nullable: bool) -> Complete:
    coerce, identity = type_.coerce_output_value, SAME.get(type_)

    def complete(value: Any) -> Any:
        kind = type(value)
        if kind is identity or (value is None and nullable):
            return value
        if not _READY[kind] or (coerced := coerce(value)) is None or coerced is Undefined:
            raise Odd
        return coerced

    return complete


class _Ready(dict[type, bool]):
    """Whether a type's values are results already: exceptions, awaitables, null and Undefined are not."""

    def __missing__(self, kind: type) -> bool:
        never = issubclass(kind, Exception | GeneratorType) or hasattr(kind, "__await__")
        ready = self[kind] = not never and kind is not type(None) and kind is not type(Undefined)
        return ready


_READY = _Ready()


class _Switches(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self.names |= {each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode)}
