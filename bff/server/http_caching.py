"""HTTP caching of public responses: which operations are public, and the headers and conditional requests of theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NullValueNode,
    OperationType,
    VariableNode,
)
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from bff.server.engine import PreparedOperation


def is_public(prepared: PreparedOperation, public_fields: frozenset[str]) -> bool:
    """Tell whether an operation is a query of public fields alone; `__typename` is one."""
    if prepared.operation.operation is not OperationType.QUERY:
        return False
    return all(each.name.value in public_fields or each.name.value == "__typename" for each in _root_fields(prepared))


def is_shared(prepared: PreparedOperation, shared_fields: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether shared caches may keep a public query's response. `shared_fields` have the arguments that may be
    given: searches and loans of any amount would fill a cache."""
    fields = [each for each in _root_fields(prepared) if each.name.value != "__typename"]
    return all(
        each.name.value in shared_fields and _given(each, prepared) <= shared_fields[each.name.value] for each in fields
    )


def _given(field: FieldNode, prepared: PreparedOperation) -> set[str]:
    """Return the names of arguments that are not null."""
    found = set()
    for each in field.arguments or ():
        match each.value:
            case NullValueNode():
                continue
            case VariableNode(name=name) if not _has_value(name.value, prepared):
                continue
        found.add(each.name.value)
    return found


def _has_value(name: str, prepared: PreparedOperation) -> bool:
    if name in prepared.request.variables:
        return prepared.request.variables[name] is not None
    declared = prepared.operation.variable_definitions or ()
    defaults = {each.variable.name.value: each.default_value for each in declared}
    return not isinstance(defaults.get(name) or NullValueNode(), NullValueNode)


def _root_fields(prepared: PreparedOperation) -> Iterator[FieldNode]:
    fragments = {
        node.name.value: node for node in prepared.document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    todo = [prepared.operation.selection_set]
    while todo:
        for selection in todo.pop().selections:
            match selection:
                case FieldNode():
                    yield selection
                case InlineFragmentNode():
                    todo.append(selection.selection_set)
                case FragmentSpreadNode() if (fragment := fragments.pop(selection.name.value, None)) is not None:
                    todo.append(fragment.selection_set)


def without_identity(http: HttpRequest) -> HttpRequest:
    """Return the request without credentials: a public response may not depend on who asked first."""
    headers = [(name, value) for name, value in http.scope["headers"] if name not in (b"authorization", b"cookie")]
    return HttpRequest({**http.scope, "headers": headers}, http.receive)


def cached(http: HttpRequest, response: Response, max_age: float, *, shared: bool) -> Response:
    """Return the response with ETag and max-age, or 304 when the client has it. One that is not `shared` is private
    to the client."""
    content = str(response.media_type).encode() + bytes(response.body)
    whose = "public" if shared else "private"
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response.headers.update({"ETag": etag, "Cache-Control": f"{whose}, max-age={int(max_age)}"})
    known = [each.strip().removeprefix("W/") for each in http.headers.get("if-none-match", "").split(",")]
    if etag not in known and "*" not in known:
        return response
    kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
    return Response(status_code=304, headers=kept)
