"""What has no end is hung up on: a head, a URL, a trailer, framing without a body. What is merely long is answered."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bff.serving import HEAD
from tests.servers import Bff

SMALL = 512
"""Bytes that are sent at a time, so that no read of the server gets all at once."""
POST = b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
ASKING = b'{"query": "{ faqs { id } }"}'
LONG = b"X-Long: " + 12 * 1024 * b"a" + b"\r\n"


@contextmanager
def connected(bff: Bff) -> Iterator[socket.socket]:
    host, port = bff.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield client


def is_hung_up_on(client: socket.socket, beginning: bytes, more: bytes) -> bool:
    """Raises TimeoutError when the server goes on waiting for the rest."""
    try:
        client.sendall(beginning)
        for _ in range(4 * HEAD // SMALL):
            client.sendall(more * (SMALL // len(more)))
        while client.recv(1 << 16):
            pass
    except ConnectionError:
        pass
    return True


def answers(client: socket.socket, number: int) -> bytes:
    received = b""
    while received.count(b"HTTP/1.1 ") < number or not received.endswith(b"}"):
        more = client.recv(1 << 16)
        assert more, received
        received += more
    return received


def chunks(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "more"),
    [
        pytest.param(POST + b"X-Long: ", b"a", id="a header's value"),
        pytest.param(POST, b"a", id="a header's name"),
        pytest.param(POST, b"X-Many: a\r\n", id="headers"),
        pytest.param(b"GET /graphql?query=", b"a", id="a URL"),
        pytest.param(b"", b"\r\n", id="lines before a request"),
        pytest.param(CHUNKED + b"1;name=", b"a", id="a chunk's extension"),
        pytest.param(CHUNKED + b"1\r\n{\r\n0\r\nX-Long: ", b"a", id="a trailer"),
    ],
)
def test_what_has_no_end_is_hung_up_on(bff: Bff, beginning: bytes, more: bytes) -> None:
    with connected(bff) as client:
        assert is_hung_up_on(client, beginning, more)


def test_a_head_that_is_too_long_is_refused_although_it_came_at_once(bff: Bff) -> None:
    with connected(bff) as client:
        client.sendall(POST + b"X-Long: " + HEAD * b"a" + b"\r\n\r\n")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 400 ")


def test_each_request_of_a_connection_may_have_a_long_head(bff: Bff) -> None:
    with connected(bff) as client:
        for _ in range(3):
            client.sendall(POST + LONG + b"Content-Length: %d\r\n\r\n" % len(ASKING) + ASKING)
            assert answers(client, 1).startswith(b"HTTP/1.1 200 ")


def test_requests_that_come_together_are_each_answered(bff: Bff) -> None:
    one = POST + b"Content-Length: %d\r\n\r\n" % len(ASKING) + ASKING
    with connected(bff) as client:
        client.sendall(3 * one)
        assert answers(client, 3).count(b"HTTP/1.1 200 ") == 3


def test_a_body_may_come_in_chunks_of_one_byte(bff: Bff) -> None:
    body = ASKING + 8 * 1024 * b" "
    with connected(bff) as client:
        client.sendall(CHUNKED + chunks(body, 1))
        assert answers(client, 1).startswith(b"HTTP/1.1 200 ")
