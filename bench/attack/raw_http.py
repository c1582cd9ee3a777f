"""HTTP/1.1 by hand, as no well-behaved client would send it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

HOST = b"Host: bff.example\r\n"
ASK = b'{"query":"{ __typename }"}'
ATTACKER = "127.0.0.66"
GONE = (ConnectionError, TimeoutError, asyncio.IncompleteReadError)


def post(body: bytes = ASK, *headers: bytes, path: bytes = b"/graphql") -> bytes:
    """A whole request."""
    lines = [b"Content-Type: application/json", b"Content-Length: %d" % len(body), *headers]
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


@dataclass(slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent: int = 0

    async def send(self, data: bytes, patience: float = 5.0) -> bool:
        """Whether the server took it; a server that reads no more makes this wait."""
        try:
            self.writer.write(data)
            async with asyncio.timeout(patience):
                await self.writer.drain()
        except GONE:
            return False
        self.sent += len(data)
        return not self.writer.transport.is_closing()

    async def answers(self, patience: float = 5.0) -> bytes:
        """All that comes until the server closes the connection or says nothing for so long."""
        received = bytearray()
        with suppress(*GONE):
            while data := await asyncio.wait_for(self.reader.read(1 << 16), patience):
                received += data
        return bytes(received)

    async def until_closed(self, at_most: float) -> float | None:
        """Seconds until the server closed the connection; null where it did not."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(at_most):
                while await self.reader.read(1 << 16):
                    pass
        except TimeoutError:
            return None
        except ConnectionError:
            pass
        return time.monotonic() - begun


@asynccontextmanager
async def connected(port: int, source: str = ATTACKER, limit: int = 1 << 16) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0), limit=limit)
    try:
        yield Connection(reader, writer)
    finally:
        writer.transport.abort()


async def pour(connection: Connection, pieces: Iterable[bytes]) -> int:
    """Sends piece after piece while the server takes them; gives the bytes that it took."""
    for piece in pieces:
        if not await connection.send(piece):
            break
    return connection.sent


def statuses(answers: bytes) -> list[int]:
    """Of all answers that came over a connection."""
    return [int(line[9:12]) for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
