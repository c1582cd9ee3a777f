"""The tables come out the same from nothing, again, and from two processes at once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bff.store import MIGRATIONS, Store
from bff.store.tables import metadata
from tests.conftest import on_each_database


def differences(connection: Connection) -> list[object]:
    """Between the tables that are there and those that the statements are written for."""
    found: list[object] = list(compare_metadata(MigrationContext.configure(connection), metadata))
    return found


async def state(store: Store) -> tuple[list[str], list[object]]:
    async with store.engine.connect() as connection:
        versions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
        return list(versions), await connection.run_sync(differences)


async def state_at(url: str) -> tuple[list[str], list[object]]:
    store = await Store.open(url)
    found = await state(store)
    await store.close()
    return found


def newest() -> list[str]:
    return ScriptDirectory(str(MIGRATIONS)).get_heads()


@on_each_database
async def test_from_nothing_they_make_the_tables_that_the_statements_know(store: Store) -> None:
    assert await state(store) == (newest(), [])


@on_each_database
async def test_a_second_time_they_change_nothing(store: Store) -> None:
    await store.migrate()
    assert await state(store) == (newest(), [])


@on_each_database
def test_four_processes_at_once_make_them_once(store_url: str) -> None:
    command = [str(Path(sys.executable).with_name("bff")), "migrate"]
    processes = [
        subprocess.Popen(command, env=os.environ | {"BFF_DATABASE_URL": store_url}, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [(each.communicate()[1], each.returncode) for each in processes] == [("", 0)] * 4
    assert asyncio.run(state_at(store_url)) == (newest(), [])
