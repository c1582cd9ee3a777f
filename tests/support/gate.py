"""A way to a server on this machine that can be shut, or hang as a machine does that has lost its network."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Gate:
    """`port` is the way's own. While it hangs, bytes stay where they are; shut, it ends and refuses connections."""

    to: tuple[str, int]
    port: int = 0
    _listening: socket.socket | None = None
    _pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)
    _flows: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        self._flows.set()
        if self._listening is None:
            self._listening = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listening.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def hang(self) -> None:
        self._flows.clear()

    def shut(self) -> None:
        self._flows.set()
        if self._listening is not None:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        while self._pairs:
            for each in self._pairs.pop():
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                pair = near, socket.create_connection(self.to)
                self._pairs.append(pair)
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far, suppress(OSError):
            while True:
                ready, _, _ = select.select([near, far], [], [])
                self._flows.wait()
                for each in ready:
                    data = each.recv(65536)
                    if not data:
                        return
                    other[each].sendall(data)


@contextmanager
def gate(host: str, port: int) -> Iterator[Gate]:
    found = Gate((host, port))
    found.open()
    try:
        yield found
    finally:
        found.shut()
