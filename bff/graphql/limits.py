"""Refuses documents that ask for too much, before they are validated. One pass over the document: a fragment is
measured once, however often it is spread, so that the time is linear in the document's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from bff.graphql.options import Limits

PAGE = 20
"""Rows of a connection whose `first` is not given."""
CEILING = 10**9
"""Sums stop here: a chain of fragments that doubles at each link would grow to numbers of any length."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection asks for, with fragments spread out."""

    depth: int = 0
    selections: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    introspection_depth: int = 0

    def beside(self, other: Measure) -> Measure:
        return Measure(
            max(self.depth, other.depth),
            min(CEILING, self.selections + other.selections),
            min(CEILING, self.aliases + other.aliases),
            min(CEILING, self.directives + other.directives),
            min(CEILING, self.cost + other.cost),
            max(self.introspection_depth, other.introspection_depth),
        )


NOTHING = Measure()


def check(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    limits: Limits,
) -> GraphQLError | None:
    """The first limit that an operation passes, with its figure, or null."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    meter = _Meter(schema, fragments, variables, {})
    measure = meter.selection_set(operation.selection_set, schema.get_root_type(operation.operation))
    roots = meter.count_fields(operation.selection_set)
    found = {
        "root_fields": roots,
        "depth": measure.depth,
        "introspection_depth": measure.introspection_depth,
        "selections": measure.selections,
        "aliases": measure.aliases,
        "directives": measure.directives + len(operation.directives or ()),
        "cost": measure.cost,
    }
    for name, figure in found.items():
        if figure > (limit := getattr(limits, name)):
            label = name.replace("_", " ")
            shown = f"more than {CEILING}" if figure >= CEILING else str(figure)
            return GraphQLError(
                f"The operation's {label} is {shown}; the limit is {limit}.",
                extensions={"code": "OPERATION_TOO_LARGE", "limit": name, "allowed": limit},
            )
    return None


@dataclass(frozen=True, slots=True)
class _Meter:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    measured: dict[str, Measure]

    def selection_set(self, node: SelectionSetNode, parent: Any) -> Measure:
        total = NOTHING
        for selection in node.selections:
            match selection:
                case FieldNode():
                    part = self._field(selection, parent)
                case InlineFragmentNode():
                    part = self._inline(selection, parent)
                case FragmentSpreadNode():
                    part = self._spread(selection)
                case _:
                    part = NOTHING
            total = total.beside(part)
        return total

    def count_fields(self, node: SelectionSetNode) -> int:
        """Root fields; those in fragments count too, and each fragment once."""
        count, seen, todo = 0, set[str](), [node]
        while todo:
            for selection in todo.pop().selections:
                if isinstance(selection, FieldNode):
                    count += 1
                elif isinstance(selection, InlineFragmentNode):
                    todo.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                    seen.add(selection.name.value)
                    if (fragment := self.fragments.get(selection.name.value)) is not None:
                        todo.append(fragment.selection_set)
        return count

    def _field(self, node: FieldNode, parent: Any) -> Measure:
        name = node.name.value
        definition = parent.fields.get(name) if isinstance(parent, GraphQLObjectType) else None
        type_ = get_named_type(definition.type) if definition else None
        below = self.selection_set(node.selection_set, type_) if node.selection_set else NOTHING
        introspection = name in ("__schema", "__type")
        depth = 0 if introspection else below.depth + 1
        inner = below.depth + 1 if introspection else below.introspection_depth
        cost = 0 if introspection else 1 + below.cost * self._rows(node, definition)
        return Measure(
            depth,
            min(CEILING, below.selections + 1),
            min(CEILING, below.aliases + (node.alias is not None)),
            min(CEILING, below.directives + len(node.directives or ())),
            min(CEILING, cost),
            inner,
        )

    def _rows(self, node: FieldNode, definition: Any) -> int:
        """How often what is below a connection is computed."""
        if definition is None or "first" not in definition.args:
            return 1
        for argument in node.arguments or ():
            if argument.name.value == "first":
                match argument.value:
                    case IntValueNode(value=text):
                        return max(1, int(text[:9]))
                    case VariableNode(name=variable):
                        value = self.variables.get(variable.value)
                        return max(1, value) if isinstance(value, int) else PAGE
        return PAGE

    def _inline(self, node: InlineFragmentNode, parent: Any) -> Measure:
        type_ = self.schema.get_type(node.type_condition.name.value) if node.type_condition else parent
        below = self.selection_set(node.selection_set, type_)
        return below.beside(Measure(directives=len(node.directives or ())))

    def _spread(self, node: FragmentSpreadNode) -> Measure:
        name = node.name.value
        if name not in self.measured:
            self.measured[name] = NOTHING  # a fragment within itself: validation refuses it
            if (fragment := self.fragments.get(name)) is not None:
                type_ = self.schema.get_type(fragment.type_condition.name.value)
                self.measured[name] = self.selection_set(fragment.selection_set, type_)
        return self.measured[name].beside(Measure(directives=len(node.directives or ())))
