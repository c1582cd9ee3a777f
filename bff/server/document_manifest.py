"""Manifests of registered documents: Apollo's format, which is also written, and Relay's map of ids to texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLError, OperationDefinitionNode, parse, print_ast, separate_operations

from bff.server.engine import Engine, GraphQLRequest, Refused
from bff.server.http_request import identifier
from bff.server.options import GraphQLOptions
from bff.server.persisted_documents import sha256

FORMAT = {"format": "apollo-persisted-query-manifest", "version": 1}


class ManifestError(Exception):
    """The file cannot be used; the text names it."""


def load(path: Path) -> dict[str, str]:
    """Return texts by id. Raises ManifestError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path}: {error}") from None
    found = _texts(content)
    if not found or not all(isinstance(part, str) and part for item in found.items() for part in item):
        raise ManifestError(f"{path} is neither Apollo's manifest nor a map of ids to documents.")
    return merge({identifier(document_id): text} for document_id, text in found.items())


def _texts(content: Any) -> dict[Any, Any]:
    match content:
        case {"operations": [*operations]}:
            return {each.get("id"): each.get("body") for each in operations if isinstance(each, dict)}
        case dict():
            return content
    return {}


def documents_in(path: Path) -> dict[str, str]:
    """Return a manifest's documents, or each operation of a GraphQL file with its fragments, by SHA-256. Raises
    ManifestError."""
    if path.suffix == ".json":
        return load(path)
    try:
        document = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, GraphQLError) as error:
        raise ManifestError(f"{path}: {error}") from None
    texts = [print_ast(each) for each in separate_operations(document).values()]
    return {sha256(text): text for text in texts}


def merge(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the documents of all parts: those of older releases stay registered. Raises ManifestError."""
    merged: dict[str, str] = {}
    for part in parts:
        for document_id, text in part.items():
            if merged.setdefault(document_id, text) != text:
                raise ManifestError(f"{document_id} stands for two different documents.")
    return merged


def check(documents: Mapping[str, str], schema: strawberry.Schema) -> None:
    """Validate the documents. Raises ManifestError for one that the endpoint would refuse."""
    engine = Engine.of(schema, GraphQLOptions(detailed_errors=True))
    for document_id, text in documents.items():
        try:
            engine.prepare(GraphQLRequest(text))
        except Refused as refused:
            raise ManifestError(f"{document_id}: {refused}\n{text}") from None


def write(path: Path, documents: Mapping[str, str]) -> None:
    operations = [{"id": document_id, **_described(text), "body": text} for document_id, text in documents.items()]
    operations.sort(key=lambda each: (each["name"], each["id"]))
    path.write_text(json.dumps({**FORMAT, "operations": operations}, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _described(text: str) -> dict[str, str]:
    for node in parse(text).definitions:
        if isinstance(node, OperationDefinitionNode):
            return {"name": node.name.value if node.name else "", "type": node.operation.value}
    raise ManifestError(f"No operation in: {text[:80]}")
