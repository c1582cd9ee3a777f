"""Limits on depth, selections, aliases, directives and cost of documents, checked before validation and in time
linear in the document's size: a fragment is measured once. All definitions are measured, since validation takes time
for those that are not executed, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)

from bff.errors import ApiErrorCode
from bff.server.compiled_selections import strawberry_field
from bff.server.options import DocumentLimits

PAGE = 20
"""Rows of a connection whose `first` is not given."""
INTROSPECTION = 3000
"""Cost of `__schema` and `__type`: more than half of an operation's limit."""
LONG_NAME = 32
"""Characters of a name in the answer that are free; each as many more cost as much as a field, in each row again."""
NESTING = 100
"""Selection sets within each other; fragments add no depth, yet each takes stack."""
MOST_VALUES = 64
"""Combinations of variables' values for which a document's cost is kept."""
CEILING = 10**9
"""Sums stop here: a chain of fragments that doubles at each link would grow to numbers of any length."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The size and cost of a selection, with fragments spread out."""

    depth: int = 0
    selections: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    introspection_depth: int = 0
    root_fields: int = 0

    def beside(self, other: Measure) -> Measure:
        return Measure(
            max(self.depth, other.depth),
            min(CEILING, self.selections + other.selections),
            min(CEILING, self.aliases + other.aliases),
            min(CEILING, self.directives + other.directives),
            min(CEILING, self.cost + other.cost),
            max(self.introspection_depth, other.introspection_depth),
            min(CEILING, self.root_fields + other.root_fields),
        )


NOTHING = Measure()


class TooLarge(Exception):
    """A limit is exceeded; the text has the figure."""

    def __init__(self, name: str, figure: int, limit: int) -> None:
        shown = f"more than {CEILING}" if figure >= CEILING else str(figure)
        super().__init__(f"The operation's {name.replace('_', ' ')} is {shown}; the limit is {limit}.")
        self.extensions = {"code": ApiErrorCode.OPERATION_TOO_LARGE.value, "limit": name, "allowed": limit}


def more_than(name: str, limit: int) -> GraphQLError:
    """Return the error for what is counted no further than its limit."""
    message = f"The document's {name.replace('_', ' ')} are more than {limit}, which is the limit."
    return GraphQLError(
        message, extensions={"code": ApiErrorCode.OPERATION_TOO_LARGE.value, "limit": name, "allowed": limit}
    )


def check_text(query: str, limits: DocumentLimits) -> GraphQLError | None:
    """Check characters and lines, before parsing: each syntax error searches its line from the document's start on."""
    if len(query) > limits.characters:
        return more_than("characters", limits.characters)
    if query.count("\n") + query.count("\r") > limits.lines:
        return more_than("lines", limits.lines)
    return None


def check(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], limits: DocumentLimits
) -> GraphQLError | int:
    """Return an error for the first limit that a definition exceeds; else the cost of the dearest one."""
    operations = sum(isinstance(each, OperationDefinitionNode) for each in document.definitions)
    if operations > limits.operations:
        return more_than("operations", limits.operations)
    meter, cost = Meter.of(schema, document, variables), 1
    try:
        for definition in document.definitions:
            for name, figure in _figures(meter, definition):
                if figure > (limit := getattr(limits, name)):
                    raise TooLarge(name, figure, limit)
                cost = max(cost, figure if name == "cost" else 1)
    except TooLarge as found:
        return GraphQLError(str(found), extensions=found.extensions)
    return cost


def _figures(meter: Meter, definition: object) -> Iterator[tuple[str, int]]:
    match definition:
        case OperationDefinitionNode():
            measure = meter.operation(definition)
            yield "root_fields", measure.root_fields
        case FragmentDefinitionNode():
            measure = meter.fragment(definition.name.value)
        case _:
            return  # validation refuses what is not executable
    for name in ("depth", "introspection_depth", "selections", "aliases", "directives", "cost"):
        yield name, getattr(measure, name)


