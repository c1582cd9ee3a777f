"""WebSocket frames by hand (RFC 6455), as no well-behaved client would send them."""

from __future__ import annotations

import asyncio
import json
import struct
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench.attack.raw_http import ATTACKER, GONE, HOST, Connection, connected

CONTINUATION, TEXT, BINARY, CLOSE, PING = 0x0, 0x1, 0x2, 0x8, 0x9
COMPRESSED = 4
"""The reserved bit that says so."""
LINES = (
    b"GET /graphql HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
)
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
INIT = {"type": "connection_init"}


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True, length: int | None = None
) -> bytes:
    """Under a mask of zeros, which changes nothing. `length` is what the frame says of itself."""
    size = len(payload) if length is None else length
    first, mask = (fin << 7) | (rsv << 4) | opcode, masked << 7
    if size < 126:
        head = struct.pack("!BB", first, mask | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, mask | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask | 127, size)
    return head + (bytes(4) if masked else b"") + payload


def message(content: Any) -> bytes:
    return frame(TEXT, json.dumps(content).encode())


def deflated(mebibytes: int) -> bytes:
    """Compressed spaces: a thousandth of what they become."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * mebibytes


@dataclass(slots=True)
class Socket:
    """After the handshake. `deflates` says that the server agreed to compression."""

    http: Connection
    deflates: bool

    async def send(self, data: bytes) -> bool:
        return await self.http.send(data)

    async def start(self, token: str | None = None) -> bool:
        """Whether the server acknowledged the init."""
        payload = {"payload": {"Authorization": f"Bearer {token}"}} if token else {}
        await self.send(message({**INIT, **payload}))
        return await self.receive() is not None

    async def receive(self, patience: float = 10.0) -> tuple[int, bytes] | None:
        """Opcode and payload of the server's next frame; null when the connection is closed or nothing comes."""
        try:
            async with asyncio.timeout(patience):
                first, size = await self.http.reader.readexactly(2)
                if size >= 126:
                    size = int.from_bytes(await self.http.reader.readexactly(2 if size == 126 else 8), "big")
                return first & 0x0F, await self.http.reader.readexactly(size)
        except GONE:
            return None

    async def close_code(self, at_most: float) -> int | None:
        """The code with which the server closes within so many seconds: 0 without one, null where it does not close."""
        until = time.monotonic() + at_most
        while (left := until - time.monotonic()) > 0:
            found = await self.receive(left)
            if found is None:
                return 0 if time.monotonic() < until - 0.01 else None
            if found[0] == CLOSE:
                return int.from_bytes(found[1][:2], "big")
        return None


@asynccontextmanager
async def opened(port: int, *, deflate: bool = False, source: str = ATTACKER) -> AsyncIterator[Socket]:
    """Raises ConnectionRefusedError where the server does not shake hands."""
    async with connected(port, source) as http:
        await http.send(LINES + (DEFLATE if deflate else b"") + b"\r\n")
        try:
            async with asyncio.timeout(10):
                head = await http.reader.readuntil(b"\r\n\r\n")
        except GONE:
            head = b""
        if not head.startswith(b"HTTP/1.1 101 "):
            raise ConnectionRefusedError(head[:100])
        yield Socket(http, b"permessage-deflate" in head.lower())
