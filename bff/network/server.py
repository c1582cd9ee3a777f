"""uvicorn's server and configuration, with limits on connections."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
from math import ceil, inf
from time import monotonic
from types import FrameType
from typing import Any

import uvicorn
from pydantic import ValidationError
from starlette.types import ASGIApp

from bff.network.connection_limits import limits_of, raise_descriptors
from bff.network.connections import ConnectionLimits, Connections
from bff.network.http_protocol import HttpProtocol
from bff.network.shutdown import ShutdownState
from bff.network.sockets import ListeningSocket
from bff.network.startup import Lifespan, tell
from bff.network.websocket_protocol import WebSocketProtocol
from bff.observability import logging as logs
from bff.settings import Settings

MESSAGE = 128 * 1024
"""Bytes of a WebSocket message, as many as a body may have."""
HANGS = 30.0
"""Seconds without a tick of the server, after which it counts as hanging."""
EVERY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (nothing is bound to it here)
"""Addresses that stand for all of a machine's, and a loopback one for each."""
LAST, TURNS = 1.0, 1000
"""Seconds, or turns of the event loop where these take longer, in which waiting connections are accepted at the end:
a process that is stopped meanwhile has not accepted any."""
SETTLED = 2
"""Turns of the event loop without a waiting connection, after which each accepted one has had its own."""
LOOK = 5
"""Ticks of the server, each a tenth of a second, between two checks of its connections."""


def run(app: ASGIApp, settings: Settings, announcement: str) -> None:
    raise_descriptors()
    Server(ServerConfig(app, settings), announcement).run()


def bound(config: uvicorn.Config) -> socket.socket:
    """Bind the socket with TCP_NODELAY, which asyncio sets only on sockets that were made with a protocol number: an
    answer's body would wait 40 ms for the acknowledgement of its headers."""
    made = config.bind_socket()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration by the settings. `connections` are those of the process that runs the server."""

    def __init__(
        self, app: ASGIApp | str, settings: Settings, limits: ConnectionLimits | None = None, **more: Any
    ) -> None:
        limits = limits or limits_of(settings)
        self.connections = Connections(limits, settings.trusted_proxies)
        self.drain_time = settings.drain_time.total_seconds()
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
            proxy_headers=False,  # believes any proxy here; `bff.security.attempt_limiter` goes by the settings
            **more,
        )

    def load(self) -> None:
        try:
            super().load()
        except ValidationError as error:  # in a process whose parent started with other settings
            raise SystemExit(tell(error)) from None
        self.lifespan_class = Lifespan

    @property
    def stopping(self) -> ShutdownState:
        found: ShutdownState = self.loaded_app.state.stopping
        return found


def _grace(settings: Settings) -> int:
    """Return the seconds at shutdown for requests that are being answered; subscriptions would go on for ever."""
    return ceil(settings.request_timeout.total_seconds()) + 1


class Server(uvicorn.Server):
    """uvicorn's server with limits on connections. It announces the address that it listens at, also for port 0;
    `others` is what a parent tells of several processes."""

    config: ServerConfig
    lifespan: Lifespan

    def __init__(self, config: ServerConfig, announcement: str = "") -> None:
        super().__init__(config)
        self.others: dict[str, Any] | None = None
        self._announcement = announcement
        self._ticked_at = inf
        self._ends_at = 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        bounded = [ListeningSocket(each, self.config.connections) for each in sockets or [bound(self.config)]]
        try:
            await super().startup(list(bounded))
        except SystemExit:
            if self.lifespan.failure is None:
                raise
            raise SystemExit(tell(self.lifespan.failure)) from None
        if not self.started:
            return
        connections, state = self.config.connections, self.config.loaded_app.state
        state.metrics.watch_connections(connections.__len__, connections.ended)
        state.workers = lambda: self.others
        if self._announcement:
            announce(self._announcement, bounded[0])

    def hangs(self) -> bool:
        """Tell whether the event loop has not run for a long time."""
        return monotonic() - self._ticked_at > HANGS

    async def on_tick(self, counter: int) -> bool:
        self._ticked_at = monotonic()
        if counter % LOOK == 0:
            self.config.connections.look()
        return await super().on_tick(counter) and monotonic() >= self._ends_at

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the drain time at the first signal, and end it at the second. The parent of several processes tells
        whether all of them stop. Ctrl-C once more ends the process at once, where uvicorn would cancel and log every
        task; what was under way is reconciled after the next start."""
        if sig == signal.SIGINT and sig in self._captured_signals and self._ends():
            os._exit(130)
        self._ends_at = 0.0 if self.should_exit else monotonic() + self.config.drain_time
        if self.others is None:
            self.announce_end()
        super().handle_exit(sig, frame)

    def _ends(self) -> bool:
        """Tell whether no requests are accepted any more, or not yet."""
        return not self.started or self.config.stopping.begun.is_set()

    def announce_end(self) -> None:
        if self.started:
            self.config.stopping.announced = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._accept_the_last()
        self.config.stopping.begun.set()
        await super().shutdown(sockets)

    async def _accept_the_last(self) -> None:
        """Accept waiting connections: closing the socket would reset them, with their requests, and also those whose
        task had no turn yet, since asyncio attaches none to a closed server."""
        waiting = select.poll()
        for server in self.servers:
            for each in server.sockets:
                waiting.register(each.fileno(), select.POLLIN)
        until, turns, idle = monotonic() + LAST, 0, 0
        while idle < SETTLED and (monotonic() < until or turns < TURNS):
            turns += 1
            await asyncio.sleep(0)  # the loop accepts some meanwhile
            idle = 0 if waiting.poll(0) else idle + 1


def announce(announcement: str, listening: socket.socket) -> None:
    """Write an announcement: `{url}` is the address that was bound, `{link}` one that a browser on this machine
    opens."""
    host, port = listening.getsockname()[:2]
    logs.announce(announcement.format(url=url(host, port), link=url(EVERY.get(host, host), port)))


def url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
