"""docs/how-to/back-up.md as it stands: an older store in front of a core that went on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from tests.flows.applying import DUAN, GAO, apply, codes, everyone, record_of
from tests.support.servers import ROOT, Bff, Core
from tests.support.services import postgresql_database, program

PAGE = (ROOT / "docs" / "how-to" / "back-up.md").read_text("utf-8")
FEE, FUND_LOAN = "ApplyPropertyFeeWithdrawal", "ApplyFundLoanRepaymentWithdrawal"
LOAN = "ApplyCommercialLoanRepaymentWithdrawal"


@dataclass(frozen=True)
class Place:
    """A store, its section of the page, and what the commands are told."""

    section: str
    url: str
    environment: dict[str, str]
    database: str = "bff"

    def run(self, number: int) -> None:
        """A block of commands, each of which has to succeed."""
        (section,) = re.findall(rf"## {self.section}\n(.*?)\n## ", PAGE, re.DOTALL)
        block = re.findall(r"```console\n(.*?)```", section, re.DOTALL)[number]
        script = re.sub(r"^\$ ", "", block, flags=re.MULTILINE)
        if self.section == "PostgreSQL":
            script = re.sub(r"(?<=DATABASE )bff|(?<=SERVER/)bff|(?<=TO )bff", self.database, script)
        path = f"{Path(sys.executable).parent}:{_postgresql()}:{os.environ['PATH']}"
        subprocess.run(["bash", "-euc", script], env=os.environ | {"PATH": path} | self.environment, check=True)


def _postgresql() -> str:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return str(found[-1]) if found else ""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    backup, data = tmp_path / "backup", tmp_path / "bff"
    backup.mkdir()
    folders = {"BACKUP": str(backup), "BFF_DATA_DIR": str(data)}
    if request.param == "sqlite":
        program("sqlite3")
        yield Place("SQLite", "", folders)
        return
    with postgresql_database() as url:
        if not shutil.which("pg_dump") and not _postgresql():
            program("pg_dump")
        parsed = make_url(url)
        server = parsed.set(drivername="postgresql", database="").render_as_string(hide_password=False).rstrip("/")
        name = str(parsed.database)
        place = Place("PostgreSQL", url, folders | {"SERVER": server, "BFF_DATABASE_URL": url}, name)
        yield place
        drop = f"DROP DATABASE IF EXISTS {name}_replaced"
        subprocess.run(["psql", "-q", f"{server}/postgres", "-c", drop], env=os.environ, check=True)


def fee(key: str) -> dict[str, str]:
    return {"idempotencyKey": key, "expectedAmount": "1500.00"}


def listed(bff: Bff, token: str) -> dict[str, str]:
    found = bff.data("ApplicationRecords", {"first": 10}, token)["me"]["applications"]
    assert found["totalCount"] == len(found["edges"])
    return {edge["node"]["id"]: edge["node"]["status"] for edge in found["edges"]}


def completed(core: Core) -> None:
    core.control("PUT", f"applications/{core.serials()[-1]}", {"status": "COMPLETED"})


def test_what_the_core_accepted_since_is_found_and_not_doubled(place: Place, fresh_core: Core, tmp_path: Path) -> None:
    folder, first = tmp_path / "bff", {"idempotencyKey": "first", "expectedAmount": "24500.00"}
    with everyone(fresh_core, folder, database_url=place.url) as app:
        token = app.sign_in(DUAN)
        place.run(0)
        paid = apply(app, token, FUND_LOAN, **first)["application"]
        completed(fresh_core)
        open_ = apply(app, token, FEE, **fee("second"))["application"]
        theirs = apply(app, app.sign_in(GAO), LOAN, idempotencyKey="third", expectedAmount="23800.00")["application"]
        assert listed(app, token) == {paid["id"]: "COMPLETED", open_["id"]: "ACCEPTED"}
    serials = sorted(fresh_core.serials())

    place.run(1)
    with everyone(fresh_core, folder, database_url=place.url) as app:
        assert app.execute("ApplicationRecords", {}, token)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        token = app.sign_in(DUAN)
        # The same keys again, before anything was looked at: one is decided, one is open.
        assert apply(app, token, FUND_LOAN, **first)["application"]["id"] == paid["id"]
        again = apply(app, token, FEE, **fee("second"))["application"]
        assert (again["id"], again["status"], again["reference"]) == (open_["id"], "ACCEPTED", open_["reference"])
        other = apply(app, token, FUND_LOAN, idempotencyKey="second", expectedAmount="24500.00")
        assert codes(other["userErrors"]) == {"IDEMPOTENCY_KEY_REUSED"}
        assert listed(app, token) == {paid["id"]: "COMPLETED", open_["id"]: "ACCEPTED"}
        # A key that never comes again: asked for by its ID.
        found: Any = record_of(app, app.sign_in(GAO), theirs["id"])
        assert (found["status"], found["amount"], found["reference"]) == ("ACCEPTED", "23800.00", theirs["reference"])
        assert sorted(fresh_core.serials()) == serials
