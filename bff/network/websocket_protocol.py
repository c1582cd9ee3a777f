"""WebSockets by wsproto, within bounds: nothing is inflated, and no more is read than the application and the client
take."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic

import wsproto
from uvicorn._types import ASGISendEvent, WebSocketEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto import ConnectionType
from wsproto.events import CloseConnection, Event, RejectConnection, RejectData, Request
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError

from bff.network.connections import EXTENSION, ClientConnection, Connections

FRAMES = 1000
"""Frames that a client may send in a second. An empty one has six bytes and takes ten microseconds."""
WIDTH = 4
"""Bytes in memory for each of an incomplete message that has an emoji in it."""
ELSEWHERE = "No WebSocket is opened here: the endpoint is /graphql"
log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)


class WebSocketProtocol(WSProtocol):
    """uvicorn's protocol with limits: its own parses and queues whatever has arrived, and answers pings that no
    client reads."""

    connection: ClientConnection

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type] # as uvicorn passes them
        self.conn = _Frames(self._is_full)
        self.logger = log  # uvicorn's lines at INFO have the client's address and the query
        self._frames = 0
        self._frames_since = 0.0
        self._unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        table: Connections = self.config.connections  # type: ignore[attr-defined] # ours has them
        self.connection = table.of(transport.get_extra_info("socket").fileno())
        self.connection.carries(transport, transport.abort)
        self.close_timeout = table.limits.linger
        self.connection.waits()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        self.scope["extensions"][EXTENSION] = self.connection  # type: ignore[assignment] # uvicorn's type is too narrow

    def data_received(self, data: bytes) -> None:
        try:
            super().data_received(data)
        except UnicodeError:  # in the Host, which wsproto decodes
            self.transport.write(self.conn.send(RejectConnection()))
            self.transport.close()
        self._unread = self._unread + len(data) if self.read_paused else 0
        self.connection.keeps(WIDTH * self.buffer.length + self._unread)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.read_paused = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.queue.empty():
            self._read_on()

    async def send(self, message: ASGISendEvent) -> None:
        """Send when the client has read the messages before; raise ClientDisconnected after this side has closed."""
        while not self.writable.is_set():
            await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)

    def shutdown(self) -> None:
        """Shut down; an accepted connection is closed by the application, once it has answered."""
        if self.close_sent or not self.handshake_complete:
            super().shutdown()

    async def receive(self) -> WebSocketEvent:
        if self.queue.empty():
            self._read_on()
        return await self.queue.get()

    def _read_on(self) -> None:
        """Read on: first what has arrived already, then from the network when that has no message."""
        if self.conn.connection is None or not self.writable.is_set() or self.transport.is_closing():
            return
        self.read_paused = False
        self.data_received(b"")
        if not self.read_paused:
            self.transport.resume_reading()

    def _is_full(self) -> bool:
        """Tell whether the next event has to wait."""
        now = monotonic()
        if now - self._frames_since > 1:
            self._frames, self._frames_since = 0, now
        self._frames += 1
        if self._frames > FRAMES and not self.close_sent:
            self._end(CloseReason.POLICY_VIOLATION, "Too many frames")
        return self.read_paused or self.transport.is_closing()

    def _end(self, code: CloseReason, reason: str) -> None:
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(self.conn.send(CloseConnection(code=code, reason=reason)))
        self.transport.close()


class _Frames(wsproto.WSConnection):
    """wsproto's connection, which yields events only while there is room for them."""

    def __init__(self, is_full: Callable[[], bool]) -> None:
        super().__init__(ConnectionType.SERVER)
        self._is_full = is_full

    def events(self) -> Iterator[Event]:  # type: ignore[override] # a generator of them there
        for event in super().events():
            yield event
            if self._is_full():
                return

    def send(self, event: Event) -> bytes:
        """Send an event; a refusal gets a body with the reason, which wsproto's lacks."""
        if not isinstance(event, RejectConnection) or event.has_body:
            return super().send(event)
        error = sys.exc_info()[1]  # of the handshake, where this is its answer
        text = f"{error if isinstance(error, RemoteProtocolError) else ELSEWHERE}.\n".encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        head = super().send(replace(event, headers=[*event.headers, *headers], has_body=True))
        return head + super().send(RejectData(text))
