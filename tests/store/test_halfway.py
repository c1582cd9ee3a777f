"""A password and the sessions that it opened change together: where the store fails halfway, the old one stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from bff.security import members
from bff.services import Services, open_services
from bff.store.tables import member
from tests.conftest import on_each_database, settings_for
from tests.store.test_housekeeping import person
from tests.support.servers import Core

NO_END = {
    "sqlite": "CREATE TRIGGER none BEFORE UPDATE OF ended_at ON session BEGIN SELECT RAISE(ABORT, 'none'); END",
    "postgresql": "ALTER TABLE session ADD CONSTRAINT none CHECK (ended_at IS NULL)",
}


@pytest.fixture
async def services(core: Core, tmp_path: Path, database: str) -> AsyncIterator[Services]:
    async with open_services(settings_for(core, tmp_path, database_url=database)) as services:
        yield services


@on_each_database
async def test_a_password_does_not_change_without_the_sessions(services: Services) -> None:
    store = services.store
    async with store.write() as db:
        await db.execute(insert(member).values(person("1", services.now())))
        await db.execute(text(NO_END[store.engine.dialect.name]))
    await services.sessions.start("1", "phone", unlock=False)
    with pytest.raises(IntegrityError):
        await services.sessions.end_for_password("1", members.new_password("1", "login", "new"))
    async with store.read() as db:
        assert (await db.execute(select(member.c.login_hash))).scalar_one() == "1"
