"""HTTP/1.1 by httptools and uvicorn, with limits on a request's head, its time, pipelining, and bodies that go on
after their answer."""

from __future__ import annotations

import asyncio
import re
import select
import sys
from contextlib import suppress
from math import inf
from typing import NoReturn

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from bff.network.connections import ClientConnection, Connections
from bff.network.shutdown import ShutdownState

HEAD = 16 * 1024
"""Bytes of a request's line and headers; also of a body's framing and trailers, beyond what small chunks take."""
HEADERS = 100
"""Headers of a request: a short one takes thirty times its bytes in memory."""
FRAMING = 8
"""Bytes of framing that one byte of a body may come with, as in chunks of one byte."""
PIPELINE = 8
"""Requests that may arrive before the one in front of them is answered. Each takes kilobytes, however short it is."""
LINGER = 1024 * 1024
"""Bytes of a body that are dropped after its answer: a client may look for that only when it has sent everything."""
FIRST = 1.0
"""Seconds that a new connection has for its first request when the server ends: it was made to send one."""

HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?")
HOST_NEEDED = "A request has one Host header: a name or an address, and a port."
TOO_LONG = "The request is too long."
TOO_LATE = "The request did not arrive in time."


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits: httptools collects a head of any length, and uvicorn limits nothing that
    arrives before the application reads it."""

    connection: ClientConnection
    cycle: RequestResponseCycle | None  # type: ignore[assignment] # null before the first request
    _received = 0
    _body = 0
    _to_drop = 0
    _in_head = False
    _complaint = ""
    _fed = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        table: Connections = self.config.connections  # type: ignore[attr-defined] # ours has them
        self.connection = table.of(transport.get_extra_info("socket").fileno())
        self.connection.carries(transport, self._late)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # After a reset uvicorn's timer would hold all of this until it rings.
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        if self._to_drop:
            self._drop(len(data))
            return
        self._received += len(data)
        self._feed(data)
        if self._is_over():
            return
        if self._received - (1 + FRAMING) * self._body > HEAD or (self._in_head and len(self.headers) > HEADERS):
            self._refuse(400, TOO_LONG)
        elif (cycle := self._asked()) is None:
            self._wait_for_head()
        elif cycle.more_body or self.pipeline:
            self._wait_for_body(cycle)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        # All of it may have come at once.
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD or len(self.headers) > HEADERS:
            self._complain(TOO_LONG)
        if len(self.pipeline) >= PIPELINE:
            self._complain("Too many requests at a time.")
        self._check_host()
        if self._offers_upgrade():
            return
        self._in_head = False
        self.connection.deadline = inf
        super().on_headers_complete()
        if self.is_last() and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._offers_upgrade():
            return
        self._received = self._body = 0
        self.connection.works()
        if self.connection.kept:
            self.connection.keeps(0)
        if self.cycle is not None and isinstance(self.cycle.transport, _Lingering):
            self.cycle.transport.is_complete()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_over() or self._asked() is not None:
            return
        if self._in_head:
            self._unset_keepalive_if_required()
            self._wait_for_head()
        else:
            self.connection.waits()

    def is_last(self) -> bool:
        """Tell whether the client has to send its next request to another process."""
        stopping: ShutdownState = self.config.stopping  # type: ignore[attr-defined] # ours has it
        return stopping.announced or stopping.begun.is_set()

    def shutdown(self) -> None:
        """An idle connection is closed at once, but not with a request in it: a proxy does not send a POST twice."""
        if not self._is_over() and (self.cycle is None or self._in_head or self._has_unread()):
            self.loop.call_later(FIRST, super().shutdown)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, and what `on_headers_complete` refuses."""
        self._refuse(400, self._complaint or msg)

    def _feed(self, data: bytes) -> None:
        self._fed = data
        super().data_received(data)
        self._fed = b""

    def _should_upgrade(self) -> bool:
        return self.parser.get_method() == b"GET" and super()._should_upgrade()

    def _offers_upgrade(self) -> bool:
        """Tell whether the request offers an upgrade that is not supported, as Java's client does with HTTP/2."""
        return self.parser.should_upgrade() and not self._should_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        """Parse the request again without the offer, which a server may ignore: httptools has skipped its body."""
        end = sys.exc_info()[1].args[0]  # type: ignore[union-attr] # called where HttpParserUpgrade is handled
        first = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        kept = [b"%b: %b\r\n" % each for each in self.headers if each[0] != b"upgrade"]
        self._feed(b"".join((first, *kept, b"\r\n", self._fed[end:])))

    def hang_up(self) -> None:
        """Close, and let the client read what was written: a connection that is closed with unread bytes is reset,
        and its answer lost."""
        self._to_drop = LINGER
        with suppress(OSError):  # the client has gone already
            self.transport.write_eof()
        self.flow.resume_reading()
        self.connection.waits(self.connection.table.limits.linger)

    def _check_host(self) -> None:
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) == 1 and HOST.fullmatch(hosts[0]):
            return
        if hosts or self.parser.get_http_version() != "1.0":
            self._complain(HOST_NEEDED)

    def _complain(self, text: str) -> NoReturn:
        """End the parsing by ValueError, which leads to `send_400_response`."""
        self._complaint = text
        raise ValueError(text)

    def _is_over(self) -> bool:
        return self._to_drop > 0 or self.transport.is_closing()

    def _has_unread(self) -> bool:
        waiting = select.poll()
        waiting.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(waiting.poll(0))

    def _asked(self) -> RequestResponseCycle | None:
        """Return the last request until it is answered."""
        return None if self.cycle is None or self.cycle.response_complete else self.cycle

    def _wait_for_head(self) -> None:
        """Start the time for a head, once from its first byte on."""
        if self.connection.deadline == inf:
            self.connection.waits(self.connection.table.limits.head)

    def _wait_for_body(self, cycle: RequestResponseCycle) -> None:
        """Count the body. A request that is answered before its body has arrived ends the connection, and says so."""
        self.connection.keeps(self._body + sum(len(each.body) for each, _ in self.pipeline))
        if cycle.more_body and not isinstance(cycle.transport, _Lingering):
            cycle.transport = _Lingering(self, cycle)  # type: ignore[assignment] # all that it uses of one

    def _late(self) -> None:
        if self._to_drop:
            self.transport.abort()
        elif self._in_head:
            self._refuse(408, TOO_LATE)
        else:
            self.transport.close()

    def _refuse(self, status: int, text: str) -> None:
        """Refuse and hang up; abort where another answer has begun."""
        if (cycle := self._asked()) is not None:
            if cycle.response_started or not cycle.more_body or self.pipeline:
                self.transport.abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(self._answer(status, text))
        self.headers.clear()  # they may be many
        self.hang_up()

    def _answer(self, status: int, text: str) -> bytes:
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(text)),
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        return STATUS_LINE[status] + lines + b"\r\n" + text.encode()

    def _drop(self, count: int) -> None:
        self._to_drop -= count
        if self._to_drop <= 0:
            self.transport.abort()


class _Lingering:
    """The transport of an incomplete request."""

    def __init__(self, protocol: HttpProtocol, cycle: RequestResponseCycle) -> None:
        self.write, self.is_closing = protocol.transport.write, protocol.transport.is_closing
        self.close = protocol.hang_up
        self._protocol, self._cycle = protocol, cycle
        self._keep_alive, cycle.keep_alive = cycle.keep_alive, False

    def is_complete(self) -> None:
        self._cycle.transport = self._protocol.transport
        if not self._cycle.response_started:
            self._cycle.keep_alive = self._keep_alive and not self._protocol.is_last()
