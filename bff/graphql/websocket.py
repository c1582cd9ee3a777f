"""graphql-transport-ws: the same operations over a WebSocket, for clients that subscribe that way."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from bff.graphql.documents import Documents
from bff.graphql.engine import Refused
from bff.graphql.requests import Asked, HttpError, asked
from bff.graphql.running import Runner
from bff.watch import codes_of

PROTOCOL = "graphql-transport-ws"
INIT_WITHIN = 5.0
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class WebSocketView:
    runner: Runner
    documents: Documents

    async def serve(self, socket: WebSocket) -> None:
        if PROTOCOL not in socket.scope.get("subprotocols", []) or not self._admits(socket):
            await socket.close(4406)
            return
        await socket.accept(PROTOCOL)
        connection = _Connection(self.runner, self.documents, socket)
        with suppress(WebSocketDisconnect):
            await connection.run()
        await connection.end()

    def _admits(self, socket: WebSocket) -> bool:
        """Browsers send an Origin and let any page open a WebSocket: only known ones may. Apps send none."""
        origin = socket.headers.get("origin")
        known = self.runner.engine.options.origins
        return origin is None or origin in known or urlsplit(origin).netloc == socket.headers.get("host")


@dataclass(slots=True)
class _Connection:
    runner: Runner
    documents: Documents
    socket: WebSocket
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        try:
            async with asyncio.timeout(INIT_WITHIN):
                first = await self._receive()
        except TimeoutError:
            await self.socket.close(4408, "Connection initialisation timeout")
            return
        if first is None or first.get("type") != "connection_init":
            await self.socket.close(4401, "Unauthorized")
            return
        await self._initialise(first.get("payload"))
        while (message := await self._receive()) is not None and await self._handle(message):
            pass

    async def end(self) -> None:
        for task in self.running.values():
            task.cancel()
        await asyncio.gather(*self.running.values(), return_exceptions=True)

    async def _initialise(self, payload: Any) -> None:
        """Browsers cannot set headers on a WebSocket: the token may come in the payload, as it would in the header."""
        token = payload.get("Authorization") or payload.get("authorization") if isinstance(payload, dict) else None
        if isinstance(token, str):
            headers = [(name, value) for name, value in self.socket.scope["headers"] if name != b"authorization"]
            self.socket.scope["headers"] = [*headers, (b"authorization", token.encode("latin-1", "replace"))]
        await self._send({"type": "connection_ack"})

    async def _receive(self) -> dict[str, Any] | None:
        """The next message; null after closing the connection for one that is none."""
        try:
            text = await self.socket.receive_text()
            if self.documents.admission.receives(self.socket, len(text)):
                await self.socket.close(4429, "Too many requests")
                return None
            message = orjson.loads(text) if len(text) <= self.runner.engine.options.max_body_bytes else None
        except (orjson.JSONDecodeError, KeyError):
            message = None
        if isinstance(message, dict):
            return message
        self.documents.admission.refused(self.socket)
        await self.socket.close(4400, "Invalid message")
        return None

    async def _handle(self, message: dict[str, Any]) -> bool:
        """Whether the connection goes on."""
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
        if number in self.running:
            await self.socket.close(4409, f"Subscriber for {number[:64]} already exists")
            return False
        if len(self.running) >= MOST_AT_ONCE:
            await self.socket.close(4429, "Too many operations at once")
            return False
        try:
            request = asked(payload)
        except HttpError:
            await self.socket.close(4400, "Invalid message")
            return False
        self.running[number] = asyncio.ensure_future(self._run_operation(number, request))
        return True

    async def _run_operation(self, number: str, request: Asked) -> None:
        request_id = uuid4().hex
        try:
            prepared = await self.documents.prepare(request, self.runner.engine, self.socket)
            connection = HTTPConnection({**self.socket.scope, "request_id": request_id})
            async for answer in self.runner.answers(connection, prepared):
                await self._send({"type": "next", "id": number, "payload": answer})
            await self._send({"type": "complete", "id": number})
        except Refused as refused:
            await self._refuse(number, request_id, refused.errors)
        except HttpError as error:
            await self._refuse(number, request_id, [error.formatted])
        except (WebSocketDisconnect, RuntimeError):
            pass  # the client has gone
        finally:
            self.running.pop(number, None)

    async def _refuse(self, number: str, request_id: str, errors: list[dict[str, Any]]) -> None:
        self.documents.admission.refused(self.socket)
        self.runner.watch.refused(request_id, codes_of(errors))
        await self._send({"type": "error", "id": number, "payload": errors})

    async def _send(self, message: dict[str, Any]) -> None:
        await self.socket.send_text(orjson.dumps(message).decode())
