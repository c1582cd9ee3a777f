"""Secrets come from the environment or from files, and go nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from bff.cli.main import main
from bff.settings import Settings

SECRETS = {
    "BFF_CORE_PASSWORD": "paper-moon-77",
    "BFF_DATABASE_URL": "postgresql+asyncpg://bff:tin-roof-31@db.example/bff",
    "BFF_CACHE_URL": "redis://:glass-eel-52@cache.example/0",
}
WORDS = ("paper-moon-77", "tin-roof-31", "glass-eel-52")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One for each secret, as Kubernetes and Docker mount them."""
    monkeypatch.delenv("BFF_CORE_PASSWORD")
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    monkeypatch.setenv("BFF_SECRETS_DIR", str(tmp_path))
    return tmp_path


def test_secrets_are_read_from_files_without_the_end_of_line(files: Path) -> None:
    settings = Settings()
    assert settings.core_password.get_secret_value() == SECRETS["BFF_CORE_PASSWORD"]
    assert settings.database_url == SECRETS["BFF_DATABASE_URL"]
    assert settings.cache_url == SECRETS["BFF_CACHE_URL"]


def test_the_environment_comes_before_a_file(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFF_CORE_PASSWORD", "from-here")
    assert Settings().core_password.get_secret_value() == "from-here"


def test_a_file_may_be_named_in_small_letters(files: Path) -> None:
    (files / "BFF_CORE_PASSWORD").rename(files / "bff_core_password")
    assert Settings().core_password.get_secret_value() == SECRETS["BFF_CORE_PASSWORD"]


def test_a_folder_that_is_not_there_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BFF_SECRETS_DIR", str(tmp_path / "gone"))
    assert main(["migrate"]) == 2
    assert capsys.readouterr().err.startswith("BFF_SECRETS_DIR: ")


def test_settings_as_text_hold_no_secret(files: Path) -> None:
    settings = Settings()
    shown = f"{settings} {settings!r}"
    assert "core_username" in shown
    assert [word for word in WORDS if word in shown] == []


def test_the_page_of_settings_has_no_secret_of_the_machine_that_made_it(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["settings"])
    shown = capsys.readouterr().out
    assert "BFF_CORE_PASSWORD" in shown
    assert [word for word in WORDS if word in shown] == []


@pytest.mark.parametrize("name", ["BFF_CORE_TIMEOUT", "BFF_PORT", "BFF_SECRETS_DIR", "BFF_CORS_ORIGINS"])
def test_a_wrong_value_is_not_repeated_with_the_others(
    name: str, files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "nonsense")
    assert main(["migrate"]) == 2
    said = capsys.readouterr()
    assert name in said.err
    assert [word for word in WORDS if word in said.err + said.out] == []


def test_the_check_shows_the_store_without_its_password(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("BFF_DATABASE_URL", "postgresql+asyncpg://bff:tin-roof-31@127.0.0.1:1/bff")
    monkeypatch.setenv("BFF_CACHE_URL", "redis://:glass-eel-52@127.0.0.1:1/0")
    monkeypatch.setenv("BFF_CORE_URL", "http://127.0.0.1:1")
    assert main(["check"]) == 1
    shown = capsys.readouterr().out
    assert "127.0.0.1:1/bff" in shown
    assert [word for word in WORDS if word in shown] == []
