"""Answers that are the same for everybody: who is asked for them, and how they may be kept along the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, OperationType
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from bff.graphql.engine import Prepared


def is_public(prepared: Prepared, public_fields: frozenset[str]) -> bool:
    """A query for nothing but public fields; `__typename` says nothing of anybody."""
    if prepared.operation.operation is not OperationType.QUERY:
        return False
    return all(name in public_fields or name == "__typename" for name in _root_fields(prepared))


def _root_fields(prepared: Prepared) -> Iterator[str]:
    fragments = {
        node.name.value: node for node in prepared.document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    todo = [prepared.operation.selection_set]
    while todo:
        for selection in todo.pop().selections:
            match selection:
                case FieldNode():
                    yield selection.name.value
                case InlineFragmentNode():
                    todo.append(selection.selection_set)
                case FragmentSpreadNode() if (fragment := fragments.pop(selection.name.value, None)) is not None:
                    todo.append(fragment.selection_set)


def without_identity(http: HttpRequest) -> HttpRequest:
    """The request as an anonymous caller would send it: what caches keep for all may not depend on who asked."""
    headers = [(name, value) for name, value in http.scope["headers"] if name not in (b"authorization", b"cookie")]
    return HttpRequest({**http.scope, "headers": headers}, http.receive)


def cached(http: HttpRequest, response: Response, max_age: float) -> Response:
    """The response with its ETag and age, or 304 when the client has it."""
    content = str(response.media_type).encode() + bytes(response.body)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response.headers.update({"ETag": etag, "Cache-Control": f"public, max-age={int(max_age)}"})
    known = [each.strip().removeprefix("W/") for each in http.headers.get("if-none-match", "").split(",")]
    if etag not in known and "*" not in known:
        return response
    kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
    return Response(status_code=304, headers=kept)
