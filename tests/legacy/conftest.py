"""A core that plays back bytes, and gateways in front of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from bff.legacy import CallLimits, Core, CoreSettings
from bff.legacy.instrumentation import CallInstrumentation

RECORDED = Path(__file__).parent / "recorded"
PASSWORD = "secret-of-the-wire"
NOW = datetime(2018, 10, 25, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))

Behaviour = Callable[["Played", asyncio.StreamWriter, str], Awaitable[None]]


@dataclass
class Played:
    """What came in, and what the gateways thought odd."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    odd: list[tuple[str, str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    closed_by_client: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    at: float = 100.0

    def __call__(self) -> float:
        return self.at


def pass_time(seconds: float) -> None:
    """For all that waits in this event loop."""
    loop = asyncio.get_running_loop()
    now = loop.time
    loop.time = lambda: now() + seconds  # type: ignore[method-assign]


def http(status: int, body: bytes, content_type: str = "text/xml; charset=utf-8", length: int | None = None) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {length or len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def recorded(name: str, *, status: int = 200, content_type: str = "text/xml") -> Behaviour:
    """Plays a file of `recorded/`, with the request's serial where it says @SERIAL@."""

    async def play(_: Played, writer: asyncio.StreamWriter, serial: str) -> None:
        body = (RECORDED / name).read_bytes().replace(b"@SERIAL@", serial.encode())
        writer.write(http(status, body, content_type))

    return play


@asynccontextmanager
async def playing(
    behaviour: Behaviour, instrumentation: CallInstrumentation | None = None, **settings: Any
) -> AsyncIterator[tuple[Core, Played]]:
    played = Played()
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = asyncio.current_task()
        assert here
        serving.add(here)
        watch: asyncio.Future[None] | None = None
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]
            body = await reader.readexactly(length)
            played.requests.append(head + body)
            played.arrived.set()
            serial = re.search(rb"QQLSH>([0-9a-f]+)<", body)[1].decode()  # type: ignore[index]
            watch = asyncio.ensure_future(_until_closed(reader, played))
            await behaviour(played, writer, serial)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the stream's own callback logs a cancelled task as an error
        finally:
            if watch:
                watch.cancel()
            writer.close()
            serving.discard(here)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    played.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    core = await Core.connect(
        core_settings(played.url, **settings), lambda: NOW, lambda *odd: played.odd.append(odd), instrumentation
    )
    try:
        yield core, played
    finally:
        await core.close()
        server.close()
        for each in serving:
            each.cancel()
        await asyncio.gather(*serving)


async def _until_closed(reader: asyncio.StreamReader, played: Played) -> None:
    await reader.read()
    played.closed_by_client.set()


def core_settings(url: str, **settings: Any) -> CoreSettings:
    """Without a second try unless `limits` say otherwise: most tests count what was sent."""
    values = {
        "connect_timeout": 60.0,
        "timeout": 60.0,
        "max_bytes": 4 << 20,
        "limits": CallLimits(retry_share=0, closed_seconds=0),
        "password": PASSWORD,
        "wsdl": None,
        **settings,
    }
    return CoreSettings(base_url=url, username="bff", channel="APP", **values)


def body_of(request: bytes) -> etree._Element:
    return etree.fromstring(request.partition(b"\r\n\r\n")[2])
