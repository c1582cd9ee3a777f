"""What a sick, closed or overrun core means for those who ask, from the front door to the practice core."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import settings_for
from tests.support.servers import Bff, Core, running_bff
from tests.support.serving import given_up, until

DUAN = "13800000001"
BALANCE = "{ me { account { balance { total } } } }"
APPLY = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}


@contextmanager
def signed_in(core: Core, folder: Path, **settings: object) -> Iterator[tuple[Bff, str]]:
    with running_bff(settings_for(core, folder, **settings)) as bff:
        yield bff, bff.sign_in(DUAN)


def heal_while_it_stops(bff: Bff, core: Core) -> None:
    until(lambda: takes_no_more(bff))
    core.heal()


def takes_no_more(bff: Bff) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", int(bff.url.rsplit(":", 1)[1]))) != 0


def extensions(answer: dict[str, Any]) -> dict[str, Any]:
    (error,) = answer["errors"]
    found: dict[str, Any] = error["extensions"]
    return found


@pytest.mark.parametrize("kind", ["reset", "html502", "fault", "truncate"])
def test_failures_in_a_row_open_the_circuit_breaker(kind: str, fresh_core: Core, tmp_path: Path) -> None:
    with signed_in(fresh_core, tmp_path, core_breaker_failures=3, core_breaker_seconds=60, core_retry_share=0) as (
        bff,
        token,
    ):
        fresh_core.calls()
        fresh_core.break_("QueryAccount", kind)
        answers = [bff.execute(BALANCE, token=token) for _ in range(5)]
    assert {extensions(each)["code"] for each in answers} == {"CORE_UNAVAILABLE"}
    assert [extensions(each)["retryAfterSeconds"] for each in answers] == [30, 30, 30, 60, 60]
    assert fresh_core.calls() == {"QueryAccount": 3}


def test_a_hiccup_is_not_seen(fresh_core: Core, tmp_path: Path) -> None:
    with signed_in(fresh_core, tmp_path, core_breaker_failures=1000) as (bff, token):
        fresh_core.break_("*", "reset", rate=0.1)
        for _ in range(10):
            bff.data(BALANCE, token=token)


def test_while_the_core_is_closed_it_is_left_alone_and_the_answer_says_when_it_opens(
    fresh_core: Core, tmp_path: Path
) -> None:
    with signed_in(fresh_core, tmp_path, core_closed_pause=60) as (bff, token):
        fresh_core.calls()
        fresh_core.break_("*", "closed")
        answers = [bff.execute(BALANCE, token=token) for _ in range(3)]
    closed = {"code": "CORE_CLOSED", "opensAt": "2018-10-26T08:30:00+08:00", "retryAfterSeconds": 30}
    assert [extensions(each) for each in answers] == [closed] * 3
    assert fresh_core.calls() == {"QueryAccount": 1}


def test_an_application_to_a_closed_core_was_not_sent_and_can_be_made_again(fresh_core: Core, tmp_path: Path) -> None:
    with signed_in(fresh_core, tmp_path) as (bff, token):
        fresh_core.break_("SubmitApplication", "closed")
        refused = bff.execute("ApplyPropertyFeeWithdrawal", {"input": APPLY}, token)
        assert extensions(refused)["code"] == "CORE_CLOSED"
        fresh_core.heal()
        made = bff.data("ApplyPropertyFeeWithdrawal", {"input": APPLY}, token)["applyPropertyFeeWithdrawal"]
        assert made["application"]["status"] == "ACCEPTED"


def test_a_run_on_the_server_reaches_the_core_bounded_and_the_rest_is_told_at_once(
    fresh_core: Core, tmp_path: Path
) -> None:
    chosen = {"core_max_concurrency": 3, "core_max_queue": 10, "core_timeout": 60, "request_timeout": 60}
    with signed_in(fresh_core, tmp_path, **chosen) as (bff, token), ThreadPoolExecutor(40) as threads:
        fresh_core.calls()
        fresh_core.break_("*", "hang")
        asked = [threads.submit(bff.execute, BALANCE, token=token) for _ in range(40)]
        until(lambda: sum(each.done() for each in asked) == 27 and fresh_core.control("GET", "load")["inFlight"] == 3)
        fresh_core.heal()
        answers = [each.result() for each in asked]
    refused = [extensions(each) for each in answers if "errors" in each]
    assert fresh_core.control("GET", "load")["peak"] == 3
    assert fresh_core.calls() == {"QueryAccount": 13}
    assert refused == [{"code": "CORE_UNAVAILABLE", "retryAfterSeconds": 5}] * 27


def test_a_call_is_cut_short_before_its_request_is(fresh_core: Core, tmp_path: Path) -> None:
    chosen = {"request_timeout": 600, "core_retry_share": 0}
    with signed_in(fresh_core, tmp_path, **chosen, core_timeout=6000) as (bff, token):
        fresh_core.break_("loan", "hang")
        answer = given_up(
            bff, 570, fresh_core, {"QueryLoans"}, lambda: bff.execute("AccountInfo", token=token), {"QueryAccount"}
        )
        assert answer["data"]["me"]["account"]["balance"]["total"] == "30921.43"
        assert extensions(answer)["code"] == "CORE_TIMEOUT"
        protection = bff.services.core.call_policies["LoanService"]
        assert (protection.bulkhead.in_flight, protection.breaker.is_open) == (0, False)


def test_a_server_that_stops_writes_down_what_it_sent(fresh_core: Core, tmp_path: Path) -> None:
    with (
        ThreadPoolExecutor() as threads,
        signed_in(fresh_core, tmp_path, core_timeout=6000, request_timeout=600, confirm_every=36000) as (bff, token),
    ):
        fresh_core.break_("SubmitApplication", "hang")

        def send() -> Any:
            return bff.data("ApplyPropertyFeeWithdrawal", {"input": APPLY}, token)["applyPropertyFeeWithdrawal"]

        late = given_up(bff, 570, fresh_core, {"SubmitApplication"}, send)
        assert late["application"]["status"] == "CONFIRMING"
        threads.submit(heal_while_it_stops, bff, fresh_core)
    with sqlite3.connect(tmp_path / "bff.sqlite3") as store:
        assert store.execute("SELECT status FROM application").fetchall() == [("ACCEPTED",)]
    store.close()