@dataclass(slots=True)
class Meter:
    """Measures the definitions of one document. `visited` counts selections, by which tests tell linear from
    exponential."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, int | None]
    measured: dict[str, Measure] = field(default_factory=dict)
    nesting: int = 0
    visited: int = 0

    @classmethod
    def of(cls, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> Meter:
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        given = {name: _counted(value) for name, value in variables.items()}
        return cls(schema, fragments, {**_defaults(document), **given})

    def operation(self, node: OperationDefinitionNode) -> Measure:
        own = len(node.directives or ()) + sum(len(each.directives or ()) for each in node.variable_definitions or ())
        inside = self._selection_set(node.selection_set, self.schema.get_root_type(node.operation))
        return inside.beside(Measure(directives=own))

    def fragment(self, name: str) -> Measure:
        """Measure a fragment. An unknown one counts for nothing, and one within itself once: validation refuses
        them."""
        if name not in self.measured:
            self.measured[name] = NOTHING
            if (node := self.fragments.get(name)) is not None:
                type_ = self.schema.get_type(node.type_condition.name.value)
                own = Measure(directives=len(node.directives or ()))
                self.measured[name] = self._selection_set(node.selection_set, type_).beside(own)
        return self.measured[name]

    def _selection_set(self, node: SelectionSetNode, parent: Any) -> Measure:
        self.nesting += 1
        if self.nesting > NESTING:
            raise TooLarge("nesting", self.nesting, NESTING)
        total = NOTHING
        for selection in node.selections:
            self.visited += 1
            total = total.beside(self._selection(selection, parent))
        self.nesting -= 1
        return total

    def _selection(self, selection: object, parent: Any) -> Measure:
        match selection:
            case FieldNode():
                return self._field(selection, parent)
            case InlineFragmentNode(type_condition=condition, directives=directives):
                type_ = self.schema.get_type(condition.name.value) if condition else parent
                below = self._selection_set(selection.selection_set, type_)
            case FragmentSpreadNode(directives=directives):
                below = self.fragment(selection.name.value)
            case _:
                return NOTHING
        return below.beside(Measure(selections=1, directives=len(directives or ())))

    def _field(self, node: FieldNode, parent: Any) -> Measure:
        name = node.name.value
        has_fields = isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType))
        definition = parent.fields.get(name) if has_fields else None
        type_ = get_named_type(definition.type) if definition else None
        below = self._selection_set(node.selection_set, type_) if node.selection_set else NOTHING
        introspection = name in ("__schema", "__type")
        return Measure(
            depth=0 if introspection else below.depth + 1,
            selections=min(CEILING, below.selections + 1),
            aliases=min(CEILING, below.aliases + (node.alias is not None)),
            directives=min(CEILING, below.directives + len(node.directives or ())),
            cost=INTROSPECTION if introspection else self._cost(node, definition, below.cost),
            introspection_depth=below.depth + 1 if introspection else below.introspection_depth,
            root_fields=1,
        )

    def _cost(self, node: FieldNode, definition: GraphQLField | None, below: int) -> int:
        name = node.alias or node.name
        own = 1 + len(name.value) // LONG_NAME + declared(definition, "cost", 0)
        return min(CEILING, own + below * self._rows(node, definition))

    def _rows(self, node: FieldNode, definition: GraphQLField | None) -> int:
        """Return how often the selection below a list or connection is executed."""
        if definition is None or "first" not in definition.args:
            return declared(definition, "rows", 1)
        given = next((each.value for each in node.arguments or () if each.name.value == "first"), None)
        match given:
            case IntValueNode(value=text):
                return max(1, _integer(text))
            case VariableNode(name=variable):
                value = self.variables.get(variable.value)
                return PAGE if value is None else max(1, value)
        return PAGE


def declared(definition: GraphQLField | None, name: str, otherwise: int) -> int:
    """Return a field's metadata in the schema: `rows` of a list without pages, `cost` of the field itself."""
    own = strawberry_field(definition) if definition else None
    found: int = own.metadata.get(name, otherwise) if own is not None else otherwise
    return found


@dataclass(frozen=True, slots=True)
class CostCache:
    """Costs of a document within the limits, by the values of the variables that count rows."""

    variables: tuple[str, ...]
    _costs: dict[tuple[object, ...], int] = field(default_factory=dict)

    @classmethod
    def of(cls, document: DocumentNode) -> CostCache:
        rows = _Rows()
        visit(document, rows)
        return cls(tuple(sorted(rows.variables)))

    def cost(self, variables: Mapping[str, Any]) -> int | None:
        """Return null when it was not measured with these values yet."""
        return self._costs.get(self._values(variables))

    def note(self, variables: Mapping[str, Any], cost: int) -> None:
        if len(self._costs) < MOST_VALUES:
            self._costs[self._values(variables)] = cost

    def _values(self, variables: Mapping[str, Any]) -> tuple[object, ...]:
        # Without a value the default counts.
        return tuple(_counted(variables[name]) if name in variables else "" for name in self.variables)


class _Rows(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.variables: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        if node.name.value == "first" and isinstance(node.value, VariableNode):
            self.variables.add(node.value.name.value)


def _defaults(document: DocumentNode) -> dict[str, int]:
    """Return the defaults of integer variables, the largest where operations differ."""
    found: dict[str, int] = {}
    for definition in document.definitions:
        for each in getattr(definition, "variable_definitions", None) or ():
            if isinstance(each.default_value, IntValueNode):
                name = each.variable.name.value
                found[name] = max(found.get(name, 0), _integer(each.default_value.value))
    return found


def _counted(value: object) -> int | None:
    """Coerce a variable's value as execution does: 100.0 is 100. Null for what it refuses."""
    try:
        return GraphQLInt.coerce_input_value(value) if isinstance(value, (int, float)) else None
    except GraphQLError:
        return None


def _integer(text: str) -> int:
    """Read a literal of any length, of which nine digits are enough."""
    return int(text[:9])
