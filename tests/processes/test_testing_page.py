"""How to test an app: what the page shows is what happens, command by command."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bff.cli.dev_members import PEOPLE
from bff.cli.main import main
from tests.conftest import settings_for
from tests.flows.applying import IDS
from tests.support.servers import FAST_HASHES, ROOT, Bff, Core, copy_book, running_bff
from tests.support.services import program
from tests.support.serving import given_up

PAGE = (ROOT / "docs" / "how-to" / "test-your-app.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
SHOWN = [tuple(each.split("\n", 1)) for block in BLOCKS for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
"""Commands, and what they print."""
START, *OTHERS = SHOWN


def same(shown: str, printed: str) -> bool:
    return re.fullmatch(re.escape(shown).replace("…", ".+"), printed) is not None


@pytest.fixture
def used(seeded_book: Path, tmp_path: Path) -> Path:
    """A folder in which somebody has worked."""
    folder = tmp_path / ".data"
    folder.mkdir()
    with closing(sqlite3.connect(copy_book(seeded_book, folder / "core.sqlite3"))) as book, book:
        book.execute("UPDATE setting SET value = '20190101' WHERE name = 'KJRQ'")
    (folder / "bff.sqlite3").touch()
    return folder


def test_the_commands_print_what_the_page_shows(used: Path) -> None:
    curl = program("curl")
    command, shown = START
    hashes = {f"BFF_{name.upper()}": str(value) for name, value in FAST_HASHES.items()}
    environment = os.environ | hashes | {"SANDBOX_PORT": "0", "BFF_PORT": "0"}
    words = [str(Path(sys.executable).with_name("bff")), *command.split()[1:]]
    with subprocess.Popen(words, env=environment, cwd=used.parent, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            printed = "".join(process.stdout.readline() for _ in shown.splitlines())
            ports = dict(zip(("8000", "8001"), re.findall(r"127\.0\.0\.1:(\d+)", printed), strict=True))
            assert with_ports(shown, ports) == printed
            for command, shown in OTHERS:
                line = with_ports(command.replace("curl ", f"{curl} --noproxy '*' ", 1), ports)
                done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30, check=True)
                assert same(shown.strip(), done.stdout.strip()), f"{command}\n{done.stdout}"
        finally:
            process.terminate()


def with_ports(text: str, ports: dict[str, str]) -> str:
    return re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda found: ports[found[0]], text)


def rows(head: str) -> Iterator[list[str]]:
    """The cells of a table by the first cell of its head, without marks."""
    (table,) = re.findall(rf"^\| {head} \|.+\n\|---.+\n((?:\|.+\n)+)", PAGE, re.MULTILINE)
    for line in table.splitlines():
        yield [cell.strip(" `") for cell in line.strip("|").split("|")]


def test_the_people_of_the_page_are_those_who_are_registered(seeded_book: Path) -> None:
    shown = {(name, phone, account) for phone, name, account, _ in rows("Phone")}
    with closing(sqlite3.connect(seeded_book)) as book:
        known = dict(book.execute("SELECT ZJHM, GRZH FROM person"))
        everybody = {row[0] for row in book.execute("SELECT XINGMING FROM person")}
    assert shown == {(each.name, each.phone, known[each.id_number]) for each in PEOPLE}
    assert {name for name in everybody if name not in PAGE} == set()
    assert all(phone in PAGE for phone in IDS)


@pytest.fixture(scope="module")
def breaking(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    settings = settings_for(core, tmp_path_factory.mktemp("bff"), request_timeout=60, core_breaker_failures=1000)
    with running_bff(settings) as bff:
        yield bff


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, _, code in rows("`kind`")])
def test_a_fault_looks_as_the_page_says(breaking: Bff, core: Core, kind: str, code: str) -> None:
    token = breaking.sign_in("13800000001")
    core.break_("collection", kind)

    def ask() -> Any:
        return breaking.execute("WithdrawalForm", {"kind": "PROPERTY_FEE"}, token)

    try:
        answer = given_up(breaking, 8, core, {"QueryAccount"}, ask) if kind == "hang" else ask()
    finally:
        core.heal()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}


def test_every_kind_of_fault_is_on_the_page() -> None:
    from sandbox.soap.faults import KINDS

    assert [kind for kind in KINDS if f"`{kind}`" not in PAGE] == []


# ----- beginning anew -------------------------------------------------------------------------------------------


def business_date(folder: Path) -> date:
    with closing(sqlite3.connect(folder / "core.sqlite3")) as book:
        return date.fromisoformat(book.execute("SELECT value FROM setting WHERE name = 'KJRQ'").fetchone()[0])


@pytest.fixture
def folder(used: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BFF_DATA_DIR", str(used))
    monkeypatch.setenv("BFF_PORT", "0")
    monkeypatch.setenv("SANDBOX_PORT", "0")
    return used


@pytest.mark.parametrize("file", ["core.sqlite3", "bff.sqlite3"])
def test_files_that_a_server_has_open_stay(folder: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    """As those of this project keep them: in the write-ahead log, between two statements."""
    with closing(sqlite3.connect(folder / file)) as held:
        held.execute("PRAGMA journal_mode = WAL")
        held.execute("SELECT count(*) FROM sqlite_master").fetchall()
        assert main(["dev", "--reset"]) == 2
        assert f"{folder / file} is in use: end the server that has it" in capsys.readouterr().err
    assert business_date(folder) == date(2019, 1, 1)
    assert (folder / "bff.sqlite3").exists()


def test_a_store_that_is_named_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BFF_DATABASE_URL", f"sqlite:///{folder / 'bff.sqlite3'}")
    assert main(["dev", "--reset"]) == 2
    assert "BFF_DATABASE_URL names a store, which --reset leaves alone" in capsys.readouterr().err
    assert business_date(folder) == date(2019, 1, 1)


def test_a_store_that_is_no_practice_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "core.sqlite3").unlink()
    assert main(["dev", "--reset"]) == 2
    assert "has no practice core beside it" in capsys.readouterr().err
    assert (folder / "bff.sqlite3").exists()
