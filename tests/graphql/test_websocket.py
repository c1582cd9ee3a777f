"""graphql-transport-ws: the protocol's messages, and what is done with others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from tests.graphql.small import client_of

PROTOCOL = "graphql-transport-ws"
RATE = {"query": "query Rate($year: Int) { rate(year: $year) }"}


@contextmanager
def connected(client: TestClient | None = None, payload: Any = None) -> Iterator[WebSocketTestSession]:
    with (client or client_of()).websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init", "payload": payload})
        assert socket.receive_json() == {"type": "connection_ack"}
        yield socket


def subscribe(socket: WebSocketTestSession, number: str, **payload: Any) -> None:
    socket.send_json({"type": "subscribe", "id": number, "payload": payload})


def closed(socket: WebSocketTestSession) -> int:
    with pytest.raises(WebSocketDisconnect) as end:
        socket.receive_json()
    return end.value.code


def test_a_query_is_answered_and_completed() -> None:
    with connected() as socket:
        subscribe(socket, "a", **RATE, variables={"year": 2015})
        assert socket.receive_json() == {
            "type": "next",
            "id": "a",
            "payload": {"data": {"rate": "3.25 since 2015"}},
        }
        assert socket.receive_json() == {"type": "complete", "id": "a"}


def test_a_mutation_is_answered_too() -> None:
    with connected() as socket:
        subscribe(socket, "a", query="mutation { rate }")
        assert socket.receive_json()["payload"] == {"data": {"rate": "3.10"}}


def test_a_subscription_is_answered_as_long_as_it_goes_on() -> None:
    with connected() as socket:
        subscribe(socket, "a", query="subscription { ticks }")
        found = [socket.receive_json() for _ in range(3)]
    assert [message["type"] for message in found] == ["next", "next", "complete"]
    assert [message["payload"]["data"]["ticks"] for message in found[:2]] == [1, 2]


def test_operations_run_beside_each_other() -> None:
    with connected() as socket:
        for number in "abc":
            subscribe(socket, number, **RATE)
        found = [socket.receive_json() for _ in range(6)]
    assert {(message["type"], message["id"]) for message in found} == {
        (kind, number) for kind in ("next", "complete") for number in "abc"
    }


def test_the_token_of_the_first_message_counts_as_one_in_a_header() -> None:
    with connected(payload={"Authorization": "Bearer abc"}) as socket:
        subscribe(socket, "a", query="{ caller }")
        assert socket.receive_json()["payload"] == {"data": {"caller": "Bearer abc"}}


@pytest.mark.parametrize("payload", [None, {}, [], "x", 1, {"Authorization": 1}, {"Authorization": None}])
def test_without_a_token_the_caller_is_nobody(payload: Any) -> None:
    with connected(payload=payload) as socket:
        subscribe(socket, "a", query="{ caller }")
        assert socket.receive_json()["payload"] == {"data": {"caller": "nobody"}}


def test_a_ping_is_answered() -> None:
    with connected() as socket:
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}


@pytest.mark.parametrize("query", ["{", "{ nonsense }", "{ a: rate " * 3, "{" + " rate" * 300 + "}"])
def test_a_document_that_is_refused_ends_its_operation_and_no_other(query: str) -> None:
    with connected() as socket:
        subscribe(socket, "a", query=query)
        message = socket.receive_json()
        assert (message["type"], message["id"]) == ("error", "a")
        assert message["payload"][0]["extensions"]["code"]
        subscribe(socket, "a", **RATE)
        assert socket.receive_json()["type"] == "next"


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "1", "[]", "{", "{}", '{"type": 1}', '{"type": "nonsense"}', '{"type": "connection_init"} x',
        '{"type": "subscribe"}', '{"type": "subscribe", "id": "1"}', '{"type": "subscribe", "id": 1, "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": []}', '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ rate }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ rate }", "operationName": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ rate }", "extensions": "x"}}',
        '{"type": "complete"}', '{"type": "complete", "id": 1}', "[" * 5000, '{"type": "ping", "a": NaN}',
        '{"type": "ping", "payload": "' + "x" * 200_000 + '"}',
    ],
    ids=lambda text: text[:60],
)  # fmt: skip
def test_what_is_no_message_closes_the_connection(text: str) -> None:
    with connected() as socket:
        socket.send_text(text)
        assert closed(socket) == 4400


def test_bytes_close_the_connection() -> None:
    with connected() as socket:
        socket.send_bytes(b'{"type": "ping"}')
        assert closed(socket) == 4400


@pytest.mark.parametrize("first", [{"type": "ping"}, {"type": "subscribe", "id": "1", "payload": RATE}])
def test_nothing_goes_before_the_first_message(first: Any) -> None:
    with client_of().websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send_json(first)
        assert closed(socket) == 4401


def test_a_second_first_message_closes_the_connection() -> None:
    with connected() as socket:
        socket.send_json({"type": "connection_init"})
        assert closed(socket) == 4429


def test_a_number_that_is_in_use_closes_the_connection() -> None:
    with connected() as socket:
        for _ in range(2):
            subscribe(socket, "a", query="subscription { waiting }")
        assert closed(socket) == 4409


def test_a_number_is_free_again_when_its_operation_is_completed() -> None:
    with connected() as socket:
        subscribe(socket, "a", query="subscription { waiting }")
        socket.send_json({"type": "complete", "id": "a"})
        subscribe(socket, "a", **RATE)
        assert socket.receive_json()["payload"] == {"data": {"rate": "3.25 since 2018"}}


def test_too_many_operations_at_once_close_the_connection() -> None:
    with connected() as socket:
        for number in range(21):
            subscribe(socket, str(number), query="subscription { waiting }")
        assert closed(socket) == 4429


@pytest.mark.parametrize("protocols", [[], ["graphql-ws"], ["chat"]])
def test_other_protocols_are_not_spoken(protocols: list[str]) -> None:
    with pytest.raises(WebSocketDisconnect), client_of().websocket_connect("/graphql", subprotocols=protocols):
        pass


def test_what_broke_inside_ends_the_operation_with_a_masked_error() -> None:
    with connected(payload={"Authorization": "broken"}) as socket:
        subscribe(socket, "a", query="subscription { ticks }")
        (error,) = socket.receive_json()["payload"]["errors"]
        assert error["extensions"]["code"] == "INTERNAL_ERROR"
        assert "secret" not in error["message"]
