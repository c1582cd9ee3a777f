"""Limits of what one network sends: bytes, and requests that are refused. They are looked at before a body is read and
before a document is parsed, so that refusing costs next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from bff.security.client_address import address_of, network_of
from bff.security.operation_rate_limiter import Buckets

DAY = 86400.0
DOCUMENTS, ALL_DOCUMENTS = 512 * 1024, 32 * 1024 * 1024
"""Characters of documents that are kept for a day: of one network, an app's a dozen times; and of all of them."""


@dataclass(frozen=True, slots=True)
class NetworkLimit:
    """Where too much was refused, documents that were found valid before are answered still: thousands share the
    address of a mobile network, and their app sends the same documents. `limited` is told which limit it was."""

    bytes: Buckets
    refusals: Buckets
    trusted_proxies: Sequence[str]
    limited: Callable[[str], None]
    documents: Buckets = field(default_factory=lambda: Buckets(DOCUMENTS, period=DAY))
    all_documents: Buckets = field(default_factory=lambda: Buckets(ALL_DOCUMENTS, period=DAY))

    def receives(self, connection: HTTPConnection, size: int) -> int:
        return self._told("network_bytes", self.bytes.take(self._network(connection), size))

    def reads_documents(self, connection: HTTPConnection) -> int:
        return self._told("network_refusals", self.refusals.wait(self._network(connection)))

    def refused(self, connection: HTTPConnection) -> None:
        self.refusals.take(self._network(connection))

    def keeps_documents(self, connection: HTTPConnection, size: int) -> bool:
        seconds = self.documents.take(self._network(connection), size) or self.all_documents.take("", size)
        return not self._told("network_documents", seconds)

    def _network(self, connection: HTTPConnection) -> str:
        return network_of(address_of(connection, self.trusted_proxies))

    def _told(self, limit: str, seconds: int) -> int:
        if seconds:
            self.limited(limit)
        return seconds
