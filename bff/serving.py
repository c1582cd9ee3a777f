"""Runs the application under uvicorn: in this process, or in several that share one socket."""

from __future__ import annotations

import os
import socket
from math import ceil
from typing import Any

import structlog
import uvicorn
from sqlalchemy.engine import make_url
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.supervisors import Multiprocess

from bff import logs
from bff.settings import Settings

log = structlog.get_logger(__name__)

MESSAGE = 128 * 1024
"""Bytes of one over a WebSocket, as many as a body may have."""
HEAD = 16 * 1024
"""Bytes of a request's line and headers; also of a body's framing and trailers, beyond what small chunks take."""
FRAMING = 8
"""Bytes of framing that one byte of a body may come with, as in chunks of one byte."""
START = 60.0
"""Seconds in which processes have to be ready."""


class Bounded(HttpToolsProtocol):
    """httptools itself would gather a head or a trailer that never ends, for as long as the memory lasts."""

    _received = 0
    _body = 0

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if self._received - (1 + FRAMING) * self._body > HEAD and not self.transport.is_closing():
            self._refuse()

    def on_headers_complete(self) -> None:
        # All of it may have come at once.
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD:
            raise ValueError("head too long")  # which is answered as what is no HTTP is
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._received = self._body = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        asking: RequestResponseCycle | None = self.cycle
        if asking is None or asking.response_complete:
            self.send_400_response("Invalid HTTP request received.")
        else:
            self.transport.abort()


def run(app: ASGIApp, settings: Settings, announcement: str) -> None:
    _Announcing(_config(app, settings), announcement).run()


def run_several(settings: Settings, processes: int, announcement: str) -> None:
    """One that dies is replaced. SIGTERM ends each when its requests are answered."""
    logs.start(settings.log_level, settings.log_style)
    os.environ["BFF_WORKERS"] = str(processes)  # each process reads the settings anew
    warn_of_what_is_not_shared(settings)
    config = _config("bff.app:create", settings, factory=True, workers=processes)
    _AnnouncingParent(config, shared_socket(config), announcement).run()


def shared_socket(config: uvicorn.Config) -> socket.socket:
    """Bound, and with nothing kept back: asyncio sees to that only for sockets whose protocol was named when they were
    made, and uvicorn's was not. An answer's body would wait 40 ms for the acknowledgement of its headers."""
    shared = config.bind_socket()
    shared.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return shared


def warn_of_what_is_not_shared(settings: Settings) -> None:
    """What several processes lack here; they work without it, though not as well."""
    if not settings.cache_url:
        log.warning(
            "processes_share_no_redis", cache="off", limits="counted by each process", documents="kept by each process"
        )
    if make_url(settings.store_url).get_backend_name() == "sqlite":
        log.warning("processes_share_sqlite", writes="one at a time", machines=1)


def _config(app: ASGIApp | str, settings: Settings, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=Bounded,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_grace(settings),
        ws_max_size=MESSAGE,
        server_header=False,
        proxy_headers=False,  # it would believe any proxy on this machine; `bff.guard` reads them by the settings
        **more,
    )


def _grace(settings: Settings) -> int:
    """Seconds at the end for requests that are being answered; subscriptions would go on for ever."""
    return ceil(settings.request_timeout.total_seconds()) + 1


class _Announcing(uvicorn.Server):
    """Says where it listens once it does, also for port 0: uvicorn has no other moment for it."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _announce(self._announcement, self.servers[0].sockets[0])


class _AnnouncingParent(Multiprocess):
    """Likewise, once all of its processes do."""

    def __init__(self, config: uvicorn.Config, shared: socket.socket, announcement: str) -> None:
        super().__init__(config, [shared])
        self._announcement = announcement

    def init_processes(self) -> None:
        super().init_processes()
        if all(each.wait_until_ready(START, self.should_exit) for each in self.processes):
            _announce(self._announcement, self.sockets[0])


def _announce(announcement: str, listening: Any) -> None:
    host, port = listening.getsockname()[:2]
    logs.announce(announcement.format(url=f"http://{host}:{port}"))
