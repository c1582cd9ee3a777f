"""Persisted documents: registered ones by their id, and those that clients sent before by their SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from starlette.requests import HTTPConnection

from bff.errors import ApiErrorCode
from bff.server import error_formatting
from bff.server.admission import Admission
from bff.server.engine import Engine, GraphQLRequest, PreparedOperation, Refused
from bff.server.http_request import SHA256, HttpError, check_admitted, hint
from bff.server.options import GraphQLOptions
from bff.store.keyvalue import Storage, StorageAway
from bff.store.lru import LruCache

NOT_FOUND = "PersistedQueryNotFound"
KEY, DAY = "gjj:document:", 86400.0


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class DocumentCache:
    """Documents that clients sent with their hash: the latest `most` in this process, and all for a day in `shared`.
    While the shared storage is away, clients send the text again."""

    most: int
    shared: Storage | None = None
    _texts: LruCache[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_texts", LruCache(self.most))

    def has(self, digest: str) -> bool:
        """Tell whether this process has the document."""
        return digest in self._texts

    async def get(self, digest: str) -> str | None:
        text = self._texts.get(digest)
        if text is None and (text := await self._shared_text(digest)) is not None:
            self._texts.put(digest, text)
        return text

    async def put(self, digest: str, text: str) -> None:
        self._texts.put(digest, text)
        if self.shared is not None:
            with suppress(StorageAway):
                await self.shared.set(KEY + digest, text.encode(), ttl=DAY)

    async def _shared_text(self, digest: str) -> str | None:
        if self.shared is None:
            return None
        with suppress(StorageAway):
            if (found := await self.shared.get(KEY + digest)) is not None:
                return found.decode()
        return None


@dataclass(frozen=True, slots=True)
class PersistedDocuments:
    """Registered documents by id, and recent ones by hash; with `only`, no other than registered ones are executed."""

    registered: Mapping[str, str]
    texts: frozenset[str]
    only: bool
    recent: DocumentCache
    admission: Admission
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, options: GraphQLOptions, admission: Admission) -> PersistedDocuments:
        registered = options.documents
        texts = frozenset(registered.values())
        recent = DocumentCache(options.cached_documents, options.shared_documents)
        return cls(registered, texts, options.documents_only, recent, admission)

    async def prepare(self, request: GraphQLRequest, engine: Engine, connection: HTTPConnection) -> PreparedOperation:
        """Find the request's document and prepare it. Raises Refused, and HttpError when the document is not what its
        hash says, or when the caller may not send new documents now."""
        known = self._is_known(request, engine)
        if not known:
            check_admitted(self.admission.reads_documents(connection))
        if request.query and request.document_id:
            self._check_hash(request)
        resolved = request if request.query else replace(request, query=await self._text_of(request.document_id))
        if self.only and resolved.query not in self.texts:
            message = "Only registered documents are answered here."
            raise Refused([error_formatting.request_error(message, ApiErrorCode.DOCUMENT_NOT_REGISTERED.value)])
        prepared = engine.prepare(resolved) if known else await self._read(resolved, engine, connection)
        if request.query and request.document_id and not self.only and self._may_be_kept(request, connection):
            # Valid ones only: refused documents evict nothing.
            await self.recent.put(request.document_id, request.query)
        return prepared

    async def _read(self, request: GraphQLRequest, engine: Engine, connection: HTTPConnection) -> PreparedOperation:
        """Prepare one new document a turn of the event loop: each may take tens of milliseconds, and many arrive at
        once. Those that waited for others are counted again. Raises Refused and HttpError."""
        async with self._turn:
            check_admitted(self.admission.reads_documents(connection))
            try:
                return engine.prepare(request)
            finally:
                await asyncio.sleep(0)

    def _may_be_kept(self, request: GraphQLRequest, connection: HTTPConnection) -> bool:
        """Count the document against its sender's limit before it is kept; one that is kept already is not counted."""
        if request.document_id in self.registered or self.recent.has(request.document_id):
            return False
        return self.admission.keeps_documents(connection, len(request.query))

    def _is_known(self, request: GraphQLRequest, engine: Engine) -> bool:
        """Tell whether this process has the document, without asking the shared storage."""
        if request.query:
            return engine.knows(request.query)
        return request.document_id in self.registered or self.recent.has(request.document_id)

    async def _text_of(self, document_id: str) -> str:
        text = self.registered.get(document_id)
        is_hash = SHA256.fullmatch(document_id) is not None  # other ids are those of registered documents alone
        if text is None and not self.only and is_hash:
            text = await self.recent.get(document_id)
        if text is None:
            # Apollo's clients compare this text, and send hashes.
            message = NOT_FOUND if is_hash else f"{NOT_FOUND}: no document of this id is registered.{hint(document_id)}"
            raise Refused([error_formatting.request_error(message, ApiErrorCode.PERSISTED_QUERY_NOT_FOUND.value)])
        return text

    def _check_hash(self, request: GraphQLRequest) -> None:
        if request.document_id != sha256(request.query) and self.registered.get(request.document_id) != request.query:
            text = "The document is not the one that its hash or id stands for."
            raise HttpError(400, text + hint(request.document_id))
