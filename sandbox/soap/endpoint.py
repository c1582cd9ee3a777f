"""One service over HTTP: reads the message, lets a handler answer, and misbehaves where it is told to."""

from __future__ import annotations

import asyncio
import logging
import socket
import sqlite3
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.book import database
from sandbox.soap import contract
from sandbox.soap.contract import BadMessage, Contract, Handler, Outcome, Request
from sandbox.soap.faults import Fault, Faults
from sandbox.soap.security import Credentials, NotAuthenticated

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

log = logging.getLogger(__name__)

MAX_BODY = 256 * 1024
HTML_502 = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


@dataclass(slots=True)
class Load:
    """How many calls are being answered at this moment, and the most there were since the last `forget`. Only the
    event loop counts, so that no lock is needed."""

    in_flight: int = 0
    peak: int = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def forget(self) -> None:
        """Those in flight stay counted."""
        self.peak = self.in_flight


@dataclass(frozen=True, slots=True)
class Core:
    """What all services of a process share."""

    contract: Contract
    book: Path
    credentials: Credentials
    handlers: Mapping[str, Handler]
    latency: float = 0.0
    ahead: timedelta = timedelta()
    """Of the true time: a core whose wall clock is wrong."""
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    requests: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=1000))
    """The latest calls: the operation, and what the caller's X-Request-ID says."""
    load: Load = field(default_factory=Load)
    _changing: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, "changing"))
    _kept: threading.local = field(default_factory=threading.local)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def database(self) -> sqlite3.Connection:
        """The thread's own connection. It stays open: opening one takes as long as answering."""
        if not hasattr(self._kept, "db"):
            self._kept.db = database.opened(self.book)
        db: sqlite3.Connection = self._kept.db
        return db

    async def read(self, work: Work[T]) -> T:
        return await asyncio.to_thread(lambda: work(self.database()))

    async def change(self, work: Work[T]) -> T:
        """For work with transactions of its own. All changes share one thread: waiting for each other in several, they
        would keep these from those who only read."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._changing, lambda: work(self.database()))

    async def transact(self, work: Work[T]) -> T:
        """All or nothing."""

        def whole(db: sqlite3.Connection) -> T:
            with database.transaction(db):
                return work(db)

        return await self.change(whole)


@dataclass(frozen=True, slots=True)
class Service:
    """An ASGI application, for the server to call without anything between: faults cut the bare connection."""

    core: Core
    name: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = HttpRequest(scope, receive)
        try:
            message = self.core.contract.read(await _body(http), self.name)
        except BadMessage as error:
            await _xml(contract.fault("9002", str(error)), 500)(scope, receive, send)
            return
        self.core.calls[message.operation] += 1
        self.core.requests.append((message.operation, http.headers.get("x-request-id", "")))
        with self.core.load.one_more():
            await self._answer(message, http, send)

    async def _answer(self, message: Request, http: HttpRequest, send: Send) -> None:
        hit, changed = self.core.faults.hit(self.name, message.operation), self.core.faults.changed
        if self.core.latency:
            await asyncio.sleep(self.core.latency)
        if "delay" in hit:
            await _later(changed, hit["delay"].ms / 1000)
        if "hang" in hit and not await _hang(http, changed):
            return
        if "reset" in hit:
            await _reset(http, send)
            return
        response = self._instead(hit) or await self._reply(message, _refusal(hit), closed="closed" in hit)
        if "lost_reply" in hit:
            await _reset(http, send)
        elif "truncate" in hit:
            await _truncate(response, send)
        else:
            response.headers["date"] = format_datetime(self.core.now(), usegmt=True)
            await response(http.scope, http.receive, send)

    def _instead(self, hit: Mapping[str, Any]) -> Response | None:
        if "html502" in hit:
            return Response(HTML_502, 502, media_type="text/html")
        if "fault" in hit:
            return _xml(contract.fault("9999", "系统异常"), 500)
        return _xml(b"\x00\xff<not><xml", 200) if "garbage" in hit else None

    async def _reply(self, message: Request, refused: Outcome | None, *, closed: bool) -> Response:
        turn = self.core.read if message.operation.startswith("Query") else self.core.change
        return await turn(lambda db: self._work(db, message, refused, closed))

    def _work(self, db: sqlite3.Connection, message: Request, refused: Outcome | None, closed: bool) -> Response:
        today = database.today(db)
        opens_at = database.next_opening(today) if closed else None
        instead = Outcome(code="9001", text="系统已日终，暂停服务") if closed else refused
        outcome = instead or self._outcome(db, message)
        write = self.core.contract.write
        try:
            return _xml(write(message.operation, message.serial, f"{today:%Y%m%d}", outcome, opens_at), 200)
        except BadMessage:
            log.exception("reply of %s breaks the contract", message.operation)
            return _xml(contract.fault("9999", "系统异常"), 500)

    def _outcome(self, db: sqlite3.Connection, message: Request) -> Outcome:
        try:
            self.core.credentials.check(message.envelope, self.core.now())
        except NotAuthenticated as error:
            log.warning("not authenticated: %s", error)
            return Outcome(code="9003", text="认证失败")
        try:
            return self.core.handlers[message.operation](db, {"QDBH": message.channel, **message.arguments})
        except ValueError as error:
            return Outcome(code="9002", text=str(error))


def _refusal(hit: Mapping[str, Fault]) -> Outcome | None:
    return Outcome(code=hit["refused"].code, text=hit["refused"].text) if "refused" in hit else None


async def _later(changed: asyncio.Event, seconds: float) -> None:
    """Or once the core is healed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()


async def _hang(http: HttpRequest, changed: asyncio.Event) -> bool:
    """Whether the core was healed meanwhile; false when the caller went away."""
    healed = asyncio.ensure_future(changed.wait())
    gone = asyncio.ensure_future(_disconnected(http))
    await asyncio.wait((healed, gone), return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    return not healed.cancel()


async def _disconnected(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


async def _body(http: HttpRequest) -> bytes:
    received = bytearray()
    async for chunk in http.stream():
        received += chunk
        if len(received) > MAX_BODY:
            raise BadMessage(f"message of more than {MAX_BODY} bytes")
    return bytes(received)


def _xml(body: bytes, status: int) -> Response:
    return Response(body, status, media_type="text/xml; charset=utf-8")


async def _truncate(response: Response, send: Send) -> None:
    body = bytes(response.body)
    headers = [(b"content-type", b"text/xml"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    _transport(send).close()


async def _reset(http: HttpRequest, send: Send) -> None:
    """Returns when the server knows that the connection is gone; before, it would answer 500 for us."""
    transport = _transport(send)
    connection: socket.socket = transport.get_extra_info("socket")
    # Without lingering, closing sends a reset instead of an orderly end.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _disconnected(http)


def _transport(send: Send) -> asyncio.Transport:
    """uvicorn's `send` is a method of the object that holds the connection; ASGI itself has no way to cut it, and a
    framework between server and service hides it in a function of its own."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport
