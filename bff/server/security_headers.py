"""Security headers of every response, and CORS."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bff.errors import ApiErrorCode
from bff.server.error_formatting import MASKED, request_error
from bff.server.options import LOCAL

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Defaults: a header that a route sets itself, as GraphiQL's pages do, stays."""
_RAW = [(name.lower().encode(), value.encode()) for name, value in SECURITY.items()]
TRANSPORT = "max-age=31536000; includeSubDomains"


def middleware(origins: Sequence[str], *, development: bool = False) -> list[Middleware]:
    """Return the middleware. `origins` are other sites whose pages may send requests; in `development` so may pages
    that this machine serves on other ports, with any header: a front-end's own server is one."""
    found = [Middleware(SecurityHeaders)]
    if origins or development:
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_origin_regex=LOCAL.pattern if development else None,
                allow_methods=["GET", "POST"],
                allow_headers=["*"] if development else ["Authorization", "Content-Type", "X-Request-ID"],
                expose_headers=["ETag", "Retry-After", "X-Request-ID"],
            )
        )
    return found


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(message["headers"], scope)
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def failed(request: Request, _: Exception) -> Response:
    """Answer an error outside of GraphQL, which is logged with its trace, without details."""
    response = JSONResponse({"errors": [request_error(MASKED, ApiErrorCode.INTERNAL_ERROR.value)]}, status_code=500)
    response.headers["Cache-Control"] = "no-store"
    _complete(response.raw_headers, request.scope)
    return response


def _complete(headers: list[tuple[bytes, bytes]], scope: Scope) -> None:
    there = {name for name, _ in headers}
    headers += [each for each in _RAW if each[0] not in there]
    # A client that claims HTTPS without a proxy affects only itself; browsers ignore the header without TLS.
    if scope["scheme"] == "https" or (b"x-forwarded-proto", b"https") in scope["headers"]:
        headers.append((b"strict-transport-security", TRANSPORT.encode()))
