"""Writer of log lines to a descriptor that may be full, stuck or closed: a thread writes them, and lines that cannot
be written are dropped and counted."""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable
from threading import Event, Thread
from time import sleep

WAITING = 4096
"""Lines that wait for the thread, at most: some seconds of a busy process, and 16 MiB."""
LONGEST = select.PIPE_BUF
"""Bytes of one write, at most: the kernel puts no other process's lines between those of one write to a pipe."""
PAUSE = 0.01
"""Seconds between two rounds of the thread: waking it for each line would cost more than the line."""
MOMENT = 0.05
"""Seconds that count at most where the whole process is stopped while it waits for the thread."""

QUEUE_FULL, WRITE_FAILED = "queue_full", "write_failed"


class LogWriter:
    """A writer whose `write` neither raises nor waits, in any thread. `dropped` counts lines by the reason: a full
    queue, or a failed write."""

    def __init__(self, descriptor: int, tell: Callable[[int], None] = lambda missing: None) -> None:
        """`tell` is called with the number of lines that are missing, once lines are written again."""
        self.dropped = {QUEUE_FULL: 0, WRITE_FAILED: 0}
        self._descriptor, self._tell = descriptor, tell
        self._waiting: deque[bytes | Event] = deque()
        self._some = Event()
        self._begun = b""  # what is left of a line of which only the beginning was written
        self._told = 0
        self._settles = False
        self._patience = 0.0
        Thread(target=self._run, name="log", daemon=True).start()

    def write(self, line: bytes) -> None:
        """Queue a line, without its end."""
        if len(self._waiting) >= WAITING:
            self.dropped[QUEUE_FULL] += 1
            return
        self._waiting.append(line)
        if not self._some.is_set():
            self._some.set()
        if self._settles:
            self._patience = self.drain(self._patience)

    def drain(self, seconds: float) -> float:
        """Wait, so long at most, until the lines so far are written or dropped. Gives what is left of the time."""
        passed = Event()
        self._waiting.append(passed)
        self._some.set()
        while not passed.wait(min(MOMENT, seconds)) and seconds > 0:
            seconds = max(0.0, seconds - MOMENT)
        return seconds

    def settle(self, seconds: float) -> None:
        """Drain at the end of a process; from then on each `write` does, all together for so long at most."""
        self._settles = True
        self._patience = self.drain(seconds)

    def _run(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            written = self._write_waiting()
            missing = sum(self.dropped.values()) - self._told
            if written and missing:
                self._told += missing
                self._tell(missing)
            if not self._settles:
                sleep(PAUSE)

    def _write_waiting(self) -> bool:
        """Write what is queued and return whether the last write succeeded."""
        written = True
        while self._waiting:
            if isinstance(first := self._waiting[0], Event):
                first.set()
                self._waiting.popleft()
            else:
                written = self._wrote(self._begun + self._next())
        return written

    def _next(self) -> bytes:
        """Take as many lines as fit into one write, at least one."""
        lines: list[bytes] = []
        room = LONGEST - len(self._begun)
        while self._waiting and isinstance(line := self._waiting[0], bytes) and (len(line) < room or not lines):
            lines.append(line)
            room -= len(line) + 1
            self._waiting.popleft()
        return b"\n".join([*lines, b""])

    def _wrote(self, text: bytes) -> bool:
        """Write the text and return whether it succeeded. A line that was written in part is completed by the next
        write."""
        left, begun = text, bool(self._begun)
        try:
            while left:
                written = self._written(left)
                begun = left[written - 1 : written] != b"\n"
                left = left[written:]
        except OSError:
            self._begun = left[: left.index(b"\n") + 1] if begun else b""
            self.dropped[WRITE_FAILED] += left.count(b"\n") - begun
            return False
        self._begun = b""
        return True

    def _written(self, text: bytes) -> int:
        while True:
            try:
                return os.write(self._descriptor, text)
            except BlockingIOError:  # another process that shares the descriptor set O_NONBLOCK
                poll = select.poll()
                poll.register(self._descriptor, select.POLLOUT)
                poll.poll()
