"""The cache scope of an operation's response, by the fields that it selects: declared ones and plain attributes are
cacheable, and one field that is neither makes the response uncacheable."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
)
from graphql.type import GraphQLNamedType

from bff.server.compiled_selections import plain_attribute
from bff.server.options import GraphQLOptions

NEVER_WITH = frozenset({"reveal"})
"""Arguments that make a field uncacheable: its value is audited, or may be, each time that it is shown."""


class CacheScope(Enum):
    """To whom a cached response may be given: to no caller, to all of them, or to those of one identity."""

    NONE = "none"
    PUBLIC = "public"
    PRIVATE = "private"


def cache_scope(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, options: GraphQLOptions
) -> CacheScope:
    """Return the scope of a valid document's operation."""
    root = schema.get_root_type(operation.operation)
    if operation.operation is not OperationType.QUERY or root is None or not options.cacheable_fields:
        return CacheScope.NONE
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    public = True
    for parent, node in _fields(schema, fragments, root, operation.selection_set):
        name = node.name.value
        if name == "__typename":
            continue
        if not _is_cacheable(parent, node, options.cacheable_fields):
            return CacheScope.NONE
        public = public and (parent is not root or name in options.public_fields)
    return CacheScope.PUBLIC if public else CacheScope.PRIVATE


def _is_cacheable(parent: GraphQLNamedType, node: FieldNode, cacheable_fields: frozenset[str]) -> bool:
    if any(each.name.value in NEVER_WITH for each in node.arguments or ()):
        return False
    definition = getattr(parent, "fields", {}).get(node.name.value)  # none for introspection
    if definition is None:
        return False
    return plain_attribute(definition) is not None or f"{parent.name}.{node.name.value}" in cacheable_fields


def _fields(
    schema: GraphQLSchema,
    fragments: dict[str, FragmentDefinitionNode],
    root: GraphQLNamedType,
    selection_set: SelectionSetNode,
) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
    """Yield each field with the type that it is selected on; a fragment once, however often it is spread."""
    spread: set[str] = set()
    todo: list[tuple[GraphQLNamedType | None, SelectionSetNode]] = [(root, selection_set)]
    while todo:
        parent, selections = todo.pop()
        if parent is None:
            continue
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    yield parent, selection
                    definition = getattr(parent, "fields", {}).get(selection.name.value)
                    if selection.selection_set is not None and definition is not None:
                        todo.append((get_named_type(definition.type), selection.selection_set))
                case InlineFragmentNode(type_condition=condition):
                    type_ = schema.get_type(condition.name.value) if condition else parent
                    todo.append((type_, selection.selection_set))
                case FragmentSpreadNode() if selection.name.value not in spread:
                    spread.add(selection.name.value)
                    fragment = fragments[selection.name.value]
                    todo.append((schema.get_type(fragment.type_condition.name.value), fragment.selection_set))
