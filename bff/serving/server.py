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
from uvicorn.supervisors import Multiprocess

from bff import logs
from bff.serving.bounds import limits_of, raise_descriptors
from bff.serving.connections import Connections, Limits
from bff.serving.http import HttpProtocol
from bff.serving.listening import Listening
from bff.serving.websocket import WebSocketProtocol
from bff.settings import Settings

log = structlog.get_logger(__name__)

MESSAGE = 128 * 1024
"""Bytes of one over a WebSocket, as many as a body may have."""
START = 60.0
"""Seconds in which processes have to be ready."""
LOOK = 5
"""Ticks of the server, each a tenth of a second, between two looks at its connections."""


def run(app: ASGIApp, settings: Settings, announcement: str) -> None:
    raise_descriptors()
    Server(Config(app, settings), announcement).run()


def run_several(settings: Settings, processes: int, announcement: str) -> None:
    """One that dies is replaced. SIGTERM ends each when its requests are answered."""
    logs.start(settings.log_level, settings.log_style)
    os.environ["BFF_WORKERS"] = str(processes)  # each process reads the settings anew
    warn_of_what_is_not_shared(settings)
    raise_descriptors()
    config = Config("bff.app:create", settings, factory=True, workers=processes)
    _AnnouncingParent(config, bound(config), announcement).run()


def bound(config: uvicorn.Config) -> socket.socket:
    """Bound, and with nothing kept back: asyncio sees to that only for sockets whose protocol was named when they were
    made, and uvicorn's was not. An answer's body would wait 40 ms for the acknowledgement of its headers."""
    made = config.bind_socket()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def warn_of_what_is_not_shared(settings: Settings) -> None:
    """What several processes lack here; they work without it, though not as well."""
    if not settings.cache_url:
        log.warning(
            "processes_share_no_redis", cache="off", limits="counted by each process", documents="kept by each process"
        )
    if make_url(settings.store_url).get_backend_name() == "sqlite":
        log.warning("processes_share_sqlite", writes="one at a time", machines=1)


class Config(uvicorn.Config):
    """uvicorn's, from the settings. `connections` are those of the process that runs the server."""

    def __init__(self, app: ASGIApp | str, settings: Settings, limits: Limits | None = None, **more: Any) -> None:
        limits = limits or limits_of(settings)
        self.connections = Connections(limits, settings.trusted_proxies)
        super().__init__(
            app,
            host=settings.host,
            port=settings.port,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=MESSAGE,
            ws_per_message_deflate=False,  # a frame of a kilobyte may become a megabyte
            access_log=False,
            log_config=None,
            timeout_keep_alive=ceil(limits.keep_alive),
            timeout_graceful_shutdown=_grace(settings),
            server_header=False,
            proxy_headers=False,  # it would believe any proxy on this machine; `bff.guard` reads them by the settings
            **more,
        )


def _grace(settings: Settings) -> int:
    """Seconds at the end for requests that are being answered; subscriptions would go on for ever."""
    return ceil(settings.request_timeout.total_seconds()) + 1


class Server(uvicorn.Server):
    """Bounds its connections. Says where it listens once it does, also for port 0: uvicorn has no other moment for
    it."""

    config: Config

    def __init__(self, config: Config, announcement: str = "") -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        bounded = [Listening(each, self.config.connections) for each in sockets or [bound(self.config)]]
        await super().startup(list(bounded))
        if not self.started:
            return
        connections, services = self.config.connections, self.config.loaded_app.state.services
        services.metrics.watch_connections(connections.__len__, connections.ended)
        if self._announcement:
            _announce(self._announcement, bounded[0])

    async def on_tick(self, counter: int) -> bool:
        if counter % LOOK == 0:
            self.config.connections.look()
        return await super().on_tick(counter)


class _AnnouncingParent(Multiprocess):
    """Likewise, once all of its processes do."""

    def __init__(self, config: uvicorn.Config, shared: socket.socket, announcement: str) -> None:
        super().__init__(config, [shared])
        self._announcement = announcement

    def init_processes(self) -> None:
        super().init_processes()
        if all(each.wait_until_ready(START, self.should_exit) for each in self.processes):
            _announce(self._announcement, self.sockets[0])


def _announce(announcement: str, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    logs.announce(announcement.format(url=f"http://{host}:{port}"))
