"""What a sick, closed or overrun core means for those who ask, from the front door to the practice core."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import settings_for
from tests.servers import Bff, Core, running_bff

DUAN = "13800000001"
BALANCE = "{ me { account { balance { total } } } }"
APPLY = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}


@contextmanager
def signed_in(core: Core, folder: Path, **settings: object) -> Iterator[tuple[Bff, str]]:
    with running_bff(settings_for(core, folder, core_timeout=2, **settings)) as bff:
        yield bff, bff.sign_in(DUAN)


def extensions(answer: dict[str, Any]) -> dict[str, Any]:
    (error,) = answer["errors"]
    found: dict[str, Any] = error["extensions"]
    return found


@pytest.mark.parametrize("kind", ["reset", "html502", "fault", "truncate"])
def test_a_service_that_fails_in_a_row_is_spared(kind: str, fresh_core: Core, tmp_path: Path) -> None:
    with signed_in(fresh_core, tmp_path, core_outages=3, core_pause=60, core_retry_share=0) as (bff, token):
        fresh_core.calls()
        fresh_core.break_("QueryAccount", kind)
        answers = [bff.execute(BALANCE, token=token) for _ in range(5)]
    assert {extensions(each)["code"] for each in answers} == {"CORE_UNAVAILABLE"}
    assert [extensions(each)["retryAfterSeconds"] for each in answers] == [30, 30, 30, 60, 60]
    assert fresh_core.calls() == {"QueryAccount": 3}


def test_a_hiccup_is_not_seen(fresh_core: Core, tmp_path: Path) -> None:
    with signed_in(fresh_core, tmp_path, core_outages=1000) as (bff, token):
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
    assert [extensions(each)["opensAt"] for each in answers] == ["2018-10-26T08:30:00"] * 3
    assert fresh_core.calls() == {"QueryAccount": 1}


def test_an_application_to_a_closed_core_was_not_sent_and_can_be_made_again(fresh_core: Core, tmp_path: Path) -> None:
    with signed_in(fresh_core, tmp_path) as (bff, token):
        fresh_core.break_("SubmitApplication", "closed")
        refused = bff.execute("ApplyPropertyFeeWithdrawal", {"input": APPLY}, token)
        assert extensions(refused)["code"] == "CORE_UNAVAILABLE"
        fresh_core.heal()
        made = bff.data("ApplyPropertyFeeWithdrawal", {"input": APPLY}, token)["applyPropertyFeeWithdrawal"]
        assert made["application"]["status"] == "ACCEPTED"


def test_a_request_that_takes_several_calls_keeps_within_its_deadline(fresh_core: Core, tmp_path: Path) -> None:
    with signed_in(fresh_core, tmp_path, request_timeout=1, core_retry_share=0) as (bff, token):
        fresh_core.break_("*", "hang")
        answer = bff.execute("AccountInfo", token=token)
        assert {each["extensions"]["code"] for each in answer["errors"]} <= {"TIMEOUT", "CORE_TIMEOUT"}
        protection = bff.services.core.protection["CollectionService"]
        assert (protection.bulkhead.in_flight, protection.outages.is_open) == (0, False)


def test_a_server_that_stops_writes_down_what_it_sent(fresh_core: Core, tmp_path: Path) -> None:
    with signed_in(fresh_core, tmp_path, request_timeout=0.5, confirm_every=3600) as (bff, token):
        fresh_core.break_("SubmitApplication", "delay", ms=1500)
        late = bff.execute("ApplyPropertyFeeWithdrawal", {"input": APPLY}, token)
        assert extensions(late)["code"] == "TIMEOUT"
    with sqlite3.connect(tmp_path / "bff.sqlite3") as store:
        assert store.execute("SELECT status FROM application").fetchall() == [("ACCEPTED",)]
    store.close()
