"""`python -m sandbox` as a process: its start on a new book, and its end."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

from sandbox.tests.process import ANNOUNCEMENT, ROOT


def started(book: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--database", str(book), *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


def until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.002)  # what is waited for needs the processor


def test_a_book_that_was_not_finished_is_begun_anew_and_ctrl_c_is_no_failure(tmp_path: Path) -> None:
    book = tmp_path / "core.sqlite3"
    with started(book) as killed:
        until(lambda: any(tmp_path.iterdir()))
        killed.kill()
    with started(book) as again:
        assert again.stdout is not None
        assert again.stdout.readline().startswith(ANNOUNCEMENT)
        with closing(sqlite3.connect(book)) as db:
            assert db.execute("SELECT count(*) FROM account").fetchone() == (14,)
        again.send_signal(signal.SIGINT)
        assert again.communicate(timeout=30) == ("", "")
        assert again.returncode == 0
    assert [each.name for each in tmp_path.iterdir()] == ["core.sqlite3"]


def test_it_ends_with_its_input_whatever_it_is_doing(tmp_path: Path) -> None:
    until(lambda: ends_while_it_begins_a_book(Path(mkdtemp(dir=tmp_path))))


def ends_while_it_begins_a_book(folder: Path) -> bool:
    """Or had it finished by then, where this process was stopped meanwhile."""
    with started(folder / "core.sqlite3", "--until-eof") as core:
        until(lambda: any(folder.iterdir()))
        assert core.stdin is not None
        core.stdin.close()
        assert core.wait(30) == 0
    return not (folder / "core.sqlite3").exists()
