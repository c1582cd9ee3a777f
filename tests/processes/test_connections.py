"""Bounds on connections: in number, in time, and by the descriptors that a process has."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from bff.network import connections
from bff.network.connection_limits import limits_of
from bff.network.connections import ClientConnection, ConnectionLimits, Connections
from bff.settings import Settings
from tests.conftest import settings_for
from tests.support.raw import GET, POST, connect, connected, frame, open_websocket, read_to_end, read_until
from tests.support.servers import Bff, Clock, Core, running_bff
from tests.support.serving import in_flight, serving, until

DUAN = "13800000001"
HASTY = ConnectionLimits(head=0.5, keep_alive=1, linger=0.5)
NARROW = ConnectionLimits(total=16, network=12)
QUERY = b'{"query": "{ faqs { id } }"}'
ASKING = POST + b"Content-Length: %d\r\n\r\n" % len(QUERY) + QUERY


@pytest.fixture(scope="module")
def hasty(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    settings = settings_for(core, tmp_path_factory.mktemp("hasty"), keep_alive=1)
    with running_bff(settings, limits=HASTY) as bff:
        yield bff


@pytest.fixture
def narrow(fresh_core: Core, tmp_path: Path) -> Iterator[Bff]:
    with running_bff(settings_for(fresh_core, tmp_path, core_timeout=60, request_timeout=60), limits=NARROW) as bff:
        yield bff


def ended(bff: Bff, reason: str) -> float:
    found = bff.services.metrics.registry.get_sample_value("bff_connections_ended_total", {"reason": reason})
    assert found is not None
    return float(found)


def open_now(bff: Bff) -> float:
    return float(bff.services.metrics.registry.get_sample_value("bff_connections"))


# Time


@pytest.mark.parametrize(
    "beginning", [b"", b"\r\n", b"GET ", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: here\r\nX: "]
)
@pytest.mark.parametrize("before", [b"", GET])
def test_a_head_comes_soon_or_not_at_all(hasty: Bff, before: bytes, beginning: bytes) -> None:
    with connected(hasty) as client:
        if before:
            client.sendall(before)
            read_until(client, b'{"status":"ok"}')
        with suppress(ConnectionError):  # where it took so long that the connection was closed as idle
            client.sendall(beginning)
        rest = read_to_end(client)
    assert rest == b"" or rest.startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips_is_given_up(hasty: Bff) -> None:
    with connected(hasty) as client:
        client.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        client.settimeout(0.05)
        assert drips_until_answered(client, 400).startswith(b"HTTP/1.1 408 ")


def drips_until_answered(client: socket.socket, most: int) -> bytes:
    for _ in range(most):
        client.send(b"a")
        with suppress(TimeoutError):
            return client.recv(1 << 16)
    return b""


def test_a_head_that_begins_before_the_last_answer_is_given_up(hasty: Bff) -> None:
    with connected(hasty) as client:
        client.sendall(GET + b"GET / HT")
        assert b"HTTP/1.1 408 " in read_to_end(client)


def test_a_websocket_without_an_operation_is_closed(hasty: Bff) -> None:
    client, _ = open_websocket(hasty)
    with client:
        assert b"No operation for a while" in read_to_end(client)


def test_a_websocket_that_is_asked_now_and_then_stays(core: Core, tmp_path: Path) -> None:
    """Not for longer than the 20 seconds each after which it is asked for a sign of life, and has to give one."""
    with running_bff(settings_for(core, tmp_path, keep_alive=15)) as bff, open_websocket(bff)[0] as client:
        for number in (b"1", b"2"):
            bff.pass_time(10)
            client.sendall(
                frame(b'{"type": "subscribe", "id": "' + number + b'", "payload": {"query": "{ __typename }"}}')
            )
            read_until(client, b'"type":"complete"')


async def test_a_client_that_reads_nothing_is_given_up() -> None:
    table, connection, client = await _writing(ConnectionLimits(stalled=0.2))
    with client:
        while connection.counts:
            table.look()
            await asyncio.sleep(0.02)
        assert (table.ended["stalled"], len(table), table.unsent) == (1, 0, 0)


async def test_a_client_that_reads_slowly_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(connections, "monotonic", lambda: clock.moment.timestamp())
    table, _, client = await _writing(ConnectionLimits(stalled=0.2))
    with client:
        for _ in range(30):
            client.recv(8192)
            clock.move(seconds=0.02)
            table.look()
            await asyncio.sleep(0.02)
        assert (table.ended["stalled"], len(table)) == (0, 1)


async def test_of_too_many_bytes_that_nobody_reads_the_largest_part_is_given_up() -> None:
    table, connection, client = await _writing(ConnectionLimits(bytes=500_000))
    with client:
        table.look()
        assert (table.ended["full"], connection.counts) == (1, False)


async def _writing(limits: ConnectionLimits) -> tuple[Connections, ClientConnection, socket.socket]:
    """A connection with a megabyte on its way to a client that has not read any."""
    here, there = socket.socketpair()
    here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    here.setblocking(False)
    table = Connections(limits)
    connection = table.admit("127.0.0.1", here.fileno())
    assert connection is not None
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=here)
    connection.carries(transport, transport.abort)
    transport.write(1_000_000 * b"x")
    return table, connection, there


# Number


def test_idle_connections_give_way_the_oldest_first(narrow: Bff) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(narrow)) for _ in range(40)]
        assert narrow.client.get("/healthz").status_code == 200
        assert open_now(narrow) <= NARROW.network
        assert read_to_end(clients[0]) == b""
        clients[-1].sendall(GET)
        assert clients[-1].recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    assert ended(narrow, "gave_way") >= 40 - NARROW.network


def test_idle_websockets_and_requests_that_do_not_come_to_their_end_give_way_too(narrow: Bff) -> None:
    with ExitStack() as stack:
        for _ in range(NARROW.network):
            stack.enter_context(open_websocket(narrow)[0])
        for _ in range(NARROW.network):
            client = stack.enter_context(connected(narrow))
            client.sendall(POST + b"Content-Length: 1000\r\n\r\n{")
        assert narrow.client.get("/healthz").status_code == 200
        assert open_now(narrow) <= NARROW.network


def test_requests_in_progress_do_not_and_the_network_is_refused_for_a_while(narrow: Bff, fresh_core: Core) -> None:
    fresh_core.break_("*", "hang")
    narrow.client.close()
    with ExitStack() as stack:
        busy = [stack.enter_context(connected(narrow)) for _ in range(NARROW.network)]
        for client in busy:
            client.sendall(ASKING)
        until(lambda: in_flight(narrow) == NARROW.network)
        with connected(narrow) as refused:
            refused.sendall(GET)
            answer = refused.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 5\r\n" in answer
        with connected(narrow, "127.0.0.2") as other:
            other.sendall(GET)
            assert other.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        fresh_core.heal()
        assert all(read_until(client, b"}").startswith(b"HTTP/1.1 200 ") for client in busy)
        with connected(narrow) as again:
            again.sendall(GET)
            assert again.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_of_many_networks_with_a_few_connections_the_one_that_waited_longest_gives_way() -> None:
    """Many addresses with one connection each do not drive a member out who has two."""
    table = Connections(ConnectionLimits(total=4, network=4))
    connections = []
    for number, address in enumerate(("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.3", "10.0.0.4")):
        connection = table.admit(address, number)
        assert connection is not None
        connection.waits()
        connections.append(connection)
    assert [each.counts for each in connections] == [False, True, True, True, True]


def test_a_network_with_most_connections_gives_way_before_others_that_waited_longer() -> None:
    table = Connections(ConnectionLimits(total=4, network=4))
    connections = []
    for number, address in enumerate(("10.0.0.1", *["10.0.0.2"] * 3, "10.0.0.3")):
        connection = table.admit(address, number)
        assert connection is not None
        connection.waits()
        connections.append(connection)
    assert [each.counts for each in connections] == [True, False, True, True, True]


def test_members_behind_a_trusted_proxy_are_not_one_network() -> None:
    table = Connections(ConnectionLimits(total=10, network=3), ["10.0.0.0/8"])
    admitted = [table.admit(peer, number) for number, peer in enumerate(3 * ["192.0.2.1"] + 8 * ["10.0.0.1"])]
    assert [each is not None for each in admitted] == 10 * [True] + [False]
    assert (table.ended["refused"], table.ended["network_refused"]) == (1, 0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:0:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_a_network_is_what_one_caller_cannot_change_at_will(one: str, other: str, same: bool) -> None:
    table = Connections(ConnectionLimits(total=10, network=1))
    assert table.admit(one, 1) is not None
    assert (table.admit(other, 2) is None) == same


def test_two_thousand_members_behind_one_mobile_gateway_come_in() -> None:
    table = Connections(limits_of(Settings(connections=4096)))
    assert all(table.admit("203.0.113.1", number) for number in range(2000))


# Descriptors


def test_a_process_with_few_descriptors_answers_beside_620_idle_connections(fresh_core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(fresh_core, tmp_path)):
        pass  # registers the practice people
    with serving(fresh_core, tmp_path, descriptors=256) as served, ExitStack() as stack:
        before = served.peak()
        for _ in range(620):
            stack.enter_context(connect(served))
        token = served.sign_in(DUAN)
        for _ in range(5):
            assert served.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"] == "30921.43"
            for _ in range(20):
                stack.enter_context(connect(served))
        assert served.peak() - before < 32 * 1024 * 1024
    assert served.log.stat().st_size < 32 * 1024


def test_without_a_descriptor_for_them_connections_are_refused_and_little_is_said(
    fresh_core: Core, tmp_path: Path
) -> None:
    """A setting that claims more than there are."""
    with serving(fresh_core, tmp_path, descriptors=64, connections=1000) as served, ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(connect(served))
        with connected(served) as client:
            client.sendall(GET)
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 ")
    assert served.log.stat().st_size < 64 * 1024
