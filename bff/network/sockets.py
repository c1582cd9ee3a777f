"""A listening socket with limits on connections, which does without descriptors when there are none."""

from __future__ import annotations

import socket
from contextlib import suppress
from errno import EMFILE, ENFILE
from typing import Any

from bff.network.connections import Connections

AT_A_TIME = 4
"""Connections that are accepted in a turn of the event loop."""
TEXT = b"Too many connections. Try again later.\n"
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"Retry-After: 5\r\nConnection: close\r\n\r\n%b" % (len(TEXT), TEXT)
)


class ListeningSocket(socket.socket):
    """A listening socket. asyncio accepts connections from it until BlockingIOError is raised."""

    def __init__(self, bound: socket.socket, connections: Connections) -> None:
        super().__init__(bound.family, bound.type, bound.proto, fileno=bound.detach())
        self._connections = connections
        self._accepted = 0
        self._starved = False
        self._spare = _spare()

    def accept(self) -> tuple[socket.socket, Any]:
        if self._starved or self._accepted >= AT_A_TIME:
            raise self._no_more()
        try:
            accepted, address = super().accept()
        except OSError as error:
            if error.errno not in (EMFILE, ENFILE):
                raise self._no_more() if isinstance(error, BlockingIOError) else error from None
            self._refuse_one(error)
            raise self._no_more() from error
        self._accepted += 1
        if self._connections.admit(str(address[0]), accepted.fileno()) is None:
            _refuse(accepted)
            raise self._no_more()
        return AcceptedSocket(accepted, self._connections), address

    def close(self) -> None:
        super().close()
        if self._spare is not None:
            self._spare.close()

    def _no_more(self) -> BlockingIOError:
        self._accepted, self._starved = 0, False
        return BlockingIOError()

    def _refuse_one(self, error: OSError) -> None:
        """Refuse a connection by a spare descriptor: one that is not accepted would wait, and wake asyncio without
        end. Where even that fails, raise the error, on which asyncio pauses for a second."""
        self._connections.give_way()
        if self._spare is not None:
            self._spare.close()
        with suppress(OSError):
            _refuse(super().accept()[0])
        self._spare = _spare()
        if self._spare is None:
            self._starved = True
            raise error


class AcceptedSocket(socket.socket):
    """An accepted socket, counted until it is closed."""

    def __init__(self, accepted: socket.socket, connections: Connections) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self._connections = connections

    def close(self) -> None:
        if self.fileno() >= 0:
            self._connections.forget(self._connections.of(self.fileno()))
        super().close()


def _spare() -> socket.socket | None:
    try:
        return socket.socket()
    except OSError:
        return None


def _refuse(accepted: socket.socket) -> None:
    """Refuse by 503. What has arrived is read: closing with unread bytes would reset the connection."""
    with suppress(OSError), accepted:
        accepted.setblocking(False)
        with suppress(BlockingIOError):
            accepted.recv(1 << 16)
        accepted.send(REFUSAL)
        accepted.shutdown(socket.SHUT_WR)
