"""The how-to pages name settings and commands that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bff.cli.main import main
from bff.settings import Settings
from tests.foreign.front import NAMES, WSDL
from tests.support.servers import ROOT, Core

PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
FIRST_DAY = (ROOT / "docs" / "how-to" / "first-day.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"^ *\$ (?:[A-Z_]+=\S+ )*bff (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    known = {f"BFF_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"BFF_[A-Z_]+", page.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_command_that_a_page_shows_is_one_of_ours(page: Path) -> None:
    for command in COMMAND.findall(page.read_text(encoding="utf-8")):
        words = command.split()
        verbs = words[: next((i for i, word in enumerate(words) if "." in word or word.startswith("-")), len(words))]
        with pytest.raises(SystemExit) as helped:
            main([*verbs, "--help"])
        assert helped.value.code == 0, command


def test_the_commands_of_registering_work_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "how-to" / "register-documents.md").read_text(encoding="utf-8")
    (command,) = (each for each in COMMAND.findall(text) if each.startswith("documents"))
    (tmp_path / "app").symlink_to(ROOT / "app")
    monkeypatch.chdir(tmp_path)
    assert main(command.split()) == 0
    assert (tmp_path / "documents.json").exists()


def names_as_shown() -> str:
    text = (ROOT / "docs" / "how-to" / "connect-your-core.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"```toml\n(.+?)```", text, re.DOTALL)
    return str(table)


def test_the_names_that_connecting_shows_are_those_of_the_core_in_the_tests() -> None:
    shown, whole = tomllib.loads(names_as_shown()), tomllib.loads(NAMES.read_text(encoding="utf-8"))
    for table, names in shown.items():
        assert names.items() <= whole[table].items()


def test_connecting_goes_as_shown_and_tells_less_each_time(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BFF_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BFF_CORE_URL", core.url)
    monkeypatch.setenv("BFF_CORE_WSDL", str(WSDL))
    assert main(["check"]) == 1
    first = capsys.readouterr().out
    page = (ROOT / "docs" / "how-to" / "connect-your-core.md").read_text(encoding="utf-8")
    for line in re.findall(r"^ +- .+; perhaps .+$|^ +operations .+$", page, re.MULTILINE):
        assert line.strip() in first
    table = tmp_path / "names.toml"
    table.write_text(names_as_shown(), encoding="utf-8")
    monkeypatch.setenv("BFF_CORE_NAMES_FILE", str(table))
    assert main(["check"]) == 1
    second = capsys.readouterr().out
    assert "QueryAccount: missing" not in second
    assert "QueryAccountResponse/ZHXX: missing; perhaps account" in second


def test_the_check_of_the_first_day_says_what_is_shown(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BFF_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BFF_CORE_URL", core.url)
    main(["migrate"])
    main(["check"])
    said = re.sub(" +", " ", capsys.readouterr().out)
    shown = re.findall(r"^((?:settings|operations|credentials) [^…\n]+)", FIRST_DAY, re.MULTILINE)
    assert len(shown) == 3
    assert [line for line in shown if re.sub(" +", " ", line) not in said] == []


def test_the_first_day_changes_what_the_files_of_nginx_have() -> None:
    edits = re.findall(r"^# sed -i '(.+)' /etc/nginx/(?:tls\.d/)?(.+)$", FIRST_DAY, re.MULTILINE)
    assert {name for _, name in edits} == {"nginx.conf", "tls.conf"}
    for script, name in edits:
        text = (ROOT / "deploy" / "nginx" / name).read_text(encoding="utf-8")
        for old, new in re.findall(r"s/([^/]+)/([^/]+)/", script):
            assert old in text
            text = text.replace(old, new)
        assert set(re.findall(r"listen ([^ ;]+)", text)) <= {"127.0.0.1:8080", "443", "80"}
        assert "bff-" not in re.sub(r"#.*", "", text)
