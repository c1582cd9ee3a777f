"""`python -m sandbox`: the practice core as a process of its own."""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import sys
import threading
from datetime import timedelta
from pathlib import Path

import uvicorn

from sandbox import server
from sandbox.book import database
from sandbox.book.generator import generate
from sandbox.soap.security import Credentials


def main() -> None:
    options = _options()
    if options.until_eof:
        threading.Thread(target=_end_with_input, daemon=True).start()
    server.open_book(options.database)
    if options.generate:
        with database.connected(options.database) as db, database.transaction(db):
            generate(db, options.generate, options.seed)
    credentials = Credentials(options.user, options.password)
    core = server.create_core(
        options.database,
        credentials,
        wsdl=options.wsdl,
        latency=options.delay / 1000,
        ahead=timedelta(seconds=options.ahead),
    )
    app = server.create_app(core, processing_every=options.process_every or None)
    config = uvicorn.Config(
        app, host=options.host, port=options.port, access_log=False, log_level="warning", date_header=False
    )
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C
        _Announcing(config).run()


def _end_with_input() -> None:
    """Ends the process when nobody holds the other end of its standard input any more. At once, whatever it is doing:
    the book takes it as it takes a loss of power."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


class _Announcing(uvicorn.Server):
    """Says where it listens once it does, also for port 0."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            print(f"listening on http://{host}:{port}", flush=True)


def _options() -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A provident fund core to practise with.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(env("SANDBOX_PORT", "8001")), help="0 takes a free one")
    parser.add_argument(
        "--database", type=Path, default=Path(".data/core.sqlite3"), help="the book, created if missing"
    )
    parser.add_argument("--wsdl", type=Path, default=server.WSDL)
    parser.add_argument("--user", default=env("SANDBOX_USER", "bff"))
    parser.add_argument("--password", default=env("SANDBOX_PASSWORD", "practice"))
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="added to each answer")
    parser.add_argument("--ahead", type=float, default=0, metavar="S", help="of the true time, on its own wall clock")
    parser.add_argument("--process-every", type=float, default=0, metavar="S", help="moves open applications on")
    parser.add_argument("--generate", type=int, default=0, metavar="N", help="further members")
    parser.add_argument("--seed", type=int, default=1, help="of the generator")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    return parser.parse_args()


if __name__ == "__main__":
    main()
