"""A store that is away, hangs, is full or takes no writes: an error of its own, and `/readyz` says which."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bff.observability import logging as logs
from bff.server import readiness
from bff.store import database as store
from tests.conftest import settings_for
from tests.support.gate import Gate, gate
from tests.support.servers import Bff, Core, running_bff
from tests.support.services import mounted, postgresql_database
from tests.support.serving import until

DUAN = "13800000001"
NAME = "{ me { name } }"
REVEAL = "{ me { idNumber(reveal: true) } }"
SIGN_IN = {"input": {"username": DUAN, "loginPassword": "Practice-2018"}}
UNAVAILABLE = {"code": "STORE_UNAVAILABLE"}


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    logs.configure("WARNING", "json")  # the pictures that structlog draws of exceptions would take longer than all else
    monkeypatch.setattr(readiness, "HOLDS", 0.0)
    monkeypatch.setattr(readiness, "REMEMBERED", 60.0)


@contextmanager
def impatient() -> Iterator[None]:
    """While the store does not answer: one that does would be given up, too, by a server that stalls."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(readiness, "PATIENCE", 1.5)
        patched.setattr(store, "PATIENCE", 1.5)
        yield


def is_ready_again(bff: Bff) -> bool:
    """Without waiting until a write that was refused is forgotten."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(readiness, "REMEMBERED", 0.0)
        return store_of(bff) == (200, "ok")


@pytest.fixture
def database() -> Iterator[str]:
    with postgresql_database() as url:
        yield url


@pytest.fixture
def way(database: str) -> Iterator[Gate]:
    url = make_url(database)
    with gate(str(url.host), url.port or 5432) as found:
        yield found


@pytest.fixture
def behind_it(core: Core, tmp_path: Path, database: str, way: Gate) -> Iterator[Bff]:
    url = make_url(database).set(host="127.0.0.1", port=way.port).render_as_string(hide_password=False)
    with running_bff(settings_for(core, tmp_path, database_url=url)) as bff:
        bff.tokens["me"] = bff.sign_in(DUAN)
        yield bff
        way.open()


@pytest.fixture
def on_sqlite(core: Core, tmp_path: Path) -> Iterator[Bff]:
    with impatient(), running_bff(settings_for(core, tmp_path)) as bff:
        bff.tokens["me"] = bff.sign_in(DUAN)
        yield bff


def refused(answer: Any) -> dict[str, Any]:
    """The extensions of the only error; its message is the person's."""
    (error,) = answer["errors"]
    assert error["message"] == "系统繁忙，请稍后再试。"
    extensions: dict[str, Any] = error["extensions"]
    return extensions


def store_of(bff: Bff) -> tuple[int, str]:
    answer = bff.client.get("/readyz")
    return answer.status_code, answer.json()["store"]


@pytest.mark.services
@pytest.mark.parametrize("how", [Gate.shut, Gate.hang], ids=["away", "hangs"])
def test_a_store_that_does_not_answer_is_said_before_the_request_s_time_is_over(
    how: Callable[[Gate], None], behind_it: Bff, way: Gate
) -> None:
    how(way)
    with impatient():
        assert refused(behind_it.execute(NAME, token=behind_it.tokens["me"])) == {**UNAVAILABLE, "retryAfterSeconds": 5}
        assert refused(behind_it.execute("SignIn", SIGN_IN)) == {**UNAVAILABLE, "retryAfterSeconds": 5}
        assert store_of(behind_it) == (503, "away")
    way.open()
    until(lambda: is_ready_again(behind_it))
    assert behind_it.data(NAME, token=behind_it.tokens["me"])["me"]["name"] == "段小梅"


@pytest.mark.services
def test_a_lock_that_is_not_given_back_is_said_likewise(behind_it: Bff, database: str) -> None:
    with locked(database, "session"), impatient():
        extensions = refused(behind_it.execute(NAME, token=behind_it.tokens["me"]))
    assert extensions["code"] == "STORE_UNAVAILABLE"
    assert behind_it.data(NAME, token=behind_it.tokens["me"])


@contextmanager
def locked(url: str, table: str) -> Iterator[None]:
    """Meanwhile nobody else reads the table."""
    runner = asyncio.Runner()
    engine = create_async_engine(url)
    connection = engine.connect()

    async def lock() -> None:
        await connection.start()
        await connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))

    async def release() -> None:
        await connection.close()
        await engine.dispose()

    with runner:
        runner.run(lock())
        try:
            yield
        finally:
            runner.run(release())


def run(url: str, *statements: str) -> None:
    async def executed() -> None:
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for each in statements:
                await connection.execute(text(each))
        await engine.dispose()

    asyncio.run(executed())


