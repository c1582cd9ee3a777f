"""The GraphQL endpoint over HTTP: methods, media types, status codes and headers. No request of a client makes a
5xx."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from bff.observability.operation import codes_of
from bff.server import sse
from bff.server.engine import PreparedOperation, Refused, is_mutation, is_subscription
from bff.server.execution import Executor
from bff.server.http_caching import cached, is_public, is_shared, without_identity
from bff.server.http_request import EVENTS, GRAPHQL, JSON, TOO_MANY, HttpError, check_admitted, negotiate, read_request
from bff.server.options import GraphQLOptions
from bff.server.persisted_documents import PersistedDocuments
from bff.server.response_cache import EncodedResponse
from bff.server.websocket import WebSocketEndpoint

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def graphql_routes(executor: Executor) -> list[BaseRoute]:
    """Return the routes of the endpoint, over HTTP and over WebSockets."""
    documents = PersistedDocuments.of(executor.engine.options, executor.admission)
    return [
        Route("/graphql", GraphQLEndpoint(executor, documents).answer, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", WebSocketEndpoint(executor, documents).serve),
    ]


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    executor: Executor
    documents: PersistedDocuments

    @property
    def options(self) -> GraphQLOptions:
        return self.executor.engine.options

    async def answer(self, http: HttpRequest) -> Response:
        http.scope["request_id"] = _request_id(http)
        media_type = JSON
        try:
            media_type = negotiate(http)
            asked = await read_request(http, self.options, partial(self._receives, http))
            prepared = await self.documents.prepare(asked, self.executor.engine, http)
            response = await self._run(http, prepared, media_type)
        except HttpError as error:
            response = _json({"errors": [error.formatted]}, error.status, media_type)
            response.headers.update(error.headers)
            if error.status != TOO_MANY:  # counted by the limit, and in no line: it is to cost next to nothing
                self._refused(http, [error.formatted])
        except Refused as refused:
            # Plain JSON is the older way, in which every well-formed request was answered with 200.
            response = _json({"errors": refused.errors}, 200 if media_type == JSON else 400, media_type)
            self._refused(http, refused.errors)
        except ClientDisconnect:
            response = Response(status_code=400)  # the client has disconnected
        response.headers["X-Request-ID"] = http.scope["request_id"]
        return response

    def _receives(self, http: HttpRequest, size: int) -> None:
        check_admitted(self.documents.admission.receives(http, size))

    def _refused(self, http: HttpRequest, errors: list[dict[str, Any]]) -> None:
        self.documents.admission.refused(http)
        self.executor.telemetry.refused(http.scope["request_id"], codes_of(errors))

    async def _run(self, http: HttpRequest, prepared: PreparedOperation, media_type: str) -> Response:
        by_get = http.method in ("GET", "HEAD")
        if by_get and is_mutation(prepared):
            raise HttpError(405, "Mutations are sent by POST.", {"Allow": "POST"})
        if media_type == EVENTS:
            stopping = self.executor.stopping if is_subscription(prepared) else asyncio.Event()
            return sse.stream(self.executor.answers(http, prepared), stopping, self.executor.keep)
        if is_subscription(prepared):
            raise HttpError(406, f"Subscriptions are answered as {EVENTS}: say so in Accept.")
        public = by_get and bool(prepared.request.document_id) and is_public(prepared, self.options.public_fields)
        connection = without_identity(http) if public else http
        found = await self.executor.response(connection, prepared, partial(_disconnected, http))
        status = 400 if media_type == GRAPHQL and not found.executed else 200
        response = _response(found.body, status, media_type)
        if not (public and found.clean):
            # With errors, or with the age of something old in its extensions, it is not worth keeping.
            return response
        shared = is_shared(prepared, self.options.shared_fields)
        return cached(http, response, self._max_age(found), shared=shared)

    def _max_age(self, found: EncodedResponse) -> float:
        """Return the seconds that others may keep a response: one from this cache no longer than it is kept here."""
        if found.until is None:
            return self.options.public_max_age
        return max(0.0, found.until - self.executor.response_cache.clock())


def _json(body: dict[str, Any], status: int, media_type: str) -> Response:
    return _response(orjson.dumps(body), status, media_type)


def _response(body: bytes, status: int, media_type: str) -> Response:
    """Make a JSON response, also when the client accepts streams only."""
    name = JSON if media_type == EVENTS else media_type
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Origin"}
    return Response(body, status, media_type=f"{name}; charset=utf-8", headers=headers)


def _request_id(http: HttpRequest) -> str:
    """Return the caller's ID if it may stand in a log, or a new one."""
    given = http.headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else token_hex(16)


async def _disconnected(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass
