"""What one process counts, learns or changes holds in another; without Redis each goes on by itself."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.processes.asking import tries_until_refused
from tests.processes.conftest import Place
from tests.support.servers import OPERATIONS, Bff, Core
from tests.support.serving import Served, serving, until

DUAN = "13800000001"
ELSEWHERE = "203.0.113.7"

pytestmark = pytest.mark.services
Two = tuple[Served, Served]


def wrong_sign_in(bff: Bff, address: str = ELSEWHERE) -> str:
    asked = {"username": DUAN, "loginPassword": "Practice-2019"}
    code: str = bff.data("SignIn", {"input": asked}, address=address)["signIn"]["userErrors"][0]["code"]
    return code


def apply(bff: Bff, token: str) -> Any:
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    applied = bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token)["applyPropertyFeeWithdrawal"]
    assert applied["userErrors"] == []
    return applied["application"]


def total(bff: Bff, token: str) -> str:
    balance: str = bff.data("AccountInfo", token=token)["me"]["account"]["balance"]["total"]
    return balance


def test_tries_in_one_process_count_in_the_other(two: Two) -> None:
    """Each by itself would take three."""
    assert tries_until_refused(DUAN, 3 * [(each, ELSEWHERE) for each in two]) in (3, 4, 5)


def test_without_redis_each_process_counts_by_itself(two: Two, place: Place) -> None:
    wrong_sign_in(two[0])
    place.redis_process.kill()
    place.redis_process.wait()
    for each in two:
        assert tries_until_refused(DUAN, [(each, ELSEWHERE)] * 10) >= 3


def test_without_redis_members_sign_in_read_and_apply(two: Two, place: Place) -> None:
    here, there = two
    place.redis_process.kill()
    place.redis_process.wait()
    token = here.sign_in(DUAN)
    assert total(there, token) == "30921.43"
    assert apply(here, token)["status"] == "ACCEPTED"
    assert total(there, token) == "30921.43"


def test_a_session_is_one_everywhere(two: Two) -> None:
    here, there = two
    token = here.sign_in(DUAN)
    assert total(there, token) == "30921.43"
    there.data("SignOut", token=token)
    assert here.execute("AccountInfo", token=token)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_an_account_that_changed_here_is_read_anew_there(two: Two, fresh_core: Core) -> None:
    here, there = two
    token = here.sign_in(DUAN)
    assert [total(here, token), total(there, token)] == ["30921.43"] * 2
    application = apply(here, token)
    complete(fresh_core, serial_of(fresh_core))
    until(lambda: status(here, token, application["id"]) == "COMPLETED")
    assert total(there, token) == "29421.43"


def test_who_watches_here_sees_what_was_learnt_there(two: Two, place: Place, fresh_core: Core) -> None:
    """The one that is watched cannot reach the core: it knows the other's news from the store alone."""
    here, _ = two
    token = here.sign_in(DUAN)
    application = apply(here, token)
    body = {"query": OPERATIONS["ApplicationProgress"], "variables": {"id": application["id"]}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    seen: list[str] = []
    with (
        serving(fresh_core, place.folder, **{**place.settings, "core_url": "http://127.0.0.1:1"}) as cut_off,
        cut_off.client.stream("POST", "/graphql", json=body, headers=headers) as stream,
    ):
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                seen.append(json.loads(line[6:])["data"]["applicationProgress"]["status"])
                if seen == ["ACCEPTED"]:
                    complete(fresh_core, serial_of(fresh_core))
                    until(lambda: status(here, token, application["id"]) == "COMPLETED")
    assert seen == ["ACCEPTED", "COMPLETED"]


def status(bff: Bff, token: str, application_id: str) -> str:
    found: str = bff.data("ApplicationRecord", {"id": application_id}, token)["me"]["application"]["status"]
    return found


def complete(core: Core, serial: str) -> None:
    core.control("PUT", f"applications/{serial}", {"status": "COMPLETED"})


def serial_of(core: Core) -> str:
    """Of the only application in the core."""
    (serial,) = core.serials()
    return serial
