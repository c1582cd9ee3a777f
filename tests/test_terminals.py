"""Commands on a terminal whose encoding lacks Chinese: none ends with a traceback, and data files stay UTF-8."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from bff.cli.main import main
from tests.support.servers import ROOT, Core

Told = Callable[..., tuple[int, bytes, bytes]]


@pytest.fixture(params=["ascii", "gbk"])
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    """Runs a command on such a terminal; gives its status, and the bytes on standard output and error."""
    monkeypatch.setenv("BFF_DATA_DIR", str(tmp_path))

    def run(*command: str) -> tuple[int, bytes, bytes]:
        streams = {name: TextIOWrapper(BytesIO(), encoding=request.param) for name in ("stdout", "stderr")}
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        status = main([*command])
        for stream in streams.values():
            stream.flush()
        out, err = (stream.buffer.getvalue() for stream in streams.values())
        return status, out, err

    return run


def test_the_schema_is_written_as_programs_read_it(told: Told) -> None:
    status, out, _ = told("schema")
    assert (status, out) == (0, (ROOT / "schema.graphql").read_bytes())


def test_the_settings_are_written_as_the_page_has_them(told: Told) -> None:
    status, out, _ = told("settings")
    assert (status, out) == (0, (ROOT / "docs" / "settings.md").read_bytes())


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "json"])
def test_a_check_is_told(told: Told, core: Core, options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFF_CORE_URL", core.url)
    status, out, err = told("check", *options)
    assert status == 1  # the store is not there yet
    assert b"migrations" in out
    assert err == b""


def test_applications_are_told(told: Told) -> None:
    assert told("migrate") == (0, b"", b"")
    status, out, _ = told("applications")
    assert (status, out) == (0, b"0 unconfirmed, 0 missing in the core\n")


def test_what_is_wrong_is_told(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of a file in it, or a value that was set."""
    file = tmp_path / "公积金.graphql"
    status, _, err = told("documents", "register", str(file))
    assert status == 1
    assert b"graphql" in err
    monkeypatch.setenv("BFF_TRUSTED_PROXIES", "本机")
    status, _, err = told("migrate")
    assert status == 2
    assert err.startswith(b"BFF_TRUSTED_PROXIES: ")


def test_a_development_set_up_names_the_person_and_goes_on(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "BFF_PORT": "0", "SANDBOX_PORT": "0"}
    environment |= {"BFF_DATA_DIR": str(tmp_path), "BFF_PASSWORD_MEMORY_KIB": "64", "BFF_PASSWORD_ITERATIONS": "1"}
    command = [str(Path(sys.executable).with_name("bff")), "dev"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as dev:
        assert dev.stdout is not None
        try:
            line = dev.stdout.readline()
            assert re.fullmatch(rb"GraphiQL, .*http://127\.0\.0\.1:\d+/graphiql#as=13800000001\n", line), line
            assert dev.stdout.readline().startswith(b"Core: ")
        finally:
            dev.send_signal(signal.SIGINT)
