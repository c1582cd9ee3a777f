"""`bff serve`: several processes on one port, their start, and an end that cuts nothing."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette

from bff.network.server import ServerConfig, announce, bound
from bff.observability import logging as logs
from bff.settings import Settings
from tests.conftest import settings_for
from tests.support.servers import OPERATIONS, Bff, Core, running_bff
from tests.support.serving import Served, serving, until

DUAN = "13800000001"


@pytest.fixture
def folder(fresh_core: Core, tmp_path: Path) -> Path:
    """Of servers whose SQLite store knows the practice people."""
    with running_bff(settings_for(fresh_core, tmp_path)):
        return tmp_path


def journal(folder: Path) -> list[tuple[str, str | None]]:
    with closing(sqlite3.connect(folder / "bff.sqlite3")) as db:
        return db.execute("SELECT status, reference FROM application").fetchall()


def apply(bff: Bff, token: str) -> Any:
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    return bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token)["applyPropertyFeeWithdrawal"]["application"]


def submitted(core: Core) -> bool:
    return "SubmitApplication" in core.control("GET", "calls")


def leave_while_applying(served: Served, token: str, core: Core) -> None:
    """The connection is closed when the core has the call."""
    asked = {"input": {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}}
    body = json.dumps({"query": OPERATIONS["ApplyPropertyFeeWithdrawal"], "variables": asked}).encode()
    lines = ["POST /graphql HTTP/1.1", "Host: here", "Content-Type: application/json"]
    lines += [f"Authorization: Bearer {token}", f"Content-Length: {len(body)}"]
    with socket.create_connection(("127.0.0.1", int(served.url.rsplit(":", 1)[1]))) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        until(lambda: submitted(core))


def missed_by(served: Served) -> set[str]:
    return {each["event"] for each in served.events() if each["event"].startswith("processes_share")}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_submission_that_is_on_its_way_is_answered_before_the_end(
    folder: Path, fresh_core: Core, workers: str
) -> None:
    with serving(fresh_core, folder, "--workers", workers) as served, ThreadPoolExecutor() as threads:
        token = served.sign_in(DUAN)
        fresh_core.break_("SubmitApplication", "hang")
        applied = threads.submit(apply, served, token)
        until(lambda: submitted(fresh_core))
        terminate_and_heal(served, fresh_core)
        answer = applied.result()
    assert answer["status"] == "ACCEPTED"
    assert journal(folder) == [("ACCEPTED", answer["reference"])]
    assert len(fresh_core.serials()) == 1


def test_a_core_that_hangs_holds_the_end_up_for_its_timeout_only(folder: Path, fresh_core: Core) -> None:
    # The client stays open until its thread has the answer.
    with ExitStack() as clients, ThreadPoolExecutor() as threads, running_bff(settings_for(fresh_core, folder)) as bff:
        token = bff.sign_in(DUAN)
        fresh_core.break_("SubmitApplication", "hang")
        staying = clients.enter_context(httpx2.Client(base_url=bff.url, timeout=60, trust_env=False))
        applied = threads.submit(apply, Bff(bff.url, staying), token)
        until(lambda: submitted(fresh_core))
        threads.submit(pass_time_while_it_stops, bff)
    assert applied.result()["status"] == "CONFIRMING"
    assert journal(folder) == [("CONFIRMING", None)]


def pass_time_while_it_stops(bff: Bff) -> None:
    until(lambda: not listens(bff))
    bff.pass_time(8)


def test_a_submission_whose_client_has_gone_is_waited_for_too(folder: Path, fresh_core: Core) -> None:
    with serving(fresh_core, folder) as served:
        token = served.sign_in(DUAN)
        fresh_core.break_("SubmitApplication", "hang")
        leave_while_applying(served, token, fresh_core)
        terminate_and_heal(served, fresh_core)
    assert [status for status, _ in journal(folder)] == ["ACCEPTED"]
    assert len(fresh_core.serials()) == 1


def test_who_watches_does_not_hold_the_end_up(folder: Path, fresh_core: Core) -> None:
    """Half a minute would be left for requests."""
    watching = "subscription ($id: ID!) { applicationProgress(id: $id) { status } }"
    with serving(fresh_core, folder, request_timeout=30) as served:
        token = served.sign_in(DUAN)
        body = {"query": watching, "variables": {"id": apply(served, token)["id"]}}
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
        with served.client.stream("POST", "/graphql", json=body, headers=headers) as stream:
            lines = stream.iter_lines()
            next(line for line in lines if line.startswith("data: {"))
            ended: Future[int] = ThreadPoolExecutor(1).submit(served.terminate)
            assert ended.result(timeout=20) == -signal.SIGTERM
    assert [each for each in served.events() if each["level"] == "error"] == []


def test_ctrl_c_again_ends_it_at_once_and_is_no_failure(folder: Path, fresh_core: Core) -> None:
    """The first waits for what the core does not answer."""
    with serving(fresh_core, folder, core_timeout=60, request_timeout=60) as served, ThreadPoolExecutor() as threads:
        token = served.sign_in(DUAN)
        fresh_core.break_("SubmitApplication", "hang")
        applied = threads.submit(apply, served, token)
        until(lambda: submitted(fresh_core))
        served.process.send_signal(signal.SIGINT)
        until(lambda: not listens(served))
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait() == 130
        assert isinstance(applied.exception(), httpx2.TransportError)
    assert [each for each in served.events() if each["level"] == "error"] == []
    assert journal(folder) == [("CONFIRMING", None)]


def terminate_and_heal(served: Served, core: Core) -> None:
    """The core answers what it has once the server takes no more."""
    served.process.send_signal(signal.SIGTERM)
    until(lambda: not listens(served))
    core.heal()
    served.process.wait()


def listens(served: Bff) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", int(served.url.rsplit(":", 1)[1]))) == 0


@pytest.mark.parametrize(
    ("chosen", "missed"),
    [
        ({}, {"processes_share_no_redis", "processes_share_sqlite"}),
        ({"cache_url": "redis://127.0.0.1:1/0"}, {"processes_share_sqlite"}),
    ],
)
def test_what_several_processes_do_not_share_is_said_at_their_start(
    folder: Path, fresh_core: Core, chosen: dict[str, str], missed: set[str]
) -> None:
    with serving(fresh_core, folder, "--workers", "2", **chosen) as served:
        assert missed_by(served) == missed


def test_one_process_lacks_nothing(folder: Path, fresh_core: Core) -> None:
    with serving(fresh_core, folder) as served:
        assert not missed_by(served)


@pytest.mark.parametrize(("trusted", "address"), [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.7")])
def test_a_caller_s_address_is_what_the_last_trusted_proxy_says(
    folder: Path, fresh_core: Core, trusted: str, address: str
) -> None:
    """Also where a proxy adds a line of its own to one that the caller made up."""
    hops = [("X-Forwarded-For", "203.0.113.66"), ("X-Forwarded-For", "203.0.113.7")]
    with serving(fresh_core, folder, trusted_proxies=trusted) as served:
        asked = {"input": {"username": DUAN, "loginPassword": "Practice-2019"}}
        body = {"query": OPERATIONS["SignIn"], "variables": asked}
        assert served.client.post("/graphql", json=body, headers=hops).status_code == 200
    with closing(sqlite3.connect(folder / "bff.sqlite3")) as db:
        assert db.execute("SELECT address FROM audit ORDER BY id DESC LIMIT 1").fetchone() == (address,)


def test_processes_that_share_a_socket_keep_no_answer_back() -> None:
    """Nagle's algorithm would hold a body until its headers are acknowledged, 40 ms later."""
    with closing(bound(uvicorn.Config("bff.app:create", host="127.0.0.1", port=0))) as shared:
        shared.listen()
        with closing(socket.create_connection(shared.getsockname())) as _, closing(shared.accept()[0]) as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("host", "bound_to", "opened"),
    [
        ("::1", "http://[::1]:8000", "http://[::1]:8000"),
        ("::", "http://[::]:8000", "http://[::1]:8000"),
        ("0.0.0.0", "http://0.0.0.0:8000", "http://127.0.0.1:8000"),  # noqa: S104 (not bound)
        ("127.0.0.1", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_a_link_is_one_that_a_browser_opens(
    host: str, bound_to: str, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(logs, "announce", told.append)
    listening = SimpleNamespace(getsockname=lambda: (host, 8000, 0, 0))
    announce("{url} {link}", listening)  # type: ignore[arg-type] # all that it uses of one
    assert told == [f"{bound_to} {opened}"]


def test_a_server_answers_at_the_address_of_ipv6_that_it_names(folder: Path, fresh_core: Core) -> None:
    with serving(fresh_core, folder, host="::1") as served:
        assert served.url.startswith("http://[::1]:")
        assert served.data("{ __typename }") == {"__typename": "Query"}


@pytest.mark.parametrize("setting", ["keep_alive", "head_timeout"])
def test_a_proxy_ends_idle_connections_before_the_server_does(setting: str) -> None:
    """nginx keeps them 60 seconds: one that the server ends at the same moment costs a member his request."""
    seconds = getattr(Settings(), setting).total_seconds()
    assert seconds == {"keep_alive": 75, "head_timeout": 10}[setting]
    assert ServerConfig(Starlette(), Settings()).timeout_keep_alive == 75
