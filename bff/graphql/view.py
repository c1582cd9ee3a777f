"""The endpoint: content negotiation, methods, bodies, deadlines, streams. Nothing that a client sends makes a 5xx."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import strawberry
from starlette.requests import HTTPConnection
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from bff.errors import ProblemCode
from bff.graphql import failures
from bff.graphql.engine import Engine, Prepared, Refused, Request, is_mutation, is_subscription
from bff.graphql.options import GraphQLOptions
from bff.graphql.websocket import WebSocketView

ContextOf = Callable[[HTTPConnection], Awaitable[Any]]

JSON, GRAPHQL, EVENTS = "application/json", "application/graphql-response+json", "text/event-stream"
HEARTBEAT = 15.0

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class HttpError(Exception):
    """The request is not GraphQL over HTTP; the text says what it takes."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


def graphql_routes(schema: strawberry.Schema, context_of: ContextOf, options: GraphQLOptions) -> list[BaseRoute]:
    """`context_of` is called for requests that are valid GraphQL only."""
    engine = Engine.of(schema, options)
    return [
        Route("/graphql", View(engine, context_of).answer, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", WebSocketView(engine, context_of).serve),
    ]


@dataclass(frozen=True, slots=True)
class View:
    engine: Engine
    context_of: ContextOf

    async def answer(self, http: HttpRequest) -> Response:
        request_id = _request_id(http)
        http.scope["request_id"] = request_id
        media_type = JSON
        try:
            media_type = _negotiate(http)
            request = await read_request(http, self.engine.options.max_body_bytes)
            response = await self._run(http, self.engine.prepare(request), media_type)
        except HttpError as error:
            body = {"errors": [failures.request_error(str(error), "BAD_REQUEST")]}
            response = _json(body, error.status, JSON if media_type == EVENTS else media_type)
            response.headers.update(error.headers)
        except Refused as refused:
            # Plain JSON is the older way, in which every well-formed request was answered with 200.
            response = _json({"errors": refused.errors}, 200 if media_type == JSON else 400, media_type)
        response.headers["X-Request-ID"] = request_id
        return response

    async def _run(self, http: HttpRequest, prepared: Prepared, media_type: str) -> Response:
        if http.method == "GET" and is_mutation(prepared):
            raise HttpError(405, "Mutations are sent by POST.", Allow="POST")
        if media_type == EVENTS:
            return await self._stream(http, prepared)
        if is_subscription(prepared):
            raise HttpError(406, f"Subscriptions are answered as {EVENTS}: say so in Accept.")
        answer = await self._execute(http, prepared)
        status = 400 if media_type == GRAPHQL and "data" not in answer else 200
        return _json(answer, status, media_type if media_type != EVENTS else JSON)

    async def _execute(self, http: HttpRequest, prepared: Prepared) -> dict[str, Any]:
        """Within the deadline, and only as long as the client waits; a mutation is never cut halfway."""
        context = await self.context_of(http)
        task = asyncio.ensure_future(self.engine.execute(prepared, context, http.scope["request_id"]))
        gone = asyncio.ensure_future(_disconnected(http))
        try:
            timeout = self.engine.options.request_timeout
            await asyncio.wait((task, gone), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            return await self._give_up(task, prepared)
        finally:
            gone.cancel()
            if not task.done() and not is_mutation(prepared):
                task.cancel()

    async def _give_up(self, task: asyncio.Task[dict[str, Any]], prepared: Prepared) -> dict[str, Any]:
        if is_mutation(prepared):
            _unfinished.add(task)  # a task that nobody holds may be collected
            task.add_done_callback(_unfinished.discard)
        return {"errors": [failures.request_error("请求超时，请稍后再试。", ProblemCode.TIMEOUT.value)], "data": None}

    async def _stream(self, http: HttpRequest, prepared: Prepared) -> Response:
        """GraphQL over SSE, distinct connections mode: `next` events, then `complete`."""
        context = await self.context_of(http)
        request_id = http.scope["request_id"]
        if is_subscription(prepared):
            answers = self.engine.subscribe(prepared, context, request_id)
        else:
            answers = _once(self._execute(http, prepared))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(answers), media_type=EVENTS, headers=headers)


_unfinished: set[asyncio.Task[dict[str, Any]]] = set()


async def read_request(http: HttpRequest, most: int) -> Request:
    """Raises HttpError for everything that is no GraphQL request."""
    if http.method == "GET":
        values: Any = dict(http.query_params)
        for name in ("variables", "extensions"):
            if name in values:
                values[name] = _loads(values[name].encode("utf-8", "surrogatepass"), name)
    else:
        _check_content_type(http)
        values = _loads(await _body(http, most), "the body")
    if not isinstance(values, dict):
        raise HttpError(400, "A JSON object with `query` is expected; batches are not supported.")
    return Request(
        query=_field(values, "query", str, None),
        variables=_field(values, "variables", dict, {}),
        operation_name=_field(values, "operationName", str, "") or None,
        extensions=_field(values, "extensions", dict, {}),
    )


def _field(values: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    value = values.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, kind):
        wanted = "a string" if kind is str else "an object"
        raise HttpError(400, f"`{name}` has to be {wanted}.")
    return value


def _loads(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HttpError(400, f"{what} is no JSON in UTF-8.") from None


async def _body(http: HttpRequest, most: int) -> bytes:
    received = bytearray()
    async for chunk in http.stream():
        received += chunk
        if len(received) > most:
            raise HttpError(413, f"The body is larger than {most} bytes.")
    return bytes(received)


def _check_content_type(http: HttpRequest) -> None:
    media_type, _, parameters = http.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != JSON:
        raise HttpError(415, f"Send the request as {JSON}.", Accept_Post=JSON)
    charset = re.search(r"charset=\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8"):
        raise HttpError(415, "Send the request in UTF-8.")


def _negotiate(http: HttpRequest) -> str:
    """The first of our types that the client accepts best; without a wish, plain JSON."""
    ranges = [_range(part) for part in http.headers.get("accept", "*/*").split(",") if part.strip()]
    best, best_quality = None, 0.0
    for media_type in (JSON, GRAPHQL, EVENTS):
        matching = [q for name, q in ranges if name == media_type]
        if not matching and media_type == JSON:
            matching = [q for name, q in ranges if name in ("*/*", "application/*")]
        quality = max(matching, default=0.0)
        if quality > best_quality or (quality == best_quality > 0 and media_type == GRAPHQL):
            best, best_quality = media_type, quality
    if best is None:
        raise HttpError(406, f"Answers are {GRAPHQL}, {JSON} or {EVENTS}.")
    return best


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0


def _json(body: dict[str, Any], status: int, media_type: str) -> Response:
    return Response(
        orjson.dumps(body), status, media_type=f"{media_type}; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


def _request_id(http: HttpRequest) -> str:
    """The caller's, if it can stand in a log, or a new one."""
    given = http.headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


async def _disconnected(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


async def _once(answer: Awaitable[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    yield await answer


async def _events(answers: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    """A comment now and then keeps proxies from closing a quiet stream."""
    waiting = asyncio.ensure_future(anext(answers, None))
    try:
        while True:
            done, _ = await asyncio.wait((waiting,), timeout=HEARTBEAT)
            if not done:
                yield b":\n\n"
                continue
            if (answer := waiting.result()) is None:
                yield b"event: complete\ndata:\n\n"
                return
            yield b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"
            waiting = asyncio.ensure_future(anext(answers, None))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await answers.aclose()  # type: ignore[attr-defined] # it is an async generator
