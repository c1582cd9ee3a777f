"""Content negotiation, and GraphQL requests parsed from a URL, a body or a message."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest

from bff.errors import ApiErrorCode
from bff.security.operation_rate_limiter import too_many
from bff.server.engine import GraphQLRequest
from bff.server.options import GraphQLOptions

JSON, GRAPHQL, EVENTS = "application/json", "application/graphql-response+json", "text/event-stream"
TOO_MANY = 429
SHA256, SHA1 = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{40}")
OTHER_HASH = (
    " It looks like a SHA-1, which graphql-codegen makes unless `persistedDocuments.hashAlgorithm` is 'sha256'."
)


class HttpError(Exception):
    """The request is no valid one of GraphQL over HTTP; the text says what is expected."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.extensions: dict[str, Any] = {"code": ApiErrorCode.BAD_REQUEST.value}

    @property
    def formatted(self) -> dict[str, Any]:
        return {"message": str(self), "extensions": self.extensions}


def check_admitted(seconds: int) -> None:
    """Raise HttpError when a request is admitted in some seconds only."""
    if seconds:
        api_error = too_many(seconds)
        error = HttpError(TOO_MANY, str(api_error), {"Retry-After": str(seconds)})
        error.extensions = api_error.extensions
        raise error


async def read_request(http: HttpRequest, options: GraphQLOptions, receives: Callable[[int], None]) -> GraphQLRequest:
    """Read a GraphQL request. `receives` is called with numbers of bytes, before they are read where they are
    announced. Raises HttpError, and what `receives` raises."""
    receives(len(http.scope["query_string"]))
    if http.method in ("GET", "HEAD"):
        values: Any = dict(http.query_params)
        for name in ("variables", "extensions"):
            if name in values:
                values[name] = _loads(values[name].encode("utf-8", "surrogatepass") or b"null", name)
    else:
        _check_content_type(http)
        _check_codings(http)
        values = _loads(await _body(http, options, receives), "the body")
    return graphql_request(values)


def graphql_request(values: Any) -> GraphQLRequest:
    """Parse the JSON of a body or a message. Raises HttpError."""
    if not isinstance(values, dict):
        raise HttpError(400, "A JSON object with `query` is expected; batches are not supported.")
    extensions = _field(values, "extensions", dict, {})
    document_id = _field(values, "documentId", str, "") or _field(values, "id", str, "") or _hash(extensions)
    return GraphQLRequest(
        query=_field(values, "query", str, "" if document_id else None),
        variables=_field(values, "variables", dict, {}),
        operation_name=_field(values, "operationName", str, "") or None,
        document_id=identifier(document_id),
    )


def _hash(extensions: dict[str, Any]) -> str:
    """Return the document's SHA-256, as automatic persisted queries carry it; empty without. Raises HttpError."""
    persisted = _field(extensions, "persistedQuery", dict, {})
    if not persisted:
        return ""
    digest = identifier(_field(persisted, "sha256Hash", str, None))
    if persisted.get("version") != 1 or not SHA256.fullmatch(digest):
        text = "`persistedQuery` has to hold version 1 and a sha256Hash of 64 hexadecimal digits."
        raise HttpError(400, text + hint(digest))
    return digest


def identifier(text: str) -> str:
    """Normalise a document's id. A hash may have its algorithm before it, as in GraphQL over HTTP."""
    digest = text.removeprefix("sha256:").lower()
    return digest if SHA256.fullmatch(digest) else text


def hint(document_id: str) -> str:
    """Return what to do about an id that is a SHA-1; empty for others."""
    digest = document_id.rpartition(":")[2].lower()
    return OTHER_HASH if SHA1.fullmatch(digest) else ""


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


async def _body(http: HttpRequest, options: GraphQLOptions, receives: Callable[[int], None]) -> bytes:
    too_large = HttpError(413, f"The body is larger than {options.max_body_bytes} bytes.")
    announced = http.headers.get("content-length", "")
    size = int(announced[:18]) if announced.isdigit() else 0
    if size > options.max_body_bytes:
        raise too_large
    receives(size)
    received = bytearray()
    try:
        async with asyncio.timeout(options.request_timeout):
            async for chunk in http.stream():
                receives(max(0, len(received) + len(chunk) - max(size, len(received))))
                received += chunk
                if len(received) > options.max_body_bytes:
                    raise too_large
    except TimeoutError:
        raise HttpError(408, "The body did not arrive in time.", {"Connection": "close"}) from None
    return bytes(received)


def _check_content_type(http: HttpRequest) -> None:
    """Admit JSON only: a form or plain text could come from any page that is open in the browser. Raises HttpError."""
    media_type, _, parameters = http.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != JSON:
        raise HttpError(415, f"Send the request as {JSON}.", {"Accept-Post": JSON})
    charset = re.search(r"charset=\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8"):
        raise HttpError(415, "Send the request in UTF-8.")


def _check_codings(http: HttpRequest) -> None:
    """Refuse compressed bodies, which could become a thousand times as large. Raises HttpError."""
    coding = ", ".join(http.headers.getlist("content-encoding")).lower()
    if coding not in ("", "identity"):
        text = f"The body is read as it is, not as Content-Encoding {coding[:40]!r}: send it uncompressed."
        raise HttpError(415, text, {"Accept-Encoding": "identity"})
    coding = ", ".join(http.headers.getlist("transfer-encoding")).lower()
    if coding not in ("", "chunked"):
        raise HttpError(415, f"The body may be chunked, and not transferred as {coding[:40]!r}.")


def negotiate(http: HttpRequest) -> str:
    """Return the media type that the client accepts best; plain JSON without an Accept header. Raises HttpError."""
    return _negotiated(",".join(http.headers.getlist("accept")) or "*/*")


@lru_cache(maxsize=256)
def _negotiated(accept: str) -> str:
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
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
