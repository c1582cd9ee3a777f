"""What has no end is hung up on: a head, a URL, a trailer, framing without a body, a body after its answer. What is
merely long is answered."""

from __future__ import annotations

import socket

import pytest

from bff.network.http_protocol import HEAD, HEADERS, LINGER, PIPELINE
from tests.support.raw import GET, POST, connected, read_to_end, send_until_closed
from tests.support.servers import Bff

SMALL = 512
"""Bytes that are sent at a time, so that no read of the server gets all at once."""
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
ASKING = b'{"query": "{ faqs { id } }"}'
LONG = b"X-Long: " + 12 * 1024 * b"a" + b"\r\n"


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


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param(CHUNKED, 413, id="too large, in chunks"),
        pytest.param(POST + b"Content-Length: 100000000\r\n\r\n", 413, id="too large, as it says"),
        pytest.param(b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Length: 100000000\r\n\r\n", 415, id="no JSON"),
        pytest.param(b"POST /other HTTP/1.1\r\nHost: here\r\nContent-Length: 100000000\r\n\r\n", 404, id="nowhere"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: here\r\nContent-Length: 100000000\r\n\r\n", 200, id="a GET"),
    ],
)
def test_a_body_is_not_read_on_after_its_answer(bff: Bff, asked: bytes, status: int) -> None:
    piece = 64 * 1024 * b"a"
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece) if asked == CHUNKED else piece
    with connected(bff) as client:
        client.sendall(asked)
        # What was sent may wait in the system's buffers on both sides.
        assert send_until_closed(client, chunk, 64 * LINGER) < 64 * LINGER
        head = client.recv(1 << 16).partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nconnection: close" in head.lower()


def test_who_sends_the_whole_body_first_still_gets_the_answer(bff: Bff) -> None:
    body = 512 * 1024 * b"a"
    with connected(bff) as client:
        client.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert read_to_end(client).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_came_in_pieces_keeps_the_connection(bff: Bff) -> None:
    with connected(bff) as client:
        for _ in range(2):
            client.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(ASKING))
            for at in range(len(ASKING)):
                client.sendall(ASKING[at : at + 1])
            assert answers(client, 1).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: here\r\nHost: there\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: here there\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: here/there\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: here@there\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: here:port\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: \xe4\xbd\xa0\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.0\r\nHost: here\r\nHost: there\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (b"GET /healthz HTTP/1.1\r\nHost: bff.example.cn:8443\r\n\r\n", 200),
        (b"GET /healthz HTTP/1.1\r\nhOST: 127.0.0.1\r\n\r\n", 200),
        (b"GET /healthz HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", 200),
    ],
)
def test_a_request_has_one_host(bff: Bff, head: bytes, status: int) -> None:
    with connected(bff) as client:
        client.sendall(head)
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 %d " % status)


def test_requests_without_end_before_an_answer_are_hung_up_on(bff: Bff) -> None:
    with connected(bff) as client:
        client.sendall(4 * PIPELINE * GET)
        assert read_to_end(client).count(b"HTTP/1.1 200 ") <= PIPELINE


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_headers_are_not_too_many(bff: Bff, end: bytes) -> None:
    with connected(bff) as client:
        client.sendall(GET[:-2] + (HEADERS + 1) * b"a:\r\n" + end)
        assert read_to_end(client).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_is_no_chunk_is_refused(bff: Bff) -> None:
    with connected(bff) as client:
        client.sendall(CHUNKED + b"1\r\n{\r\n")
        client.sendall(b"no chunk\r\n")
        assert read_to_end(client).startswith(b"HTTP/1.1 400 ")


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"


@pytest.mark.parametrize("protocol", [b"h2c", b"TLS/1.2", b"websocket"])
@pytest.mark.parametrize("pieces", [1, 2, 40])
def test_an_upgrade_that_is_not_spoken_here_is_ignored(bff: Bff, protocol: bytes, pieces: int) -> None:
    """As Java's own client offers it, with its first request: the request is answered, and so is the next one."""
    request = POST + UPGRADE % protocol + b"Content-Length: %d\r\n\r\n" % len(ASKING) + ASKING
    with connected(bff) as client:
        for _ in range(2):
            size = -(-len(request) // pieces)
            for at in range(0, len(request), size):
                client.sendall(request[at : at + size])
            assert answers(client, 1).startswith(b"HTTP/1.1 200 ")


def test_offers_in_requests_that_come_together_are_each_ignored(bff: Bff) -> None:
    request = POST + UPGRADE % b"h2c" + b"Content-Length: %d\r\n\r\n" % len(ASKING) + ASKING
    with connected(bff) as client:
        client.sendall(3 * request + GET)
        assert answers(client, 4).count(b"HTTP/1.1 200 ") == 4


def test_an_offer_does_not_let_a_long_head_in(bff: Bff) -> None:
    with connected(bff) as client:
        client.sendall(POST + UPGRADE % b"h2c" + b"X: " + 17_000 * b"x" + b"\r\n\r\n")
        assert read_to_end(client).startswith(b"HTTP/1.1 400 ")