@pytest.mark.services
def test_a_postgresql_that_only_reads_is_not_ready(behind_it: Bff, database: str) -> None:
    """As after a failover, with connections to what is a standby now."""
    name = make_url(database).database
    others = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    run(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on", others)
    assert behind_it.data(NAME, token=behind_it.tokens["me"])["me"]["name"] == "段小梅"
    assert refused(behind_it.execute("SignIn", SIGN_IN)) == {**UNAVAILABLE, "retryAfterSeconds": 30}
    assert store_of(behind_it) == (503, "read-only")
    writing = "SET default_transaction_read_only = off"
    run(database, writing, f"ALTER DATABASE {name} RESET default_transaction_read_only", others)


@dataclass(eq=False)
class Limit:
    """A PRAGMA that each use of the store's connections begins with. It stays on a pooled connection, so that lifting
    it takes another PRAGMA."""

    pragma: str

    def __call__(self, connection: Any, *_: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA {self.pragma}")
        cursor.close()


def limited(bff: Bff, pragma: str) -> Limit:
    limit = Limit(pragma)
    event.listen(bff.services.store.engine.sync_engine, "checkout", limit)
    return limit


def test_a_sqlite_file_that_only_reads_is_not_ready(on_sqlite: Bff) -> None:
    limited(on_sqlite, "query_only = ON")
    assert on_sqlite.data(NAME, token=on_sqlite.tokens["me"])["me"]["name"] == "段小梅"
    assert refused(on_sqlite.execute("SignIn", SIGN_IN)) == {**UNAVAILABLE, "retryAfterSeconds": 30}
    assert store_of(on_sqlite) == (503, "read-only")


def test_a_full_sqlite_file_is_not_ready(on_sqlite: Bff) -> None:
    limited(on_sqlite, "max_page_count = 1")
    assert until_refused(on_sqlite, on_sqlite.tokens["me"]) == {**UNAVAILABLE, "retryAfterSeconds": 30}
    assert store_of(on_sqlite) == (503, "full")
    assert on_sqlite.data(NAME, token=on_sqlite.tokens["me"])["me"]["name"] == "段小梅"


def test_a_disk_without_room_is_not_ready_until_there_is_some(core: Core, tmp_path: Path) -> None:
    filling = tmp_path / "disk" / "other"
    filling.parent.mkdir()
    with (
        mounted(filling.parent, "-t", "tmpfs", "-o", "size=4m", "tmpfs"),
        running_bff(settings_for(core, filling.parent)) as bff,
    ):
        token = bff.sign_in(DUAN)
        with suppress(OSError), filling.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        assert until_refused(bff, token) == {**UNAVAILABLE, "retryAfterSeconds": 30}
        assert store_of(bff) == (503, "full")
        assert bff.data(NAME, token=token)["me"]["name"] == "段小梅"
        filling.unlink()
        assert bff.data(REVEAL, token=token)["me"]["idNumber"]
        until(lambda: is_ready_again(bff))


def until_refused(bff: Bff, token: str) -> dict[str, Any]:
    """By reading that writes an audit entry; some fit into the last page."""
    for _ in range(150):
        if "errors" in (answer := bff.execute(REVEAL, token=token)):
            return refused(answer)
    raise AssertionError("nothing was refused")


def test_a_sqlite_file_that_another_one_writes_to_is_busy(on_sqlite: Bff, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "bff.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert on_sqlite.data(NAME, token=on_sqlite.tokens["me"])["me"]["name"] == "段小梅"
        assert refused(on_sqlite.execute("SignIn", SIGN_IN)) == {**UNAVAILABLE, "retryAfterSeconds": 2}
        assert store_of(on_sqlite)[0] == 503
        other.execute("ROLLBACK")
    assert "errors" not in on_sqlite.execute("SignIn", SIGN_IN)
    until(lambda: is_ready_again(on_sqlite))


APPLICATIONS = "{ me { applications { edges { node { id status } } } } }"


def applied_while_the_store_stops(
    bff: Bff, core: Core, meanwhile: Callable[[], object]
) -> tuple[Any, Callable[[], None]]:
    """The payload of a submission after whose sending the store takes no writes, and what mends the store."""
    token = bff.tokens["me"]
    core.break_("SubmitApplication", "hang")
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}
    with ThreadPoolExecutor(1) as thread:
        sent = thread.submit(bff.data, "ApplyPropertyFeeWithdrawal", {"input": asked}, token)
        until(lambda: core.has({"SubmitApplication"}))
        meanwhile()
        limit = limited(bff, "query_only = ON")
        core.heal()  # what hangs is answered
        return sent.result()["applyPropertyFeeWithdrawal"], lambda: setattr(limit, "pragma", "query_only = OFF")


def test_an_application_that_cannot_be_noted_any_more_is_told_to_be_confirmed(fresh_core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(fresh_core, tmp_path / "bff")) as bff:
        bff.tokens["me"] = bff.sign_in(DUAN)
        payload, mend = applied_while_the_store_stops(bff, fresh_core, lambda: None)
        assert payload["userErrors"] == []
        assert payload["application"]["status"] == "CONFIRMING"
        mend()
        accepted = {"id": payload["application"]["id"], "status": "ACCEPTED"}
        until(
            lambda: (
                bff.data(APPLICATIONS, token=bff.tokens["me"])["me"]["applications"]["edges"] == [{"node": accepted}]
            )
        )
        assert len(fresh_core.serials()) == 1


def test_a_refusal_that_cannot_be_noted_is_told_all_the_same(fresh_core: Core, tmp_path: Path) -> None:
    def freeze() -> None:
        fresh_core.control("PUT", "accounts/990140300001", {"status": "FROZEN"})

    with running_bff(settings_for(fresh_core, tmp_path / "bff")) as bff:
        bff.tokens["me"] = bff.sign_in(DUAN)
        payload, mend = applied_while_the_store_stops(bff, fresh_core, freeze)
        assert payload["application"] is None
        assert [each["code"] for each in payload["userErrors"]] == ["ACCOUNT_FROZEN"]
        mend()
        assert fresh_core.serials() == []
