"""`/metrics` on a port and in a thread of its own, which answers while the event loop is busy. Each process has its
own port: Prometheus adds processes up, as it does machines."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

log = structlog.get_logger(__name__)


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write no line a request."""


class _Server(ThreadingWSGIServer):
    """prometheus_client's server. Its `start_http_server` looks the host's name up, which takes seconds where no
    nameserver answers, and writes tracebacks to standard error."""

    allow_reuse_port = False  # each process has to find a port that is free

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: object, client_address: object) -> None:
        log.warning("metrics_not_sent", exc_info=True)


class _Server6(_Server):
    address_family = socket.AF_INET6


@contextmanager
def serve_metrics(registry: CollectorRegistry, host: str, port: int | None, processes: int) -> Iterator[int | None]:
    """Serve metrics and yield the port: the first free one of as many as there are processes, from `port` on; for 0
    any free one. Null without a port, or when none is free: a server without metrics still serves."""
    server = None if port is None else _listen(registry, host, port, processes)
    if server is None:
        yield None
        return
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    log.info("metrics_listening", host=host, port=server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _listen(registry: CollectorRegistry, host: str, port: int, processes: int) -> WSGIServer | None:
    ports = range(port, port + processes) if port else range(1)
    kind = _Server6 if ":" in host else _Server
    for each in ports:
        try:
            return make_server(host, each, make_wsgi_app(registry), kind, handler_class=_Handler)
        except OSError as error:
            reason = error.strerror
    log.error("metrics_not_listening", host=host, ports=[*ports], reason=reason)
    return None
