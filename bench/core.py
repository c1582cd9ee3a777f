"""A memory in front of the practice core: the first answer to a query is the practice core's, every further one the
same bytes at once, or after a delay. `python -m bench.core --behind URL`

Messages differ by prefixes and headers from client to client; what counts is the operation and the body's values. The
caller's serial is put into each answer, as a core would. Whatever is no query is passed on each time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field

import aiohttp

SERIAL = re.compile(rb"(?<=QQLSH>)[^<]*")
VALUE = re.compile(rb"<(?:[\w.-]+:)?(\w+)[^>]*>([^<]+)</")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
OPERATION = re.compile(rb"Body[^>]*>\s*<(?:[\w.-]+:)?(\w+)")
CALLS = b"/bench/calls"
XML = b"text/xml; charset=utf-8"

Key = tuple[bytes, ...]


@dataclass(slots=True)
class Memory:
    """`replies` are split where the serial belongs."""

    behind: str
    delay: float
    replies: dict[Key, tuple[bytes, bytes]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def known(self, request: Request) -> bytes | None:
        self.calls[request.operation.decode()] += 1
        found = self.replies.get(_key(request))
        serial = SERIAL.search(request.body)
        return None if found is None else (serial[0] if serial else b"").join(found)

    def take_calls(self) -> bytes:
        """Calls since the last look."""
        text = json.dumps(self.calls).encode()
        self.calls.clear()
        return text

    async def ask(self, client: aiohttp.ClientSession, request: Request) -> tuple[int, bytes]:
        headers = {"Content-Type": XML.decode(), "SOAPAction": f'"urn:gjj:core:1/{request.operation.decode()}"'}
        url = self.behind + request.path.decode()
        async with client.request(request.method.decode(), url, data=request.body, headers=headers) as response:
            answer = await response.read()
        parts = SERIAL.split(answer, maxsplit=1)
        if response.status == 200 and request.operation.startswith(b"Query") and len(parts) == 2:
            self.replies[_key(request)] = (parts[0], parts[1])
        return response.status, answer


def _key(request: Request) -> Key:
    values = VALUE.findall(request.body, request.body.index(b"Body"))
    return (request.operation, *(b"=".join(each) for each in sorted(values)))


@dataclass(frozen=True, slots=True)
class Request:
    method: bytes
    path: bytes
    operation: bytes
    body: bytes


class Connection(asyncio.Protocol):
    """HTTP/1.1 with Content-Length, one request at a time."""

    def __init__(self, memory: Memory, client: aiohttp.ClientSession) -> None:
        self.memory, self.client = memory, client
        self.received = b""
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (request := self._next()) is not None:
            self._answer(request)

    def _next(self) -> Request | None:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.received[: end + 2]
        length = LENGTH.search(head)
        total = end + 4 + (int(length[1]) if length else 0)
        if len(self.received) < total:
            return None
        body, self.received = self.received[end + 4 : total], self.received[total:]
        method, path = head.split(b" ", 2)[:2]
        operation = OPERATION.search(body)
        return Request(method, path, operation[1] if operation else b"", body)

    def _answer(self, request: Request) -> None:
        if request.path == CALLS:
            self._send(200, self.memory.take_calls())
            return
        known = self.memory.known(request) if request.operation else None
        if known is None:
            task = asyncio.ensure_future(self._ask(request))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        elif self.memory.delay:
            asyncio.get_running_loop().call_later(self.memory.delay, self._send, 200, known)
        else:
            self._send(200, known)

    async def _ask(self, request: Request) -> None:
        self._send(*await self.memory.ask(self.client, request))

    def _send(self, status: int, body: bytes) -> None:
        head = b"HTTP/1.1 %d X\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (status, XML, len(body))
        self.transport.write(head + body)


async def serve(options: argparse.Namespace) -> None:
    memory = Memory(options.behind, options.delay / 1000)
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as client:
        server = await loop.create_server(lambda: Connection(memory, client), "127.0.0.1", options.port)
        print(f"listening on http://127.0.0.1:{options.port}", flush=True)
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--behind", required=True, metavar="URL", help="of the practice core")
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="before each answer")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
