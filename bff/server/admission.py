"""What the endpoint asks before it reads on: whether a caller may send so many bytes, and documents that are new."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import HTTPConnection


class Admission(Protocol):
    """Answers are seconds until it may, 0 when it may now."""

    def receives(self, connection: HTTPConnection, size: int) -> int:
        """Counts bytes of a body, a URL or a message, before they are read as far as possible."""

    def reads_documents(self, connection: HTTPConnection) -> int:
        """Asked before a document is parsed that was not found valid before."""

    def refused(self, connection: HTTPConnection) -> None:
        """Counts a request that was refused."""

    def keeps_documents(self, connection: HTTPConnection, size: int) -> bool:
        """Counts a document that is new and would be kept for others; whether it may be."""


class Unlimited:
    """Admits all that comes."""

    def receives(self, connection: HTTPConnection, size: int) -> int:
        return 0

    def reads_documents(self, connection: HTTPConnection) -> int:
        return 0

    def refused(self, connection: HTTPConnection) -> None:
        pass

    def keeps_documents(self, connection: HTTPConnection, size: int) -> bool:
        return True
