"""Subscriptions that begin and end in bursts: each is ended by its own end, and none is left behind."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bff.resolvers import application as resolvers
from tests.flows.applying import DUAN, apply, everyone
from tests.support.raw import connected, message, open_websocket, read_to_end, read_until
from tests.support.servers import OPERATIONS, Bff, Core
from tests.support.serving import until

TIMES = 100
LOOKS = 10
"""Looks that a subscription which was left behind would have taken in the time in which none is seen."""


@pytest.fixture(scope="module")
def watching(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    """Looks often at what is watched."""
    with pytest.MonkeyPatch.context() as patched, everyone(core, tmp_path_factory.mktemp("watching")) as bff:
        patched.setattr(resolvers, "WATCH_EVERY", 0.05)
        yield bff


@pytest.fixture(scope="module")
def token(watching: Bff) -> str:
    return watching.sign_in(DUAN)


@pytest.fixture(scope="module")
def subscription(watching: Bff, token: str) -> dict[str, object]:
    """The payload that watches an application on which nobody decides."""
    made = apply(watching, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
    return {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": made["id"]}}


@pytest.fixture
def client(watching: Bff, token: str) -> Iterator[socket.socket]:
    client, _ = open_websocket(watching, token)
    with client:
        yield client


def open_streams(bff: Bff) -> int:
    return sum(bff.services.operation_rate_limiter._streams.values())


def subscriptions(bff: Bff) -> float:
    found = bff.services.metrics.registry.get_sample_value("bff_subscriptions")
    assert found is not None
    return float(found)


def is_quiet(bff: Bff, core: Core) -> bool:
    """Nothing is watched: neither by the books nor by what the core is asked."""
    until(lambda: open_streams(bff) == 0)
    until(lambda: subscriptions(bff) == 0)
    core.calls()
    time.sleep(LOOKS * resolvers.WATCH_EVERY)
    return core.calls() == {}


def test_a_number_that_is_taken_again_at_once_is_its_new_owners(
    watching: Bff, core: Core, client: socket.socket, subscription: dict[str, object]
) -> None:
    """A hundred times the end of the old one comes with the beginning of the new one."""
    begin, end = message("subscribe", id="1", payload=subscription), message("complete", id="1")
    client.sendall(begin)
    for _ in range(TIMES):
        assert b'"ACCEPTED"' in read_until(client, b'"type":"next"')
        client.sendall(end + begin)
    assert b"RATE_LIMITED" not in read_until(client, b'"type":"next"')
    assert open_streams(watching) == subscriptions(watching) == 1
    client.sendall(end)
    assert is_quiet(watching, core)


def test_a_burst_of_beginnings_and_ends_leaves_one(
    watching: Bff, core: Core, client: socket.socket, subscription: dict[str, object]
) -> None:
    begin, end = message("subscribe", id="1", payload=subscription), message("complete", id="1")
    client.sendall(begin + TIMES * (end + begin))
    assert b"RATE_LIMITED" not in read_until(client, b'"type":"next"')
    until(lambda: open_streams(watching) == 1)
    client.close()
    assert is_quiet(watching, core)


def test_streams_of_events_that_are_left_at_once_leave_nothing(
    watching: Bff, core: Core, token: str, subscription: dict[str, object]
) -> None:
    body = json.dumps(subscription).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Accept: text/event-stream\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    for number in range(TIMES):
        with connected(watching) as client:
            client.sendall(head + body)
            if number % 2:
                assert b"RATE_LIMITED" not in read_until(client, b"event: next")
    assert is_quiet(watching, core)


def test_a_subscription_that_ends_before_it_began_lets_the_connection_wait(core: Core, tmp_path: Path) -> None:
    """For another operation, and then be closed as idle."""
    with everyone(core, tmp_path, keep_alive=60) as bff:
        client, _ = open_websocket(bff)
        with client:
            payload = {"query": "subscription { applicationProgress(id: 1) { id } }"}
            client.sendall(message("subscribe", id="1", payload=payload) + message("complete", id="1"))
            client.sendall(message("subscribe", id="2", payload={"query": "{ __typename }"}))
            read_until(client, b'"type":"complete"')
            client.sendall(message("ping"))
            read_until(client, b'"type":"pong"')  # by now the server has set the idle time
            bff.pass_time(60)
            assert b"No operation for a while" in read_to_end(client)
