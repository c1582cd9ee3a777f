"""A client that hangs up, and the deadline: reads are cancelled, submissions never cut."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bff.resolvers import password
from bff.schema import build_schema
from bff.schema.mutation_timeout import LATE_TEXTS
from tests.conftest import settings_for
from tests.support.servers import OPERATIONS, Bff, Core, running_bff
from tests.support.serving import given_up, until

DUAN = "13800000001"
ACCOUNT = "{ me { account { balance { total } } } }"
ROWS = "{ me { account { contributions { totalCount } } } }"  # of the same service
SEEN = {"me": {"account": {"contributions": {"totalCount": 60}}}}
PROPERTY_FEE = {"idempotencyKey": "8f14e45f-ceea-467f-a1b2-0c5d9b3a7e11", "expectedAmount": "1500.00"}


@pytest.fixture
def patient(fresh_core: Core, tmp_path: Path) -> Iterator[Bff]:
    """Waits for the core for a minute, with one call at a time, and confirms nothing behind the client's back."""
    settings = settings_for(
        fresh_core, tmp_path / "bff", core_max_concurrency=1, core_timeout=60, request_timeout=60, confirm_every=3600
    )
    with running_bff(settings) as bff:
        yield bff


@contextmanager
def asking(
    bff: Bff, query: str, variables: Any, token: str, accept: str = "application/json"
) -> Iterator[socket.socket]:
    """A request is sent, and at the end of the block its connection closed."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    lines = [
        "POST /graphql HTTP/1.1", "Host: here", "Content-Type: application/json", f"Accept: {accept}",
        f"Authorization: Bearer {token}", f"Content-Length: {len(body)}",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", int(bff.url.rsplit(":", 1)[1])), timeout=30) as client:
        client.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        yield client


def called(core: Core, operation: str) -> Callable[[], bool]:
    return lambda: operation in core.control("GET", "calls")


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_read_ends_when_its_client_hangs_up(patient: Bff, fresh_core: Core, accept: str) -> None:
    token = patient.sign_in(DUAN)
    fresh_core.break_("QueryAccount", "hang")
    with asking(patient, ACCOUNT, {}, token, accept):
        until(called(fresh_core, "QueryAccount"))
    begun = time.monotonic()
    # The one call at a time is free again, long before the minute is over.
    assert patient.data(ROWS, token=token) == SEEN
    assert time.monotonic() - begun < 50


async def test_a_read_over_a_websocket_ends_when_the_client_completes_it(patient: Bff, fresh_core: Core) -> None:
    token = patient.sign_in(DUAN)
    fresh_core.break_("QueryAccount", "hang")
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{patient.url}/graphql", protocols=["graphql-transport-ws"]) as socket,
    ):
        await socket.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": ACCOUNT}})
        until(called(fresh_core, "QueryAccount"))
        await socket.send_json({"type": "complete", "id": "1"})
        await socket.send_json({"type": "subscribe", "id": "2", "payload": {"query": ROWS}})
        async with asyncio.timeout(20):
            answer = await socket.receive_json()
    assert (answer["id"], answer["payload"]) == ("2", {"data": SEEN})


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_submission_goes_on_when_its_client_hangs_up(patient: Bff, fresh_core: Core, accept: str) -> None:
    token = patient.sign_in(DUAN)
    fresh_core.break_("SubmitApplication", "delay", ms=400)
    with asking(patient, OPERATIONS["ApplyPropertyFeeWithdrawal"], {"input": PROPERTY_FEE}, token, accept):
        until(called(fresh_core, "SubmitApplication"))
    until(lambda: statuses(patient, token) == ["ACCEPTED"])
    assert fresh_core.calls()["SubmitApplication"] == 1


@pytest.fixture
def hurried(fresh_core: Core, tmp_path: Path) -> Iterator[Bff]:
    """Has ten minutes for a request, so that half a minute is left after its deadline, and more for the core."""
    settings = settings_for(fresh_core, tmp_path / "bff", core_timeout=6000, request_timeout=600, confirm_every=36000)
    with running_bff(settings) as bff:
        yield bff


def told_in_time(bff: Bff, core: Core, token: str) -> Any:
    """A submission's payload when the request has no time left and the core has not answered."""

    def send() -> Any:
        return bff.data("ApplyPropertyFeeWithdrawal", {"input": PROPERTY_FEE}, token)["applyPropertyFeeWithdrawal"]

    return given_up(bff, 570, core, {"SubmitApplication"}, send)


