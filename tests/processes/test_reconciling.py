"""The search for applications whose reply was lost: by one process at a time, and by another when that one dies."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import select

from bff.store.database import Store
from bff.store.tables import application
from tests.processes.conftest import Place
from tests.support.servers import Core
from tests.support.serving import serving, until

pytestmark = pytest.mark.services


def statuses(url: str) -> list[str]:
    async def asked() -> list[str]:
        store = await Store.open(url)
        async with store.read() as db:
            found = list((await db.execute(select(application.c.status))).scalars())
        await store.close()
        return found

    return asyncio.run(asked())


def test_another_process_takes_over_what_a_killed_one_was_asking(place: Place, fresh_core: Core) -> None:
    with serving(fresh_core, place.folder, **place.settings) as first:
        fresh_core.control(
            "PUT",
            "faults",
            [
                {"operation": "SubmitApplication", "kind": "lost_reply"},
                {"operation": "QueryApplication", "kind": "hang"},
            ],
        )
        asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
        first.data("ApplyPropertyFeeWithdrawal", {"input": asked}, first.sign_in("13800000001"))
        until(lambda: "QueryApplication" in fresh_core.control("GET", "calls"))
        first.kill()
    fresh_core.heal()
    assert statuses(place.database) == ["CONFIRMING"]
    with serving(fresh_core, place.folder, **place.settings):
        until(lambda: statuses(place.database) == ["ACCEPTED"])
    assert (fresh_core.calls()["SubmitApplication"], len(fresh_core.serials())) == (1, 1)
