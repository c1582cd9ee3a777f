"""A core that was restored from an older backup: what it had accepted and no longer knows is seen by everybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bff.cli.main import main
from tests.conftest import on_each_database
from tests.flows.applying import DUAN, apply, everyone, record_of
from tests.support.servers import Bff, Core, copy_book
from tests.support.serving import until

MISSING = "业务系统目前查不到该申请，中心正在核实，请暂勿重复提交；如有疑问，请到柜台咨询。"
FOUND_AGAIN = "业务系统已恢复该申请的记录。"


@pytest.fixture
def app(fresh_core: Core, tmp_path: Path, database: str) -> Iterator[Bff]:
    with everyone(fresh_core, tmp_path / "bff", database_url=database, follow_every=0.2) as bff:
        yield bff


def counted(bff: Bff) -> float:
    found: float = bff.services.metrics.registry.get_sample_value("bff_journal_missing")
    return found


def restore(backup: Path, core: Core) -> None:
    """In place: the core goes on running."""
    with closing(sqlite3.connect(backup)) as old, closing(sqlite3.connect(core.book)) as book:
        old.backup(book)


@on_each_database
@pytest.mark.parametrize("stage", ["ACCEPTED", "APPROVED"])
def test_it_is_counted_logged_listed_and_said_once_and_healed(
    app: Bff,
    fresh_core: Core,
    tmp_path: Path,
    stage: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = app.sign_in(DUAN)
    before = copy_book(fresh_core.book, tmp_path / "before.sqlite3")
    made = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
    if stage == "APPROVED":
        fresh_core.control("PUT", f"applications/{fresh_core.serials()[0]}", {"status": stage})
        assert record_of(app, token, made["id"])["status"] == stage
    after = copy_book(fresh_core.book, tmp_path / "after.sqlite3")

    with capture_logs() as said:
        restore(before, fresh_core)
        until(lambda: counted(app) == 1.0)  # nobody has looked
        record = record_of(app, token, made["id"])
        assert (record["status"], record["history"][-1]["note"]) == (stage, MISSING)
        for _ in range(3):
            assert record_of(app, token, made["id"]) == record
    assert [each["event"] for each in said].count("application_missing_in_core") == 1
    assert _listed(app, monkeypatch, capsys) == (1, f"{made['id']}", "0 unconfirmed, 1 missing in the core")

    restore(after, fresh_core)
    until(lambda: counted(app) == 0.0)
    healed = record_of(app, token, made["id"])
    assert (healed["status"], healed["history"][-1]["note"]) == (stage, FOUND_AGAIN)
    assert healed["history"][:-1] == record["history"]
    assert _listed(app, monkeypatch, capsys)[0] == 0


def test_what_is_decided_is_not_asked_about(app: Bff, fresh_core: Core, tmp_path: Path) -> None:
    token = app.sign_in(DUAN)
    before = copy_book(fresh_core.book, tmp_path / "before.sqlite3")
    made = apply(app, token, "ApplyPropertyFeeWithdrawal", expectedAmount="1500.00")["application"]
    fresh_core.control("PUT", f"applications/{fresh_core.serials()[0]}", {"status": "COMPLETED"})
    record = record_of(app, token, made["id"])
    restore(before, fresh_core)
    fresh_core.calls()
    assert record_of(app, token, made["id"]) == record
    assert fresh_core.calls() == {}


def _listed(app: Bff, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Exit status, the first line's ID, the last line."""
    monkeypatch.setenv("BFF_DATABASE_URL", app.services.settings.store_url)
    capsys.readouterr()
    status = main(["applications"])
    lines = capsys.readouterr().out.splitlines()
    return status, lines[0].split()[0], lines[-1]
