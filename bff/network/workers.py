"""Worker processes that share one socket, each replaced when it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

import structlog
from sqlalchemy.engine import make_url
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from bff.network.connection_limits import raise_descriptors
from bff.network.server import Server, ServerConfig, announce, bound
from bff.network.startup import STATUS, WRONG_SETTING, reason_of
from bff.observability import logging as logs
from bff.settings import Settings

log = structlog.get_logger(__name__)

START = 60.0
"""Seconds in which a process has to be ready."""
ANSWER = 5.0
"""Seconds that it has for an answer to its parent."""
LONGEST_PAUSE = 8.0
"""Seconds between two tries of a process that does not start."""
TICK = 0.1
"""Seconds between two checks for a signal."""
END = 40.0
"""Seconds that processes have to finish at shutdown."""


def run_several(settings: Settings, processes: int, announcement: str) -> int:
    """Run worker processes and return the exit status. SIGTERM ends each process when its requests are answered."""
    logs.start(settings.log_level, settings.log_style)
    os.environ["BFF_WORKERS"] = str(processes)  # each process reads the settings anew
    warn_of_what_is_not_shared(settings)
    raise_descriptors()
    config = ServerConfig("bff.app:create", settings, factory=True, workers=processes)
    workers = Workers(config, bound(config), announcement)
    workers.run()
    return workers.status


def warn_of_what_is_not_shared(settings: Settings) -> None:
    """Log what several processes do not share here; they work without it, though not as well."""
    if not settings.cache_url:
        log.warning(
            "processes_share_no_redis", cache="off", limits="counted by each process", documents="kept by each process"
        )
    if make_url(settings.store_url).get_backend_name() == "sqlite":
        log.warning("processes_share_sqlite", writes="one at a time", machines=1)


class Worker(Process):
    """A worker process. `failures` counts its predecessors that did not start; `reason` is why it ended, and
    `again_at` when it is to be replaced."""

    config: ServerConfig
    _server: Server | None

    def __init__(self, config: ServerConfig, sockets: list[socket.socket], failures: int = 0) -> None:
        super().__init__(config, sockets)
        self.failures = failures
        self.began_at = monotonic()
        self.ready = False
        self.reason = ""
        self.again_at: float | None = None

    # In the parent

    def look(self, others: dict[str, Any]) -> None:
        """Ask whether it works, and tell it of the others. Record why it has ended, if it has."""
        if not self.process.is_alive():
            self.ended(reason_of(self.process.exitcode))
        elif (started := self._asked(others)) is not None:
            self.ready = self.ready or started
        elif self.ready or monotonic() - self.began_at > START:
            self.kill()
            self.ended("hung" if self.ready else "too_slow")

    def tell(self, others: dict[str, Any]) -> None:
        """Send it the others' state, without waiting for an answer."""
        with suppress(OSError):
            self.parent_conn.send(others)

    def ended(self, reason: str) -> None:
        self.process.join()
        self.reason = reason
        failures = 0 if self.ready else self.failures + 1
        self.failures, self.ready = failures, False
        pause = min(LONGEST_PAUSE, 2.0 ** (failures - 1)) if failures else 0.0
        self.again_at = monotonic() + pause
        log.warning("worker_ended", pid=self.pid, reason=reason, seconds=pause)

    def _asked(self, others: dict[str, Any]) -> bool | None:
        try:
            while self.parent_conn.poll(0):
                self.parent_conn.recv()  # an answer that came too late
            self.parent_conn.send(others)
            return bool(self.parent_conn.recv()) if self.parent_conn.poll(ANSWER if self.ready else 0.2) else None
        except (OSError, EOFError):
            return None

    # In the process itself

    @property
    def server(self) -> Server:
        if self._server is None:
            self._server = Server(self.config)
        return self._server

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        threading.Thread(target=_end_with_parent, args=(self.server,), daemon=True).start()
        super().target(sockets)

    def pong(self) -> None:
        """Answer the parent, unless the event loop hangs."""
        told = self.child_conn.recv()
        if isinstance(told, dict):
            self.server.others = told
            if told.get("stopping"):
                self.server.announce_end()
        if not self.server.hangs():
            self.child_conn.send(self.server.started)


