"""Options of the GraphQL endpoint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bff.store.keyvalue import Storage

LOCAL = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")
"""Origins of pages that are served by the browser's own machine."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Limits of a document. The app's largest operations need 77 tokens, 53 selections and a cost of 363, introspection
    182 tokens and 230 selections."""

    characters: int = 16 * 1024
    lines: int = 1000
    tokens: int = 1000
    operations: int = 10
    depth: int = 15
    introspection_depth: int = 20
    selections: int = 250
    aliases: int = 30
    root_fields: int = 10
    directives: int = 30
    cost: int = 5000
    answer_bytes: int = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GraphQLOptions:
    """`development` allows introspection and field suggestions; times are seconds. Without it errors about documents
    and variables do not say what the schema has, unless `detailed_errors` are for those who have it anyway. A WebSocket
    is closed after `socket_idle` without an operation.

    `documents` are registered ones by id, and `documents_only` refuses others; what clients send with its hash is also
    kept in `shared_documents`. Responses of `public_fields` alone do not depend on the caller; shared caches may keep
    those of `shared_fields`, with no other arguments than theirs. Responses made of `cacheable_fields` (`Type.field`)
    and of plain attributes are kept in the `response_cache`. Without `compiled_selections` graphql-core resolves every
    field itself. Pages of `origins` may open a WebSocket beside our own. A mutation that is
    not answered in time is answered with the text of `late_texts` for its root field, or with `late_text`: it goes on.
    """

    development: bool = False
    detailed_errors: bool = False
    request_timeout: float = 10.0
    socket_idle: float = 75.0
    max_body_bytes: int = 128 * 1024
    cached_documents: int = 512
    limits: DocumentLimits = field(default_factory=DocumentLimits)
    documents: Mapping[str, str] = field(default_factory=dict)
    documents_only: bool = False
    shared_documents: Storage | None = None
    public_fields: frozenset[str] = frozenset()
    shared_fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    public_max_age: float = 60.0
    cacheable_fields: frozenset[str] = frozenset()
    response_cache: bool = True
    compiled_selections: bool = True
    origins: tuple[str, ...] = ()
    late_text: str = "操作仍在处理，尚未确认结果，请稍后查看，请勿重复提交。"
    late_texts: Mapping[str, str] = field(default_factory=dict)

    def admits(self, origin: str) -> bool:
        """Tell whether pages of another site's origin may open a WebSocket."""
        return origin in self.origins or (self.development and LOCAL.fullmatch(origin) is not None)
