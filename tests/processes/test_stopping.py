"""The end of `bff serve` as load balancers, requests and subscriptions see it."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import httpx2
import pytest

from bff.network import http_protocol
from tests.conftest import settings_for
from tests.support.raw import GET, connect, read_to_end, read_until
from tests.support.servers import OPERATIONS, Bff, BffServer, Core, StoppedAtOnce, running_bff
from tests.support.serving import Served, serving, until

DUAN = "13800000001"
WATCHING = "subscription ($id: ID!) { applicationProgress(id: $id) { status } }"
PROGRESS = {"data": {"applicationProgress": {"status": "ACCEPTED"}}}


@pytest.fixture
def folder(fresh_core: Core, tmp_path: Path) -> Path:
    """Of servers whose SQLite store knows the practice people."""
    with running_bff(settings_for(fresh_core, tmp_path)):
        return tmp_path


def port_of(served: Bff) -> int:
    return int(served.url.rsplit(":", 1)[1])


def apply(bff: Bff, token: str) -> str:
    asked = {"input": {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}}
    made = bff.data("ApplyPropertyFeeWithdrawal", asked, token)["applyPropertyFeeWithdrawal"]["application"]["id"]
    assert isinstance(made, str)
    return made


def readyz(served: Served) -> tuple[int, Any]:
    answer = httpx2.get(f"{served.url}/readyz", timeout=60, trust_env=False)
    return answer.status_code, answer.json()


def is_refused(served: Bff) -> bool:
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", port_of(served))) != 0


@contextmanager
def watching(served: Served, token: str, application_id: str) -> Iterator[Iterator[str]]:
    """The lines of a stream, of which the first event has come."""
    body = {"query": WATCHING, "variables": {"id": application_id}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    with served.client.stream("POST", "/graphql", json=body, headers=headers) as stream:
        lines = stream.iter_lines()
        assert [next(lines), json.loads(next(lines).removeprefix("data: ")), next(lines)] == [
            "event: next",
            PROGRESS,
            "",
        ]
        yield lines


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_runs_is_answered_and_what_watches_ends_in_its_own_way(
    folder: Path, fresh_core: Core, workers: str
) -> None:
    patient = {"core_timeout": 60, "request_timeout": 60}
    with serving(fresh_core, folder, "--workers", workers, **patient) as served:
        token = served.sign_in(DUAN)
        made = apply(served, token)
        fresh_core.break_("QueryAccount", "hang")
        with watching(served, token, made) as lines:
            told, code = asyncio.run(stopped_while_asking(served, token, made, fresh_core))
            assert list(lines) == ["event: complete", "data:", ""]  # and the body's end, or httpx2 would raise
    assert told[0] == ("next", "progress", PROGRESS)
    assert [(kind, number) for kind, number, _ in told[1:]] == [("next", "account"), ("complete", "account")]
    assert told[1][2]["data"]["me"]["account"]["balance"]["total"]
    assert code == 1012


async def stopped_while_asking(
    served: Served, token: str, application_id: str, core: Core
) -> tuple[list[tuple[str, str, Any]], int | None]:
    """All messages, and the close code."""
    told = []
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{served.url}/graphql", protocols=["graphql-transport-ws"]) as socket,
    ):
        await socket.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        assert (await socket.receive_json())["type"] == "connection_ack"
        progress = {"query": WATCHING, "variables": {"id": application_id}}
        await socket.send_json({"type": "subscribe", "id": "progress", "payload": progress})
        told.append(await socket.receive_json())
        account = {"query": OPERATIONS["AccountInfo"]}
        core.control("DELETE", "calls")
        await socket.send_json({"type": "subscribe", "id": "account", "payload": account})
        await asyncio.to_thread(until, lambda: "QueryAccount" in core.control("GET", "calls"))
        over = asyncio.ensure_future(asyncio.to_thread(served.terminate))
        # Nothing is left waiting for processes that take no more.
        await asyncio.to_thread(until, lambda: is_refused(served))
        core.heal()
        async for message in socket:
            told.append(json.loads(message.data))
        async with asyncio.timeout(30):
            await over
        return [(each["type"], each["id"], each.get("payload")) for each in told], socket.close_code


@pytest.mark.parametrize("workers", ["1", "2"])
def test_load_balancers_are_told_before_the_socket_is_closed(folder: Path, fresh_core: Core, workers: str) -> None:
    with serving(fresh_core, folder, "--workers", workers, drain_time=60) as served, ThreadPoolExecutor() as threads:
        assert readyz(served)[0] == 200
        over = threads.submit(served.terminate)
        until(lambda: readyz(served)[0] == 503)
        assert readyz(served) == (503, {"status": "not ready", "server": "stopping"})
        answer = served.client.post("/graphql", json={"query": "{ __typename }"})
        assert answer.json() == {"data": {"__typename": "Query"}}
        assert answer.headers["connection"] == "close"
        assert served.client.get("/healthz").status_code == 200
        served.process.send_signal(signal.SIGTERM)  # is enough of it
        over.result(timeout=15)
        assert is_refused(served)


def test_no_process_says_so_that_is_replaced_by_another(folder: Path, fresh_core: Core) -> None:
    """SIGHUP: the machine goes on."""
    with serving(fresh_core, folder, "--workers", "2", drain_time=30) as served:
        served.process.send_signal(signal.SIGHUP)
        seen = set()

        def renewed() -> bool:
            seen.add(readyz(served)[0])
            return any(each["event"].startswith("Finished server") for each in served.events())

        until(renewed, 100)  # two servers start at the same time as others
        served.process.send_signal(signal.SIGINT)  # and SIGTERM by the fixture
    assert seen == {200}


def test_whoever_has_connected_is_answered(folder: Path, fresh_core: Core) -> None:
    """Also those whose connection nobody has accepted yet."""
    request = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
    with serving(fresh_core, folder) as served, ExitStack() as clients:
        served.process.send_signal(signal.SIGSTOP)
        connected = [clients.enter_context(socket.create_connection(("127.0.0.1", port_of(served)))) for _ in range(40)]
        for each in connected:
            each.sendall(request)
        served.process.send_signal(signal.SIGTERM)
        served.process.send_signal(signal.SIGCONT)
        answers = [each.makefile("rb").read() for each in connected]
    assert [each[:15] for each in answers] == [b"HTTP/1.1 200 OK"] * 40
    assert all(b"\r\nconnection: close\r\n" in each for each in answers)


def test_a_new_connection_has_time_for_its_first_request(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that has connected sends it next."""
    monkeypatch.setattr(http_protocol, "FIRST", 60.0)
    with ExitStack() as clients, ThreadPoolExecutor(1) as threads:
        with running_bff(settings_for(core, tmp_path)) as bff:
            new = clients.enter_context(connect(bff))
            assert bff.client.get("/healthz").status_code == 200  # so that the one before is accepted, too
            answer = threads.submit(asked_once_it_stops, bff, new)
        assert answer.result().startswith(b"HTTP/1.1 200 OK")


