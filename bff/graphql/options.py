"""What the operator sets of the GraphQL endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one document; the largest operation of the app needs a third of each."""

    tokens: int = 2000
    depth: int = 15
    introspection_depth: int = 20
    selections: int = 300
    aliases: int = 30
    root_fields: int = 10
    directives: int = 30
    cost: int = 5000


@dataclass(frozen=True, slots=True)
class GraphQLOptions:
    """`development` allows introspection and field suggestions; times are seconds."""

    development: bool = False
    request_timeout: float = 10.0
    max_body_bytes: int = 128 * 1024
    cached_documents: int = 512
    limits: Limits = field(default_factory=Limits)
