"""Every row of the table, with what the practice core says: it comes back as it went in, types and all."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bff.cache.policy import TABLE
from bff.cache.record_cache import RecordCache
from bff.legacy import Core
from bff.resolvers.quote import read_facts
from bff.rules.application import Submission
from bff.rules.application_kinds import ApplicationKind
from bff.store.keyvalue import in_memory
from tests.legacy.conftest import core_settings
from tests.support.servers import ROOT
from tests.support.servers import Core as PracticeCore

DUAN = "990140300001"
FIRST: dict[str, Any] = {"since": None, "until": None, "page": 1, "size": 21}

CALLS: dict[str, Callable[[Core], Awaitable[Any]]] = {
    "account": lambda core: core.account.account(DUAN),
    "contributions": lambda core: core.account.contributions(DUAN, **FIRST),
    "withdrawals": lambda core: core.account.withdrawals(DUAN, **FIRST),
    "loans": lambda core: core.loan.loans(DUAN),
    "repayments": lambda core: _of_loan(core, lambda number: core.loan.repayments(number, **FIRST)),
    "plan": lambda core: _of_loan(core, core.loan.plan),
    "facts": lambda core: read_facts(core, DUAN),
    "application": lambda core: _application(core),
    "applications": lambda core: core.application.applications(DUAN, page=1, size=20),
    "bulletins": lambda core: core.information.bulletins(None, None, **FIRST),
    "bulletin": lambda core: _first_bulletin(core),
    "developments": lambda core: core.information.developments(None, None, since=None, until=None, page=1, size=20),
    "channels": lambda core: core.information.channels(),
    "outlets": lambda core: core.information.outlets(),
    "faqs": lambda core: core.information.faqs(),
    "calendar": lambda core: core.information.calendar(date(2018, 10, 1), date(2018, 12, 31)),
}


async def _of_loan(core: Core, call: Callable[[str], Awaitable[Any]]) -> Any:
    return await call((await core.loan.loans(DUAN))[0].number)


async def _application(core: Core) -> Any:
    serial = uuid4().hex
    await core.application.submit(Submission(serial, DUAN, ApplicationKind.PROPERTY_FEE, Decimal("1500.00")))
    return await core.application.find(serial)


async def _first_bulletin(core: Core) -> Any:
    return await core.information.bulletin((await core.information.bulletins(None, None, **FIRST)).rows[0].id)


@pytest.fixture
async def gateways(core: PracticeCore) -> AsyncIterator[Core]:
    now = datetime(2018, 10, 25, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    settings = core_settings(core.url, password="practice")
    found = await Core.connect(settings, lambda: now, lambda *_: None)
    yield found
    await found.close()


def test_every_row_has_an_example() -> None:
    assert [row.name for row in TABLE] == list(CALLS)


def test_nothing_is_kept_for_less_long_than_it_is_fresh() -> None:
    assert [row.name for row in TABLE if row.kept < row.fresh] == []


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_a_record_comes_back_as_it_went_in(row: Any, gateways: Core) -> None:
    calls = []

    async def call() -> Any:
        calls.append(await CALLS[row.name](gateways))
        return calls[-1]

    cache = RecordCache(in_memory(10))
    answers = [(await cache.read(row, "1", call)).record for _ in range(2)]
    assert len(calls) == 1
    assert calls[0] not in (None, ())
    assert answers == calls * 2
    assert without_moments(answers) == without_moments(calls * 2)


def without_moments(records: object) -> str:
    """As written: amounts that are equal may differ in their places. Moments come back in UTC."""
    return re.sub(r"datetime\.datetime\(.*?\)(?=, (?:stages|note)=)", "", repr(records))


def test_the_how_to_names_every_record_that_may_be_stale() -> None:
    page = (ROOT / "docs" / "how-to" / "connect-a-client.md").read_text("utf-8")
    listed = re.search(r"The keys are (.+?);", page, re.DOTALL)
    assert listed is not None
    assert re.findall(r"`(\w+)`", listed[1]) == [row.name for row in TABLE if row.stale]
