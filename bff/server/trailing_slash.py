"""Middleware for paths with a trailing slash, as people and proxies write them."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class StripTrailingSlash:
    """Serves them as the paths without it. Starlette would redirect to the scheme and Host that it sees: behind a
    proxy with TLS the token of the next request would go out in the clear, to whatever Host was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if path.endswith("/") and path != "/":
            scope = {**scope, "path": path.rstrip("/") or "/"}
        await self.app(scope, receive, send)
