"""Use of deprecated fields by documents, which tells when a field can be removed."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, is_object_type, visit
from graphql.type import is_interface_type

from bff.server.engine import PreparedOperation

MOST = 512
"""Documents whose deprecated fields are kept."""


@dataclass(frozen=True, slots=True)
class DeprecatedFields:
    schema: GraphQLSchema
    any: bool
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: GraphQLSchema) -> DeprecatedFields:
        return cls(schema, any(_deprecated(schema)))

    def in_(self, prepared: PreparedOperation) -> frozenset[str]:
        """Return coordinates such as `Account.oldBalance`, each once."""
        if not self.any:
            return frozenset()
        text = prepared.request.query
        found = self._known.get(text)
        if found is None:
            visitor = _Collecting(TypeInfo(self.schema))
            visit(prepared.document, TypeInfoVisitor(visitor.types, visitor))
            found = frozenset(visitor.found)
            if len(self._known) < MOST:
                self._known[text] = found
        return found


def _deprecated(schema: GraphQLSchema) -> list[str]:
    return [
        f"{each.name}.{name}"
        for each in schema.type_map.values()
        if is_object_type(each) or is_interface_type(each)
        for name, field in each.fields.items()
        if field.deprecation_reason is not None
    ]


class _Collecting(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, definition = self.types.get_parent_type(), self.types.get_field_def()
        if parent is not None and definition is not None and definition.deprecation_reason is not None:
            self.found.add(f"{parent.name}.{node.name.value}")
