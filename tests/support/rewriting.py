"""A proxy in front of the practice core that writes what another core would, so that all else of a journey is real."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.servers import Core, Server


@dataclass(frozen=True)
class Written:
    """A reply's bytes, and what its header says of them."""

    body: bytes
    content_type: str = "text/xml; charset=utf-8"


Rewrite = Callable[[Written], Written]


def application(core: str, rewrite: Rewrite) -> Starlette:
    async def answer(request: Request) -> Response:
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
            headers = {name: request.headers[name] for name in ("content-type", "soapaction")}
            reply = await client.post(f"{core}{request.url.path}", content=await request.body(), headers=headers)
        written = rewrite(Written(reply.content))
        return Response(written.body, reply.status_code, {"content-type": written.content_type})

    return Starlette(routes=[Route("/services/{name}", answer, methods=["POST"])])


@contextmanager
def rewriting(core: Core, rewrite: Rewrite) -> Iterator[Core]:
    """The same book and control interface; what SOAP answers is rewritten."""
    server = Server(uvicorn.Config(application(core.url, rewrite), port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, name="rewriting")
    thread.start()
    try:
        assert server.listening.wait(30)
        yield Core(core.book, url=f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    finally:
        server.stop()
        thread.join()
