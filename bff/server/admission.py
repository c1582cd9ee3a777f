"""Admission control of the endpoint: whether a caller may send so many bytes, and new documents."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import HTTPConnection


class Admission(Protocol):
    """Limits of callers. Numbers are the seconds until the request is admitted, 0 when it is now."""

    def receives(self, connection: HTTPConnection, size: int) -> int:
        """Count the bytes of a body, a URL or a message, where possible before they are read."""

    def reads_documents(self, connection: HTTPConnection) -> int:
        """Tell whether a document may be parsed that was not found valid before."""

    def refused(self, connection: HTTPConnection) -> None:
        """Count a request that was refused."""

    def keeps_documents(self, connection: HTTPConnection, size: int) -> bool:
        """Count a new document and tell whether it may be kept, for all callers."""


class Unlimited:
    """Admits every request."""

    def receives(self, connection: HTTPConnection, size: int) -> int:
        return 0

    def reads_documents(self, connection: HTTPConnection) -> int:
        return 0

    def refused(self, connection: HTTPConnection) -> None:
        pass

    def keeps_documents(self, connection: HTTPConnection, size: int) -> bool:
        return True
