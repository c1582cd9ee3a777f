"""What a request asks for below a field, so that nothing is called that nobody asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLObjectType, GraphQLResolveInfo, get_named_type
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import get_argument_values


@dataclass(frozen=True, slots=True)
class Selected:
    """A field below the current one; `arguments` are coerced and carry the schema's names."""

    name: str
    arguments: dict[str, Any]
    info: GraphQLResolveInfo[Any]
    details: list[FieldDetails]
    parent: GraphQLObjectType

    def selects(self, name: str) -> bool:
        type_ = get_named_type(self.parent.fields[self.name].type)
        below = _collect(self.info, cast(GraphQLObjectType, type_), self.details)
        return any(details[0].node.name.value == name for details in below.values())


def selected_below(info: GraphQLResolveInfo[Any]) -> list[Selected]:
    """The fields selected below `info`'s field, one for each alias; @skip, @include and fragments are applied."""
    parent = cast(GraphQLObjectType, get_named_type(info.return_type))
    below = _collect(info, parent, [FieldDetails(node, None) for node in info.field_nodes])
    return [
        Selected(
            name, get_argument_values(parent.fields[name], details[0].node, info.variable_values), info, details, parent
        )
        for details in below.values()
        if (name := details[0].node.name.value) in parent.fields  # not __typename
    ]


def selects(info: GraphQLResolveInfo[Any], name: str) -> bool:
    """Whether a field called `name` is selected below `info`'s field."""
    return any(selected.name == name for selected in selected_below(info))


def selects_path(info: GraphQLResolveInfo[Any], *names: str) -> bool:
    """Whether the fields `names`, each below the one before, are selected below `info`'s field."""
    parent = cast(GraphQLObjectType, get_named_type(info.return_type))
    return _reaches(info, parent, [FieldDetails(node, None) for node in info.field_nodes], names)


def _reaches(
    info: GraphQLResolveInfo[Any], parent: GraphQLObjectType, details: list[FieldDetails], names: tuple[str, ...]
) -> bool:
    if not names:
        return True
    same = [found for found in _collect(info, parent, details).values() if found[0].node.name.value == names[0]]
    return any(
        _reaches(info, cast(GraphQLObjectType, get_named_type(parent.fields[names[0]].type)), found, names[1:])
        for found in same
    )


def _collect(
    info: GraphQLResolveInfo[Any], parent: GraphQLObjectType, details: list[FieldDetails]
) -> dict[str, list[FieldDetails]]:
    fragments = {name: FragmentDetails(fragment) for name, fragment in info.fragments.items()}
    return collect_subfields(
        info.schema, fragments, info.variable_values, info.operation, parent, details
    ).grouped_field_set