def asked_once_it_stops(bff: Bff, client: socket.socket) -> bytes:
    until(lambda: is_refused(bff))
    client.sendall(GET)
    return read_to_end(client)


def test_a_request_that_comes_as_connections_are_closed_is_answered(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over one that was idle: a proxy keeps them, and sends no POST again that it has sent."""
    end = StoppedAtOnce.shutdown
    with ExitStack() as clients:

        async def shutdown(server: StoppedAtOnce, sockets: Any = None) -> None:
            idle.sendall(GET)  # in the server's own turn: it reads nothing before it closes what is idle
            await end(server, sockets)

        monkeypatch.setattr(StoppedAtOnce, "shutdown", shutdown)
        with running_bff(settings_for(core, tmp_path)) as bff:
            idle = clients.enter_context(connect(bff))
            idle.sendall(GET)
            before = read_until(idle, b'{"status":"ok"}')
        answers = before + read_to_end(idle)
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.count(b"\r\nconnection: close\r\n") == 1


def test_connections_that_wait_when_the_socket_is_closed_are_answered(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept = BffServer._accept_the_last
    with ExitStack() as clients:
        connected: list[socket.socket] = []

        async def accept_the_last(server: BffServer) -> None:
            for _ in range(8):  # in the server's own turn
                connected.append(clients.enter_context(connect(bff)))
                connected[-1].sendall(GET)
            await accept(server)

        monkeypatch.setattr(BffServer, "_accept_the_last", accept_the_last)
        with running_bff(settings_for(core, tmp_path)) as bff:
            pass
        answers = [read_to_end(each) for each in connected]
    assert [each[:15] for each in answers] == [b"HTTP/1.1 200 OK"] * 8
