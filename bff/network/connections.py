"""The open connections of a process, with limits on their number, their waiting and their memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from math import inf
from time import monotonic
from typing import Protocol

from bff.security.client_address import client_address, network_of

RATE = 512
"""Bytes a second of an answer that a client has to read at least."""
EXTENSION = "bff.connection"
"""Extension of a WebSocket's ASGI scope: its `ClientConnection`, which the application marks as working or waiting."""
REASONS = ("refused", "network_refused", "gave_way", "late", "stalled", "full")
"""Why connections are ended: beyond the bounds, idle while others need the place, too late with a request, too slow to
read an answer, holding the most bytes when there are too many."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`total` counts the connections of a process, `network` those from one network that is no trusted proxy; `bytes`
    is what all of them may hold of incomplete requests and unread answers. Seconds: `head` for a request's line and
    headers, `keep_alive` without a request, `linger` to read the last answer of a closed connection, `stalled` in
    which a client has to read some of an answer."""

    total: int = 4096
    network: int = 3072
    bytes: int = 32 * 1024 * 1024
    head: float = 10.0
    keep_alive: float = 75.0
    linger: float = 2.0
    stalled: float = 20.0


class ConnectionTransport(Protocol):
    """The part of asyncio's transports that is used."""

    def abort(self) -> None: ...
    def is_closing(self) -> bool: ...
    def get_write_buffer_size(self) -> int: ...


@dataclass(slots=True, eq=False)
class Network:
    """The connections from one network. `waiting` are those that wait for their client, the longest first."""

    name: str
    limit: int
    open: int = 0
    waiting: dict[ClientConnection, None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class ClientConnection:
    """An accepted connection. `kept` are the bytes of an incomplete request, `unsent` those that the client had not
    read at the last check."""

    table: Connections
    descriptor: int
    network: Network
    transport: ConnectionTransport | None = None
    on_late: Callable[[], None] | None = None
    deadline: float = inf
    kept: int = 0
    unsent: int = 0
    counts: bool = True
    waits_since: float = 0.0
    _unsent_before: int = 0
    _unsent_since: float = 0.0

    def carries(self, transport: ConnectionTransport, on_late: Callable[[], None]) -> None:
        """Set the transport, and what ends the connection when its deadline has passed."""
        self.transport, self.on_late = transport, on_late

    def waits(self, seconds: float = inf) -> None:
        """Mark it as waiting for its client, so long at most; meanwhile it may be closed in favour of others."""
        self.deadline = inf if seconds == inf else monotonic() + seconds
        if self.counts and self not in self.network.waiting:
            self.waits_since = monotonic()
            self.network.waiting[self] = None

    def works(self) -> None:
        """Mark it as answering a request or serving a subscription."""
        self.deadline = inf
        self.network.waiting.pop(self, None)

    def keeps(self, kept: int) -> None:
        """Count the bytes of an incomplete request."""
        if self.counts:
            self.table.kept += kept - self.kept
            self.kept = kept
            self.table.make_room()

    def end(self, reason: str) -> None:
        """Close it at once and stop counting it."""
        self.table.ended[reason] += 1
        self.table.forget(self)
        if self.transport is not None:
            self.transport.abort()

    def look(self, now: float) -> None:
        """End it when it is late, or when its client does not read the answer."""
        if self.transport is None:
            return
        self.unsent = self.transport.get_write_buffer_size()
        closing = self.transport.is_closing()
        if closing:
            self.deadline = min(self.deadline, now + self.table.limits.linger)
        if self._is_stalled(now):
            self.end("stalled")
        elif now > self.deadline:
            self._end_late(closing)

    def _is_stalled(self, now: float) -> bool:
        seconds = self.table.limits.stalled
        if self.unsent and self._unsent_before:
            if now - self._unsent_since < seconds:
                return False
            if self.unsent > self._unsent_before - RATE * seconds:
                return True
        self._unsent_before, self._unsent_since = self.unsent, now
        return False

    def _end_late(self, closing: bool) -> None:
        if closing or self.on_late is None:
            self.end("late")
        else:
            self.table.ended["late"] += 1
            self.deadline = inf
            self.on_late()


class Connections:
    """The connections of a process, by the descriptors of their sockets."""

    def __init__(self, limits: ConnectionLimits, trusted_proxies: Sequence[str] = ()) -> None:
        self.limits = limits
        self.ended: Counter[str] = Counter(dict.fromkeys(REASONS, 0))
        self.kept = self.unsent = 0
        self._proxies = [ip_network(each, strict=False) for each in trusted_proxies]
        self._networks: dict[str, Network] = {}
        self._open: dict[int, ClientConnection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, peer: str, descriptor: int) -> ClientConnection | None:
        """Count an accepted connection; null beyond the limits. At a limit, a connection that waits for its client
        is closed."""
        network = self._network(client_address(peer, None, ()))
        if network.open >= network.limit and not _gives_way(network):
            self.ended["network_refused"] += 1
            return None
        if len(self._open) >= self.limits.total and not self.give_way():
            self.ended["refused"] += 1
            return None
        network.open += 1
        self._networks[network.name] = network
        connection = self._open[descriptor] = ClientConnection(self, descriptor, network)
        return connection

    def of(self, descriptor: int) -> ClientConnection:
        """Return the connection of a socket; one that was not accepted here is not counted."""
        return self._open.get(descriptor) or ClientConnection(self, -1, Network("", 0), counts=False)

    def forget(self, connection: ClientConnection) -> None:
        if not connection.counts:
            return
        connection.counts = False
        del self._open[connection.descriptor]
        connection.works()
        self.kept -= connection.kept
        self.unsent -= connection.unsent
        connection.kept = connection.unsent = 0
        network = connection.network
        network.open -= 1
        if not network.open:
            del self._networks[network.name]

    def give_way(self) -> bool:
        """End the connection that has waited the longest, among the networks with at least half as many as the
        largest one: where many networks have a few each, the largest is no better a choice. Return whether there was
        one."""
        waiting = [each for each in self._networks.values() if each.waiting]
        most = max((each.open for each in waiting), default=0)
        large = (each for each in waiting if 2 * each.open >= most)
        return _gives_way(min(large, key=lambda each: next(iter(each.waiting)).waits_since, default=None))

    def look(self) -> None:
        """Check all connections; to be called some times a second."""
        now = monotonic()
        for each in tuple(self._open.values()):
            each.look(now)
        self.unsent = sum(each.unsent for each in self._open.values())
        self.make_room()

    def make_room(self) -> None:
        """End those that hold the most bytes, until all together are within the limit."""
        while self.kept + self.unsent > self.limits.bytes:
            max(self._open.values(), key=lambda each: each.kept + each.unsent).end("full")

    def _network(self, address: str) -> Network:
        name = network_of(address)
        return self._networks.get(name) or Network(name, self._limit(address))

    def _limit(self, address: str) -> int:
        """Return the limit of an address: all clients behind a trusted proxy share its."""
        try:
            trusted = any(ip_address(address) in each for each in self._proxies)
        except ValueError:
            trusted = False
        return self.limits.total if trusted else self.limits.network


def _gives_way(network: Network | None) -> bool:
    """End the connection of a network that has waited the longest; return whether there was one."""
    longest = next(iter(network.waiting), None) if network else None
    if longest is None:
        return False
    longest.end("gave_way")
    return True
