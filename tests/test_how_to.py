"""The how-to pages name settings and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bff.cli import main
from bff.settings import Settings
from tests.servers import ROOT

PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
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
