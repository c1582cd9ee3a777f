"""The practice core as a process that is forked from one that has loaded it: a start costs a tenth of that of
`python -m sandbox`, which some tests of its own are left with."""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[1]
DIES_WITH_ITS_PARENT = 1
"""PR_SET_PDEATHSIG of prctl."""


@dataclass
class Forked:
    """`stdout` is read to its end once the process has ended."""

    stdout: TextIO
    pid: int = field(init=False)
    _ended: int = field(init=False)

    def __post_init__(self) -> None:
        self.pid = int(self.stdout.readline())
        self._ended = os.pidfd_open(self.pid)

    def terminate(self) -> None:
        """Gives back when it has ended."""
        signal.pidfd_send_signal(self._ended, signal.SIGTERM)
        over = select.poll()
        over.register(self._ended, select.POLLIN)
        over.poll()
        os.close(self._ended)
        self.stdout.close()


def practice_core(*options: str) -> Forked:
    """With the options of `python -m sandbox`. What it prints is in `stdout`."""
    reading, writing = os.pipe()
    socket.send_fds(_forker(), [json.dumps(options).encode()], [writing])
    os.close(writing)
    return Forked(os.fdopen(reading, encoding="utf-8"))


@cache
def _forker() -> socket.socket:
    """Where the process is asked. It ends with this one, and the cores end with it."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.forking", str(there.fileno())]
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=[there.fileno()])
    there.close()
    atexit.register(process.wait)
    atexit.register(here.close)  # first
    return here


def main() -> None:
    """In the process that forks. It has one thread, as a process has to that others are forked from."""
    from sandbox import __main__ as core

    asked = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children that have ended go without being waited for
    while True:
        message, (*descriptors,), _, _ = socket.recv_fds(asked, 65536, 1)
        if not message:
            return
        if os.fork() == 0:
            asked.close()
            _become(json.loads(message), descriptors[0])
            try:
                core.main()
            finally:
                sys.stdout.flush()
                os._exit(0)
        os.close(descriptors[0])


def _become(options: Sequence[str], stdout: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(DIES_WITH_ITS_PARENT, signal.SIGKILL)
    os.dup2(stdout, 1)
    os.close(stdout)
    sys.argv = ["python -m sandbox", *options]
    print(os.getpid(), flush=True)  # noqa: T201 (the first line of what is read)


if __name__ == "__main__":
    main()