def test_a_submission_without_time_left_is_being_confirmed_and_goes_on(hurried: Bff, fresh_core: Core) -> None:
    token = hurried.sign_in(DUAN)
    fresh_core.break_("SubmitApplication", "hang")
    told = told_in_time(hurried, fresh_core, token)
    assert (told["application"]["status"], told["userErrors"]) == ("CONFIRMING", [])
    fresh_core.heal()
    until(lambda: statuses(hurried, token) == ["ACCEPTED"])
    again = hurried.data("ApplyPropertyFeeWithdrawal", {"input": PROPERTY_FEE}, token)["applyPropertyFeeWithdrawal"]
    assert again["application"]["id"] == told["application"]["id"]
    assert fresh_core.calls()["SubmitApplication"] == 1


def test_a_submission_without_time_left_that_was_not_sent_says_so_in_its_history(
    hurried: Bff, fresh_core: Core
) -> None:
    token = hurried.sign_in(DUAN)
    faults = [{"operation": "SubmitApplication", "kind": kind} for kind in ("hang", "closed")]
    fresh_core.control("PUT", "faults", faults)
    told = told_in_time(hurried, fresh_core, token)
    assert told["application"]["status"] == "CONFIRMING"
    fresh_core.heal()
    until(lambda: statuses(hurried, token) == ["NOT_RECEIVED"])
    (edge,) = hurried.data("ApplicationRecords", {}, token)["me"]["applications"]["edges"]
    notes = [step["note"] for step in edge["node"]["history"]]
    assert notes[1].startswith("申请尚未送达业务系统：当前不在业务系统的服务时间")


MUTATIONS = {
    "RequestSmsCode": ({"phone": DUAN, "purpose": "REGISTER"}, "验证码"),
    "ChangePassword": (
        {"which": "LOGIN", "currentPassword": "Practice-2018", "newPassword": "Autumn-Wind-9"},
        "密码",
    ),
}


@pytest.mark.parametrize("operation", MUTATIONS)
def test_a_mutation_without_time_left_says_that_it_goes_on(
    hurried: Bff, fresh_core: Core, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password, "TELLING", 6000.0)
    asked, about = MUTATIONS[operation]
    token = hurried.sign_in(DUAN)
    fresh_core.break_("SendMessage", "hang")

    def send() -> Any:
        return hurried.execute(operation, {"input": asked}, token)

    (error,) = given_up(hurried, 600, fresh_core, {"SendMessage"}, send)["errors"]
    assert error["extensions"] == {"code": "TIMEOUT", "outcomeUnknown": True}
    assert about in error["message"]
    assert "请求超时" not in error["message"]
    fresh_core.heal()
    until(lambda: len(fresh_core.inbox(DUAN)) == 1)


def test_each_mutation_has_a_text_of_its_own_or_is_an_application() -> None:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    assert {name for name in mutation.fields if not name.startswith("apply")} == LATE_TEXTS.keys()


def test_a_submission_outlives_the_server_being_stopped(fresh_core: Core, tmp_path: Path) -> None:
    settings = settings_for(fresh_core, tmp_path / "bff", core_timeout=60, request_timeout=60, confirm_every=3600)
    with running_bff(settings) as bff:
        token = bff.sign_in(DUAN)
        fresh_core.break_("SubmitApplication", "delay", ms=400)
        with asking(bff, OPERATIONS["ApplyPropertyFeeWithdrawal"], {"input": PROPERTY_FEE}, token):
            until(called(fresh_core, "SubmitApplication"))
    fresh_core.heal()
    with running_bff(settings, at_start=None) as bff:
        assert statuses(bff, bff.sign_in(DUAN)) == ["ACCEPTED"]


def test_a_query_is_answered_before_the_deadline(fresh_core: Core, tmp_path: Path) -> None:
    settings = settings_for(fresh_core, tmp_path / "bff", core_timeout=6000, request_timeout=600)
    with running_bff(settings) as bff:
        token = bff.sign_in(DUAN)
        fresh_core.break_("QueryAccount", "hang")
        answer = given_up(bff, 570, fresh_core, {"QueryAccount"}, lambda: bff.execute(ACCOUNT, token=token))
    assert answer["data"] == {"me": {"account": None}}
    assert answer["errors"][0]["extensions"]["code"] == "CORE_TIMEOUT"


def statuses(bff: Bff, token: str) -> list[str]:
    found = bff.data("ApplicationRecords", {}, token)["me"]["applications"]["edges"]
    return [edge["node"]["status"] for edge in found]
