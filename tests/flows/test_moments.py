"""Moments of cores that write them in several ways; whatever leaves the server has the centre's offset."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bff.errors import ApiError
from bff.resolvers.core_reads import ask
from bff.rules.dates import CENTRE_TIME
from tests.conftest import settings_for
from tests.legacy.conftest import RECORDED, Played, http, playing
from tests.support.rewriting import Written, rewriting
from tests.support.servers import Bff, Core, running_bff

WAYS = {
    "UTC": lambda local: f"{local - timedelta(hours=8):%Y-%m-%dT%H:%M:%S}Z",
    "Tokyo": lambda local: f"{local + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.000+09:00",
    "no zone": lambda local: f"{local:%Y-%m-%dT%H:%M:%S}",
    "centre": lambda local: f"{local:%Y-%m-%dT%H:%M:%S}+08:00",
}
NONE = ("0001-01-01T00:00:00", "1899-12-30T00:00:00Z", "1899-12-31T00:00:00+08:00", "1900-01-01T00:00:00")


def moments(bff: Bff, token: str) -> tuple[str, list[str]]:
    """When the latest application was submitted, and its history."""
    edge = bff.data("ApplicationRecords", {"first": 1}, token)["me"]["applications"]["edges"][0]
    return edge["node"]["submittedAt"], [step["at"] for step in edge["node"]["history"]]


def apply(bff: Bff, token: str) -> None:
    asked = {"input": {"idempotencyKey": "k", "expectedAmount": "1500.00"}}
    payload = bff.data("ApplyPropertyFeeWithdrawal", asked, token)["applyPropertyFeeWithdrawal"]
    assert payload["userErrors"] == []


@pytest.mark.parametrize("way", WAYS)
def test_a_history_has_the_moments_that_the_core_means_in_the_centres_time(
    way: str, fresh_core: Core, tmp_path: Path
) -> None:
    wall_clock: list[str] = []

    def write(reply: Written) -> Written:
        def other(found: re.Match[bytes]) -> bytes:
            wall_clock.append(found[2].decode())
            return found[1] + WAYS[way](datetime.fromisoformat(wall_clock[-1])).encode()

        return replace(reply, body=re.sub(rb"((?:SLSJ|SJ)>)(\d{4}[0-9T:-]+)", other, reply.body))

    with rewriting(fresh_core, write) as core, running_bff(settings_for(core, tmp_path)) as bff:
        token = bff.sign_in("13800000001")
        apply(bff, token)
        submitted, history = moments(bff, token)
    assert history == [submitted, f"{wall_clock[-1]}+08:00"]
    assert submitted.endswith("+08:00")


@pytest.mark.parametrize("none", NONE)
def test_a_stage_without_a_moment_has_that_of_the_step_before(none: str, fresh_core: Core, tmp_path: Path) -> None:
    def write(reply: Written) -> Written:
        body = re.sub(rb"((?:SLSJ|SJ)>)\d{4}[0-9T:-]+", rb"\g<1>" + none.encode(), reply.body)
        return replace(reply, body=body)

    with rewriting(fresh_core, write) as core, running_bff(settings_for(core, tmp_path)) as bff:
        token = bff.sign_in("13800000001")
        apply(bff, token)
        submitted, history = moments(bff, token)
    assert history == [submitted, submitted]


def test_every_moment_of_a_session_has_the_centres_offset(bff: Bff) -> None:
    asked = {"username": "13800000001", "loginPassword": "Practice-2018", "queryPassword": "201810"}
    session = bff.data("SignIn", {"input": asked})["signIn"]["session"]
    listed = bff.data("{ me { sessions { createdAt lastUsedAt } } }", token=session["accessToken"])["me"]["sessions"]
    told = [value for name, value in session.items() if name.endswith(("At", "Until"))]
    told += [value for row in listed for value in row.values()]
    assert len(told) >= 5
    assert [each for each in told if not each.endswith("+08:00")] == []


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
def host_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


async def closed(opens_at: str) -> dict[str, Any]:
    """Extensions of what a client is told by a core that is closed until then."""

    async def play(_: Played, writer: Any, serial: str) -> None:
        body = (RECORDED / "account_refused_closed.xml").read_bytes().replace(b"@SERIAL@", serial.encode())
        writer.write(http(200, body.replace(b"2018-10-26T08:30:00", opens_at.encode())))

    async with playing(play) as (core, _):
        with pytest.raises(ApiError) as api_error:
            await ask(core.account.account("990140300001"))
    return {"message": str(api_error.value), **api_error.value.extensions}


@pytest.mark.parametrize("way", WAYS)
async def test_the_wait_until_a_core_opens_does_not_hang_on_the_hosts_zone(way: str, host_zone: str) -> None:
    local = (datetime.now(UTC).astimezone(CENTRE_TIME) + timedelta(hours=1)).replace(microsecond=0)
    told = await closed(WAYS[way](local.replace(tzinfo=None)))
    assert 3590 < told["retryAfterSeconds"] <= 3601
    assert told["opensAt"] == f"{local:%Y-%m-%dT%H:%M:%S}+08:00"
    assert f"{local.year}年{local.month}月{local.day}日{local:%H:%M}" in told["message"]


@pytest.mark.parametrize("none", [*NONE, "-0044-03-15T09:00:00", "9999-12-31T24:00:00"])
async def test_a_core_that_does_not_say_when_it_opens_is_closed_all_the_same(none: str) -> None:
    told = await closed(none)
    assert "opensAt" not in told
    assert told["message"] == "当前不在业务系统的服务时间，请在服务时间内再试。"
