"""`bff dev`: however it ends, nothing that it started is left running, and nothing looks like a failure."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.servers import FAST_HASHES, ROOT, copy_book
from tests.support.services import program
from tests.support.serving import until

BFF = str(Path(sys.executable).with_name("bff"))


@dataclass
class Terminal:
    """A terminal of its own with a command in it, and what that has printed there."""

    command: list[str]
    environment: dict[str, str]
    text: str = ""

    def __post_init__(self) -> None:
        self.held, other = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", AS_A_SHELL, *self.command],
            cwd=ROOT,
            env=os.environ | self.environment,
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
        )
        os.close(other)

    def read(self, expected: str) -> re.Match[str]:
        while not (found := re.search(expected, self.text)):
            self.text += os.read(self.held, 4096).decode()
        return found

    def rest(self) -> str:
        """Until nobody has the terminal any more."""
        try:
            while read := os.read(self.held, 4096):
                self.text += read.decode()
        except OSError:  # how Linux tells it
            pass
        return self.text

    def close(self) -> None:
        if self.held:
            os.close(self.held)
        self.held = 0


AS_A_SHELL = """
import fcntl, os, signal, sys, termios
for each in (signal.SIGHUP, signal.SIGINT):
    signal.signal(each, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal the one whose keys and end the command hears of, whatever the tests' own parent ignores."""


def children(pid: int) -> list[int]:
    found = [task.read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(each) for line in found for each in line]


def family(pid: int) -> list[int]:
    return [pid, *(each for child in children(pid) for each in family(child))]


def are_gone(pids: list[int]) -> bool:
    """Or wait for whoever is to read their status."""
    return all(_state(pid) in ("", "Z") for pid in pids)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return ""


@pytest.fixture
def environment(seeded_book: Path, tmp_path: Path) -> dict[str, str]:
    copy_book(seeded_book, tmp_path / "core.sqlite3")
    chosen = {"port": 0, "data_dir": tmp_path, **FAST_HASHES}
    return {"SANDBOX_PORT": "0"} | {f"BFF_{name.upper()}": str(value) for name, value in chosen.items()}


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal([BFF, "dev"], environment)
    try:
        terminal.read(r"GraphiQL, .*\r\nCore: http\S+\r\n")
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()
        terminal.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_who_waits_for_its_end_finds_nothing_left(terminal: Terminal, how: signal.Signals) -> None:
    started = family(terminal.process.pid)
    assert len(started) == 2
    terminal.process.send_signal(how)
    assert terminal.process.wait(30) == 128 + signal.SIGTERM
    assert are_gone(started)
    assert terminal.rest().count("\n") == 2


def test_ctrl_c_ends_it_in_silence(terminal: Terminal) -> None:
    started = family(terminal.process.pid)
    os.write(terminal.held, b"\x03")
    assert terminal.process.wait(30) == 0
    assert are_gone(started)
    assert terminal.rest().splitlines()[2:] == ["^C"]


def test_it_ends_with_its_terminal(terminal: Terminal) -> None:
    started = family(terminal.process.pid)
    terminal.close()
    terminal.process.wait(30)
    assert are_gone(started)


def test_killed_it_leaves_no_practice_core(terminal: Terminal) -> None:
    started = family(terminal.process.pid)
    terminal.process.kill()
    terminal.process.wait()
    until(lambda: are_gone(started))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP])
def test_as_a_recipe_it_ends_with_make(environment: dict[str, str], tmp_path: Path, how: signal.Signals) -> None:
    """When make alone has the signal. The set-up before it is left out here."""
    (recipe,) = re.findall(r"^run:.*\n\t@\$\(BIN\)/bff (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    (tmp_path / "Makefile").write_text(f"run:\n\t@{BFF} {recipe}\n", encoding="utf-8")
    terminal = Terminal([program("make"), "-f", str(tmp_path / "Makefile")], environment)
    try:
        terminal.read("Core: http")
        started = family(terminal.process.pid)
        assert len(started) == 3
        terminal.process.send_signal(how)
        terminal.process.wait(30)
        until(lambda: are_gone(started))
    finally:
        terminal.close()


def test_ctrl_c_while_it_starts_ends_it_in_silence(environment: dict[str, str]) -> None:
    """When the practice core is on its way."""
    terminal = Terminal([BFF, "dev"], environment)
    try:
        until(lambda: len(started := family(terminal.process.pid)) == 2 and started)
        started = family(terminal.process.pid)
        os.write(terminal.held, b"\x03")
        terminal.process.wait(30)
        until(lambda: are_gone(started))
        assert "Traceback" not in terminal.rest()
    finally:
        terminal.close()
