"""GraphQL over WebSocket, by the protocol graphql-transport-ws."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from bff.network.connections import EXTENSION, ClientConnection
from bff.observability.operation import codes_of
from bff.server.engine import GraphQLRequest, Refused, is_subscription
from bff.server.execution import Executor
from bff.server.http_request import HttpError, graphql_request
from bff.server.persisted_documents import PersistedDocuments

PROTOCOL = "graphql-transport-ws"
INIT_WITHIN = 5.0
MOST_AT_ONCE = 20
RESTARTS = 1012
"""Close code of a service that restarts: clients connect and subscribe again."""
ANSWERS_AT_ONCE = 5
"""Queries and mutations of a connection that are executed at the same time; others wait."""


@dataclass(frozen=True, slots=True)
class WebSocketEndpoint:
    executor: Executor
    documents: PersistedDocuments

    async def serve(self, socket: WebSocket) -> None:
        if PROTOCOL not in socket.scope.get("subprotocols", []):
            await _refuse(socket, 400, f"Sec-WebSocket-Protocol has to offer {PROTOCOL}.")
            return
        if not self._admits(socket):
            await _refuse(socket, 403, "Pages of this Origin are not admitted; BFF_CORS_ORIGINS names those that are.")
            return
        await socket.accept(PROTOCOL)
        connection = _Connection(self.executor, self.documents, socket)
        try:
            with suppress(WebSocketDisconnect):
                await connection.run()
        finally:
            await connection.end()

    def _admits(self, socket: WebSocket) -> bool:
        """Tell whether the Origin is admitted: browsers let any page open a WebSocket. Apps send none."""
        origin = socket.headers.get("origin")
        if origin is None or self.executor.engine.options.admits(origin):
            return True
        return urlsplit(origin).netloc == socket.headers.get("host")


async def _refuse(socket: WebSocket, status: int, text: str) -> None:
    """Refuse the handshake, with the reason where the server can send one."""
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(PlainTextResponse(f"{text}\n", status))
    else:
        await socket.close(4406)


@dataclass(slots=True)
class _Connection:
    executor: Executor
    documents: PersistedDocuments
    socket: WebSocket
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    subscriptions: set[asyncio.Task[None] | None] = field(default_factory=set)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ANSWERS_AT_ONCE))
    idle: asyncio.Timeout = field(default_factory=lambda: asyncio.timeout(None))

    async def run(self) -> None:
        ending = asyncio.ensure_future(self._end_with_server())
        try:
            await self._run()
        finally:
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)

    async def _end_with_server(self) -> None:
        """Wait until the server stops, then for queries and mutations, but not for subscriptions, and close."""
        await self.executor.stopping.wait()
        for task in self.running.values():
            if task in self.subscriptions:
                task.cancel()
        await asyncio.gather(*self.running.values(), return_exceptions=True)
        await self.socket.close(RESTARTS, "The server restarts")

    async def _run(self) -> None:
        if not await self._begins():
            return
        try:
            async with self.idle:
                self._wait_for_operation()
                while (message := await self._receive()) is not None and await self._handle(message):
                    pass
        except TimeoutError:
            await self.socket.close(1000, "No operation for a while")

    async def _begins(self) -> bool:
        try:
            async with asyncio.timeout(INIT_WITHIN):
                first = await self._receive()
        except TimeoutError:
            await self.socket.close(4408, "Connection initialisation timeout")
            return False
        if first is None:
            return False
        if first.get("type") != "connection_init":
            await self.socket.close(4401, "Unauthorized")
            return False
        await self._initialise(first.get("payload"))
        return True

    async def end(self) -> None:
        for task in self.running.values():
            task.cancel()
        await asyncio.gather(*self.running.values(), return_exceptions=True)

    async def _initialise(self, payload: Any) -> None:
        """Acknowledge the connection. Browsers cannot set headers on a WebSocket: the payload may have the token."""
        token = payload.get("Authorization") or payload.get("authorization") if isinstance(payload, dict) else None
        if isinstance(token, str):
            headers = [(name, value) for name, value in self.socket.scope["headers"] if name != b"authorization"]
            self.socket.scope["headers"] = [*headers, (b"authorization", token.encode("latin-1", "replace"))]
        await self._send({"type": "connection_ack"})

    async def _receive(self) -> dict[str, Any] | None:
        """Return the next message; null after closing the connection because of an invalid one."""
        try:
            text = await self.socket.receive_text()
            if self.documents.admission.receives(self.socket, len(text)):
                await self.socket.close(4429, "Too many requests")
                return None
            message = orjson.loads(text) if len(text) <= self.executor.engine.options.max_body_bytes else None
        except (orjson.JSONDecodeError, KeyError):
            message = None
        if isinstance(message, dict):
            return message
        self.documents.admission.refused(self.socket)
        await self.socket.close(4400, "Invalid message")
        return None

    async def _handle(self, message: dict[str, Any]) -> bool:
        """Handle a message and tell whether the connection goes on."""
        match message:
            case {"type": "ping"}:
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "connection_init"}:
                await self.socket.close(4429, "Too many initialisation requests")
                return False
            case {"type": "complete", "id": str(number)}:
                if (task := self.running.pop(number, None)) is not None:
                    task.cancel()
            case {"type": "subscribe", "id": str(number), "payload": dict(payload)}:
                return await self._subscribe(number, payload)
            case _:
                await self.socket.close(4400, "Invalid message")
                return False
        return True

    async def _subscribe(self, number: str, payload: dict[str, Any]) -> bool:
        if self.executor.stopping.is_set():
            return True  # the client asks anew when it has connected again
        if number in self.running:
            await self.socket.close(4409, f"Subscriber for {number[:64]} already exists")
            return False
        if len(self.running) >= MOST_AT_ONCE:
            await self.socket.close(4429, "Too many operations at once")
            return False
        try:
            request = graphql_request(payload)
        except HttpError:
            await self.socket.close(4400, "Invalid message")
            return False
        task = self.running[number] = asyncio.ensure_future(self._run_operation(number, request))
        task.add_done_callback(partial(self._ended, number))
        self.idle.reschedule(None)
        if (place := self._place()) is not None:
            place.works()
        return True

    def _ended(self, number: str, task: asyncio.Task[None]) -> None:
        """Forget a task, also one that was cancelled before its first step. A later one may have its number."""
        self.subscriptions.discard(task)
        if self.running.get(number) is task:
            del self.running[number]
        if not self.running:
            self._wait_for_operation()

    def _wait_for_operation(self) -> None:
        """Start the idle time, in which the server may close the connection in favour of another."""
        with suppress(RuntimeError):  # it is over
            self.idle.reschedule(asyncio.get_running_loop().time() + self.executor.engine.options.socket_idle)
        if (place := self._place()) is not None:
            place.waits()

    def _place(self) -> ClientConnection | None:
        """Return the connection as our own server counts it; another ASGI server has none."""
        found: ClientConnection | None = self.socket.scope.get("extensions", {}).get(EXTENSION)
        return found

    async def _run_operation(self, number: str, request: GraphQLRequest) -> None:
        request_id = uuid4().hex
        try:
            prepared = await self.documents.prepare(request, self.executor.engine, self.socket)
            connection = HTTPConnection({**self.socket.scope, "request_id": request_id})
            if is_subscription(prepared):
                if self.executor.stopping.is_set():
                    return
                self.subscriptions.add(asyncio.current_task())
            # An answer stays in memory until the client reads it.
            turn = nullcontext() if is_subscription(prepared) else self.turns
            async with turn, aclosing(self.executor.answers(connection, prepared)) as answers:
                async for answer in answers:
                    await self._send({"type": "next", "id": number, "payload": answer})
                await self._send({"type": "complete", "id": number})
        except Refused as refused:
            await self._refuse(number, request_id, refused.errors)
        except HttpError as error:
            await self._refuse(number, request_id, [error.formatted])
        except (WebSocketDisconnect, RuntimeError):
            pass  # the client has gone

    async def _refuse(self, number: str, request_id: str, errors: list[dict[str, Any]]) -> None:
        self.documents.admission.refused(self.socket)
        self.executor.telemetry.refused(request_id, codes_of(errors))
        await self._send({"type": "error", "id": number, "payload": errors})

    async def _send(self, message: dict[str, Any]) -> None:
        await self.socket.send_text(orjson.dumps(message).decode())
