"""Documents that stand for themselves by an id: those that were registered, and those that clients sent before."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from bff.errors import ProblemCode
from bff.server import error_formatting
from bff.server.admission import Admission
from bff.server.engine import Engine, Prepared, Refused, Request
from bff.server.http_request import SHA256, Asked, HttpError, check_admitted, hint
from bff.server.options import GraphQLOptions
from bff.store.keyvalue import Storage, StorageAway
from bff.store.lru import LruCache

NOT_FOUND = "PersistedQueryNotFound"
KEY, DAY = "gjj:document:", 86400.0


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class RecentDocuments:
    """What clients sent with its hash: the latest `most` in this process, and in `shared` for a day for all of them.
    A shared storage that is away costs clients another round trip, nothing else."""

    most: int
    shared: Storage | None = None
    _texts: LruCache[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_texts", LruCache(self.most))

    def has(self, digest: str) -> bool:
        """In this process."""
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
class Documents:
    """`registered` by id; with `only`, nothing else is answered, under whatever name it comes."""

    registered: Mapping[str, str]
    texts: frozenset[str]
    only: bool
    recent: RecentDocuments
    admission: Admission
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, options: GraphQLOptions, admission: Admission) -> Documents:
        registered = options.documents
        texts = frozenset(registered.values())
        recent = RecentDocuments(options.cached_documents, options.shared_documents)
        return cls(registered, texts, options.documents_only, recent, admission)

    async def prepare(self, asked: Asked, engine: Engine, connection: HTTPConnection) -> Prepared:
        """Raises Refused, and HttpError when a document is not what its hash says, or comes from where nothing new is
        read now."""
        known = self._is_known(asked, engine)
        if not known:
            check_admitted(self.admission.reads_documents(connection))
        text = asked.query or await self._known(asked.document_id)
        if asked.query and asked.document_id:
            self._check_hash(asked)
        if self.only and text not in self.texts:
            message = "Only registered documents are answered here."
            raise Refused([error_formatting.request_error(message, ProblemCode.DOCUMENT_NOT_REGISTERED.value)])
        persisted = bool(asked.document_id)
        request = Request(text, asked.variables, asked.operation_name, asked.extensions, persisted)
        prepared = engine.prepare(request) if known else await self._read(request, engine, connection)
        if asked.query and persisted and not self.only and self._may_be_kept(asked, connection):
            await self.recent.put(asked.document_id, text)  # valid ones only, so that rubbish drives nothing out
        return prepared

    async def _read(self, request: Request, engine: Engine, connection: HTTPConnection) -> Prepared:
        """One new document a turn of the event loop: each may take tens of milliseconds, and many arrive at once. Those
        that had to wait for the others are counted again."""
        async with self._turn:
            check_admitted(self.admission.reads_documents(connection))
            try:
                return engine.prepare(request)
            finally:
                await asyncio.sleep(0)

    def _may_be_kept(self, asked: Asked, connection: HTTPConnection) -> bool:
        """Counted before it is kept: strangers choose what they send, and how much."""
        if asked.document_id in self.registered or self.recent.has(asked.document_id):
            return False  # it is
        return self.admission.keeps_documents(connection, len(asked.query))

    def _is_known(self, asked: Asked, engine: Engine) -> bool:
        """To this process, without a look elsewhere."""
        if asked.query:
            return engine.knows(asked.query)
        return asked.document_id in self.registered or self.recent.has(asked.document_id)

    async def _known(self, document_id: str) -> str:
        text = self.registered.get(document_id)
        is_hash = SHA256.fullmatch(document_id) is not None  # other ids are those of registered documents alone
        if text is None and not self.only and is_hash:
            text = await self.recent.get(document_id)
        if text is None:
            # Apollo's clients look for this very text; they send hashes.
            message = NOT_FOUND if is_hash else f"{NOT_FOUND}: no document of this id is registered.{hint(document_id)}"
            raise Refused([error_formatting.request_error(message, ProblemCode.PERSISTED_QUERY_NOT_FOUND.value)])
        return text

    def _check_hash(self, asked: Asked) -> None:
        if asked.document_id != sha256(asked.query) and self.registered.get(asked.document_id) != asked.query:
            text = "The document is not the one that its hash or id stands for."
            raise HttpError(400, text + hint(asked.document_id))
