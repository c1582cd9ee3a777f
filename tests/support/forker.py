"""The process that forks for `tests.support.forking`. It has one thread: a fork of more is not safe."""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import forkserver, get_context, util
from typing import Any, NoReturn

DIES_WITH_ITS_PARENT = 1
"""PR_SET_PDEATHSIG of prctl."""
LONGEST = 1 << 20
"""Bytes of a message."""

Program = Callable[[], int | None]


def practice_core() -> Program:
    from sandbox.__main__ import main

    return main


def server() -> Program:
    """With what it imports when it starts."""

    from bff.cli.main import main
    from bff.schema import build_schema
    from tests.support.patience import be_patient

    build_schema()
    be_patient()
    return main


PROGRAMS = {"sandbox": practice_core, "bff": server}


class Forker:
    """`running` are processes by their descriptors, each with where its end is told."""

    def __init__(self, name: str, asked: socket.socket) -> None:
        self.name, self.program, self.asked = name, PROGRAMS[name](), asked
        self.running: dict[int, tuple[int, socket.socket]] = {}
        self.looked_at = select.poll()
        self.looked_at.register(asked, select.POLLIN)
        gc.freeze()  # or the first collection of each process would copy all that is loaded

    def run(self) -> None:
        """Until nobody asks any more."""
        while True:
            for descriptor, _ in self.looked_at.poll():
                if descriptor != self.asked.fileno():
                    self.tell_the_end_of(descriptor)
                elif not self.fork():
                    return

    def fork(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self.asked, LONGEST, 3)
        if not message:
            return False
        told, outputs = socket.socket(fileno=descriptors[0]), descriptors[1:]
        if (pid := os.fork()) == 0:
            told.close()
            self.become(json.loads(message), outputs)
        for each in outputs:
            os.close(each)
        process = os.pidfd_open(pid)
        socket.send_fds(told, [str(pid).encode()], [process])
        self.running[process] = pid, told
        self.looked_at.register(process, select.POLLIN)
        return True

    def tell_the_end_of(self, process: int) -> None:
        pid, told = self.running.pop(process)
        self.looked_at.unregister(process)
        _, status = os.waitpid(pid, 0)
        os.close(process)
        with told, suppress(OSError):  # where nobody waits for it
            told.send(str(os.waitstatus_to_exitcode(status)).encode())

    def become(self, asked: dict[str, Any], outputs: list[int]) -> NoReturn:
        ctypes.CDLL(None).prctl(DIES_WITH_ITS_PARENT, signal.SIGKILL)
        self.asked.close()
        for process, (_, told) in self.running.items():
            os.close(process)
            told.close()
        for number, output in enumerate(outputs, 1):
            os.dup2(output, number)
            os.close(output)
        # They remember what their descriptors were.
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
        sys.argv = [self.name, *asked["options"]]
        os.environ.clear()
        os.environ.update(asked["environment"])
        if "--workers" in sys.argv:
            _fork_workers(sys.argv[sys.argv.index("--workers") + 1])
        sys.exit(self.program())


def _fork_workers(number: str) -> None:
    """Has multiprocessing fork this process's own, too, from one that is made before this one has further threads.
    multiprocessing itself would start an interpreter for it."""
    from uvicorn import _subprocess

    from bff.network.connection_limits import raise_descriptors

    # As their parent does, which is too late for these.
    os.environ["BFF_WORKERS"] = number
    raise_descriptors()
    util.register_after_fork(_end_as_interpreters_do, _end_as_interpreters_do)
    alive, ours = os.pipe()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("")
        listener.listen()
        address = listener.getsockname()
        if (pid := os.fork()) == 0:
            os.close(ours)
            try:
                forkserver.main(listener.detach(), alive, [])
            finally:
                os._exit(0)
    os.close(alive)
    known = vars(forkserver._forkserver)  # it has no other way to be told
    known |= {"_forkserver_address": address, "_forkserver_alive_fd": ours, "_forkserver_pid": pid}
    _subprocess.spawn = get_context("forkserver")  # type: ignore[assignment] # uvicorn's own starts interpreters


def _end_as_interpreters_do(_: object) -> None:
    """What is registered with atexit is called: logs are written to their end."""
    util.Finalize(None, atexit._run_exitfuncs, exitpriority=0)


if __name__ == "__main__":
    Forker(sys.argv[1], socket.socket(fileno=int(sys.argv[2]))).run()
