"""Clients that send bytes of their own over a socket, as no library would."""

from __future__ import annotations

import json
import os
import socket
import struct
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.servers import Bff

GET = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
)
TEXT, CONTINUATION, PING = 1, 0, 9


def connect(bff: Bff, source: str = "127.0.0.1") -> socket.socket:
    """From any address of 127.0.0.0/8."""
    host, port = bff.url.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)), timeout=20, source_address=(source, 0))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


@contextmanager
def connected(bff: Bff, source: str = "127.0.0.1") -> Iterator[socket.socket]:
    with connect(bff, source) as client:
        yield client


def open_websocket(bff: Bff, token: str | None = None) -> tuple[socket.socket, bytes]:
    """With the first message sent and answered; also gives the answer's head."""
    client = connect(bff)
    client.sendall(UPGRADE + b"Sec-WebSocket-Key: " + b64encode(os.urandom(16)) + b"\r\n\r\n")
    head = read_until(client, b"\r\n\r\n")
    payload = {"Authorization": f"Bearer {token}"} if token else None
    client.sendall(message("connection_init", payload=payload))
    read_until(client, b"connection_ack")
    return client, head


def message(kind: str, **more: object) -> bytes:
    return frame(json.dumps({"type": kind, **more}).encode())


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True, compressed: bool = False) -> bytes:
    """Masked by zeros, as a client has to mask it."""
    first = bytes([final << 7 | compressed << 6 | opcode])
    if len(payload) < 126:
        return first + bytes([0x80 | len(payload)]) + bytes(4) + payload
    size = struct.pack("!H", len(payload)) if len(payload) < 1 << 16 else struct.pack("!Q", len(payload))
    return first + bytes([0x80 | (126 if len(size) == 2 else 127)]) + size + bytes(4) + payload


def read_until(client: socket.socket, end: bytes) -> bytes:
    received = b""
    while end not in received:
        more = client.recv(1 << 16)
        assert more, received
        received += more
    return received


def read_to_end(client: socket.socket) -> bytes:
    """What comes until the server closes the connection. Raises TimeoutError when it does not."""
    received = b""
    try:
        while more := client.recv(1 << 16):
            received += more
    except ConnectionError:
        pass
    return received


def send_until_closed(client: socket.socket, piece: bytes, most: int) -> int:
    """Sends a piece again and again without reading; the bytes that were sent until the server closed the connection,
    took nothing for half a second, or had `most`."""
    client.settimeout(0.5)
    sent = 0
    try:
        while sent < most:
            sent += client.send(piece)
    except OSError:
        pass
    return sent