def _end_with_parent(server: Server) -> None:
    """End with the parent: without one this process would keep the port and not be replaced."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        log.error("parent_ended")
        server.should_exit = True
        sleep(END)
        os._exit(1)


class Workers(Multiprocess):
    """The parent process. It announces the address once all workers listen."""

    config: ServerConfig
    processes: list[Worker]  # type: ignore[assignment] # ours only

    def __init__(self, config: ServerConfig, shared: socket.socket, announcement: str) -> None:
        super().__init__(config, [shared])
        self.status = 0
        self._announcement = announcement
        self._stopping = False
        self._drain_time, config.drain_time = config.drain_time, 0.0  # this process waits for all of them

    def init_processes(self) -> None:
        self.processes = [self._started() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        now = monotonic()
        for place, worker in enumerate(self.processes):
            if worker.again_at is None:
                worker.look(self._others())
            elif now >= worker.again_at:
                self.processes[place] = self._started(worker.failures)
        if self._announcement and all(each.ready for each in self.processes):
            announce(self._announcement, self.sockets[0])
            self._announcement = ""
        elif self._announcement and any(each.reason == WRONG_SETTING for each in self.processes):
            # At the first start only: later on the others serve meanwhile.
            self.status = STATUS[WRONG_SETTING]
            self.should_exit.set()

    def handle_term(self) -> None:
        """Stop; a second signal may have come before the first was handled."""
        if self.should_exit.is_set():
            self._drain_time = 0.0
        super().handle_term()

    def handle_int(self) -> None:
        self.handle_term()

    def terminate_all(self) -> None:
        self._drain()
        for each in self.sockets:
            each.close()  # or new connections would wait in it and never be accepted
        for worker in self.processes:
            if worker.again_at is None:
                worker.terminate() if worker.ready else worker.kill()

    def _drain(self) -> None:
        """Have `/readyz` announce the shutdown for the drain time. A second signal ends it."""
        until, self._stopping = monotonic() + self._drain_time, True
        for worker in self.processes:
            if worker.ready:
                worker.tell(self._others())
        while monotonic() < until and not self.signal_queue:
            sleep(TICK)

    def join_all(self) -> None:
        until = monotonic() + END
        for worker in self.processes:
            worker.process.join(max(0.0, until - monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def restart_all(self) -> None:
        for place, old in enumerate(self.processes):
            new = self._started()
            if not new.wait_until_ready(START, _Ending(self.signal_queue)):
                new.kill()
                new.join()
                log.error("workers_not_renewed", pid=old.pid)
                return
            new.ready = True
            old.terminate()
            old.join()
            self.processes[place] = new

    def handle_ttin(self) -> None:
        self.processes_num += 1
        self.processes.append(self._started())

    def _started(self, failures: int = 0) -> Worker:
        worker = Worker(self.config, self.sockets, failures)
        worker.start()
        return worker

    def _others(self) -> dict[str, Any]:
        """Return what each process tells in `/readyz`."""
        missing = sorted({each.reason or "starting" for each in self.processes if not each.ready})
        running = sum(each.ready for each in self.processes)
        stopping = {"stopping": True} if self._stopping else {}
        missed = {"missing": missing} if missing else {}
        return {"running": running, "wanted": len(self.processes), **missed, **stopping}


class _Ending(threading.Event):
    """An event that is set by a signal that waits to be handled."""

    def __init__(self, signals: list[int]) -> None:
        super().__init__()
        self._signals = signals

    def is_set(self) -> bool:
        return bool({signal.SIGTERM, signal.SIGINT} & set(self._signals))
