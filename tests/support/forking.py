"""The practice core and `bff serve` as processes that are forked from ones that have loaded them: a start costs a tenth
of that of the command, which the tests of starts are left with."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[2]


@dataclass
class Forked:
    """What of `subprocess.Popen` tests use. The process that forks knows when this one has ended, and how."""

    stdout: TextIO
    _news: socket.socket
    pid: int = field(init=False)
    returncode: int | None = None

    def __post_init__(self) -> None:
        message, (self._process,), _, _ = socket.recv_fds(self._news, 64, 1)
        self.pid = int(message)

    def send_signal(self, how: signal.Signals) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, how)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._news.settimeout(timeout)
            self.returncode = int(self._news.recv(64))
            self._news.close()
            os.close(self._process)
        return self.returncode

    def end(self, timeout: float | None = None) -> int:
        """Gives back when it has ended, and takes nothing that it still says."""
        self.terminate()
        status = self.wait(timeout)
        self.stdout.close()
        return status


def practice_core(*options: str) -> Forked:
    """With the options of `python -m sandbox`. What it prints is in `stdout`."""
    return _forked("sandbox", list(options), dict(os.environ), 2, None)


def server(options: list[str], environment: dict[str, str], log: int, output: int | None = None) -> Forked:
    """`bff` with its options, in an environment of its own. `log` is where its standard error goes, and `output` where
    its standard output does, if not to `stdout`."""
    return _forked("bff", options, environment, log, output)


def _forked(program: str, options: list[str], environment: dict[str, str], log: int, output: int | None) -> Forked:
    reading, writing = os.pipe()
    news, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asked = json.dumps({"options": options, "environment": environment}).encode()
    descriptors = [told.fileno(), writing if output is None else output, log]
    socket.send_fds(_forker(program), [asked], descriptors)
    os.close(writing)
    told.close()
    return Forked(os.fdopen(reading, encoding="utf-8"), news)


@cache
def _forker(program: str) -> socket.socket:
    """Where the process is asked. It ends with this one, and all that it has forked with it."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.support.forker", program, str(there.fileno())]
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=[there.fileno()])
    there.close()
    atexit.register(process.wait)
    atexit.register(here.close)  # first
    return here
