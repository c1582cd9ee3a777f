"""Twelve WebSockets that want memory or the processor; nobody has signed in."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bff.network.server import MESSAGE
from tests.support.raw import CONTINUATION, PING, TEXT, connected, frame, open_websocket, read_to_end, send_until_closed
from tests.support.servers import Bff, Core
from tests.support.serving import Served, serving

SOCKETS = 12
MEMORY = 48 * 1024 * 1024
"""Bytes that they may cost altogether."""
BEGINNING = frame(b"", TEXT, final=False)
MOST = 4 * 1024 * 1024
"""Bytes that each sends."""


@pytest.fixture(scope="module")
def served(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(core, tmp_path_factory.mktemp("served"), core_timeout=2) as served:
        yield served


def bomb() -> bytes:
    """300 MB of blanks, in one frame."""
    squeezed = zlib.compressobj(9, wbits=-15)
    packed = b"".join(squeezed.compress(1_000_000 * b" ") for _ in range(300))
    return frame((packed + squeezed.flush(zlib.Z_SYNC_FLUSH))[:-4], compressed=True)


ATTACKS: dict[str, Callable[[], bytes]] = {
    "a compressed frame": bomb,
    "pings whose answers nobody reads": lambda: 500 * frame(125 * b"x", PING),
    "small messages": lambda: 20_000 * frame(b'{"type": "pong"}'),
    "messages whose answers nobody reads": lambda: 20_000 * frame(b'{"type": "ping"}'),
    "a message in empty fragments": lambda: BEGINNING + 40_000 * frame(b"", CONTINUATION, final=False),
    "a message without end": lambda: BEGINNING + frame(60_000 * b"x", CONTINUATION, final=False),
    "a frame as large as it says": lambda: frame(MOST * b"x"),
    "a wide character": lambda: frame("😀".encode() + (MESSAGE - 8) * b"x", TEXT, final=False),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_websockets_cost_little_memory(served: Served, attack: str) -> None:
    opened = [open_websocket(served) for _ in range(SOCKETS)]
    assert not any(b"permessage-deflate" in head for _, head in opened)
    piece = ATTACKS[attack]()
    served.forget_peak()
    before = served.peak()
    try:
        for client, _ in opened:
            send_until_closed(client, piece, MOST)
        used = served.processor()
        assert served.client.get("/healthz").status_code == 200
        assert served.processor() - used < 1
        assert served.peak() - before < MEMORY
    finally:
        for client, _ in opened:
            client.close()


def test_messages_that_come_at_once_are_each_answered(bff: Bff) -> None:
    client, _ = open_websocket(bff)
    with client:
        client.sendall(300 * frame(b'{"type": "ping"}'))
        received = b""
        while received.count(b'{"type":"pong"}') < 300:
            received += client.recv(1 << 16)


def test_what_was_not_read_in_time_is_not_lost(bff: Bff) -> None:
    """More answers than the system's buffers take, to a client that reads only when it has sent everything."""
    client, _ = open_websocket(bff)
    message = frame(b'{"type": "subscribe", "id": "1", "payload": {"query": "{ faqs { id } }"}}')
    with client:
        client.sendall(frame(b'{"type": "ping"}') + message)
        received = b""
        while b'"type":"complete"' not in received:
            received += client.recv(1 << 16)
    assert received.count(b"pong") == 1


@pytest.mark.parametrize("host", [b"xn--\x61\x62\x63-..", b"a" * 200, b"xn--a"])
def test_a_host_that_is_no_name_is_refused(bff: Bff, host: bytes) -> None:
    with connected(bff) as client:
        client.sendall(
            b"GET /graphql HTTP/1.1\r\nHost: " + host + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert read_to_end(client).startswith((b"HTTP/1.1 400", b"HTTP/1.1 403"))


def test_the_log_has_neither_address_nor_query_of_a_websocket(core: Core, tmp_path: Path) -> None:
    with serving(core, tmp_path) as served:
        client, _ = open_websocket(served)
        client.close()
        assert served.requests() == 0
        assert "WebSocket" not in served.log.read_text()
        assert "127.0.0.1:" not in served.log.read_text().replace(served.url, "")
