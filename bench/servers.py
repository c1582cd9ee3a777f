"""The practice core, a Redis and some BFF processes on ports of their own, as an operator would run them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.orphans import no_orphan

PASSWORD, QUERY_PASSWORD = "Practice-2018", "201810"
LIMITS = ("OPERATIONS", "NETWORK_BYTES", "NETWORK_REFUSALS", "NETWORK_COST")
SERVE = [str(Path(sys.executable).with_name("bff")), "serve"]
UNLIMITED = {f"BFF_{each}_A_MINUTE": "1000000000000" for each in LIMITS}
"""A bench sends more than people do: counted as in earnest, and never refused."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Servers:
    """`start_…` waits until the server listens; `stop` kills whatever runs. `limited` leaves limits as by default."""

    def __init__(self, folder: Path, processes: int, settings: Mapping[str, str], *, limited: bool = False) -> None:
        self.folder = folder
        self.core_port = free_port()
        self.ports = [free_port() for _ in range(processes)]
        self.redis_port, self.limits_port = free_port(), free_port()
        self.core_url = f"http://127.0.0.1:{self.core_port}"
        where = {"BFF_DATA_DIR": str(folder), "BFF_CORE_URL": self.core_url}
        self.environment = {**os.environ, **where, **({} if limited else UNLIMITED), **settings}
        self.running: dict[int, subprocess.Popen[str]] = {}

    def start_core(self, *options: str) -> None:
        book = str(self.folder / "core.sqlite3")
        command = [sys.executable, "-m", "sandbox", "--port", str(self.core_port), "--database", book, *options]
        self._start(self.core_port, command, self.environment)

    def start_bff(self, port: int, **variables: str) -> None:
        self._start(port, SERVE, {**self.environment, "BFF_PORT": str(port), **variables})

    def start_another_bff(self, before: Sequence[str], options: Sequence[str], settings: Mapping[str, str]) -> int:
        """`before` is what runs it, such as `prlimit`; gives its port."""
        port = free_port()
        self._start(port, [*before, *SERVE, *options], {**self.environment, **settings, "BFF_PORT": str(port)})
        return port

    def start_redis(self, *options: str) -> None:
        self.environment["BFF_CACHE_URL"] = self._start_redis(self.redis_port, *options)

    def start_limits_redis(self) -> str:
        """The URL of one for counts alone, which evicts nothing."""
        return self._start_redis(self.limits_port, "--maxmemory-policy", "noeviction")

    def _start_redis(self, port: int, *options: str) -> str:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "notice"]
        command += options
        self._start(port, command, self.environment, ready="Ready to accept connections")
        return f"redis://127.0.0.1:{port}/0"

    def _start(self, port: int, command: list[str], environment: Mapping[str, str], ready: str = "http://") -> None:
        with (self.folder / f"{port}.log").open("ab") as log:
            process = subprocess.Popen(
                no_orphan(command),
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=Path(__file__).parents[1],
            )
        self.running[port] = process
        assert process.stdout is not None
        for line in process.stdout:
            if re.search(ready, line):
                return
        raise SystemExit((self.folder / f"{port}.log").read_text()[-2000:])

    def kill(self, port: int) -> None:
        self._end(port, signal.SIGKILL)

    def terminate(self, port: int) -> None:
        """As an operator stops it; waits until it is over."""
        self._end(port, signal.SIGTERM)

    def _end(self, port: int, how: signal.Signals) -> None:
        process = self.running.pop(port)
        process.send_signal(how)
        process.communicate()

    def stop(self) -> None:
        for port in list(self.running):
            self.kill(port)
