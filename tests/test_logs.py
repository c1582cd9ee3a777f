"""Log lines where standard error is full, stuck, slow, shared or closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bff.observability.log_writer import LONGEST, WAITING, LogWriter
from tests.support.servers import ROOT
from tests.support.serving import until

PATIENCE = 20.0


@dataclass
class Pipe:
    """A log that is read once `read` is called."""

    reading: int
    writing: int
    lines: list[bytes] = field(default_factory=list)

    def read(self) -> Thread:
        """Reads in a thread of its own, until all who write have closed their ends."""
        thread = Thread(target=self._read)
        thread.start()
        return thread

    def _read(self) -> None:
        with open(self.reading, "rb", closefd=False) as file:
            self.lines = file.read().splitlines()

    def write(self, writer: LogWriter, lines: list[bytes]) -> None:
        """Writes them all and gives them to a reader."""
        for line in lines:
            writer.write(line)
        reader = self.read()
        writer.drain(PATIENCE)
        os.close(self.writing)
        reader.join()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    found = Pipe(*os.pipe())
    yield found
    for end in (found.reading, found.writing):
        with suppress(OSError):
            os.close(end)


def numbered(count: int, size: int) -> list[bytes]:
    return [b"%06d" % number + b"x" * (size - 6) for number in range(count)]


def dropped(writer: LogWriter) -> tuple[int, int]:
    return writer.dropped["queue_full"], writer.dropped["write_failed"]


def run(script: str, stderr: Any, *arguments: str) -> str:
    """Gives what the script prints."""
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True, check=True)
    return done.stdout


def test_lines_come_whole_and_in_their_order(pipe: Pipe) -> None:
    lines = [line[: 6 + number % 300] for number, line in enumerate(numbered(2000, 400))]
    pipe.write(writer := LogWriter(pipe.writing), lines)
    assert (pipe.lines, dropped(writer)) == (lines, (0, 0))


def test_what_an_unread_pipe_cannot_take_is_dropped_and_counted_and_the_reader_is_told(pipe: Pipe) -> None:
    told: list[int] = []
    writer = LogWriter(pipe.writing, told.append)
    pipe.write(writer, lines := numbered(WAITING + 1000, 1000))
    lost, failed = dropped(writer)
    assert 800 < lost <= 1000  # a pipe takes 64 KiB
    assert failed == 0
    assert pipe.lines == lines[: len(lines) - lost]
    assert until(lambda: told) == [lost]


def test_a_reader_who_has_gone_costs_the_lines_and_no_more(pipe: Pipe) -> None:
    writer = LogWriter(pipe.writing)
    os.close(pipe.reading)
    for line in numbered(10, 100):
        writer.write(line)
    writer.drain(PATIENCE)
    assert dropped(writer) == (0, 10)


def test_standard_error_that_was_closed_before_the_start_costs_the_lines_and_no_more() -> None:
    writer = LogWriter(-1)
    writer.write(b"line")
    writer.drain(PATIENCE)
    assert dropped(writer) == (0, 1)


def test_another_process_may_have_made_the_pipe_one_that_does_not_wait(pipe: Pipe) -> None:
    os.set_blocking(pipe.writing, False)
    pipe.write(writer := LogWriter(pipe.writing), lines := numbered(300, 900))
    assert (pipe.lines, dropped(writer)) == (lines, (0, 0))


FULL_FOR_A_WHILE = """
import sys
from resource import RLIM_INFINITY, RLIMIT_FSIZE, setrlimit
from bff.observability.log_writer import LogWriter

writer = LogWriter(2)
def write(numbers):
    for number in numbers:
        writer.write(b"%02d" % number + b"x" * 97)
        writer.drain(20)
setrlimit(RLIMIT_FSIZE, (1050, RLIM_INFINITY))
write(range(30))
setrlimit(RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))
write(range(30, 33))
print(writer.dropped["write_failed"])
"""
"""A process's own limit on the size of a file cuts a write as a full disk does."""


def test_a_line_that_was_begun_is_ended_when_there_is_room_again(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with file.open("wb") as log:
        lost = int(run(FULL_FOR_A_WHILE, log))
    assert [line[:2] for line in file.read_bytes().splitlines()] == [b"%02d" % n for n in (*range(11), 30, 31, 32)]
    assert {len(line) for line in file.read_bytes().splitlines()} == {99}
    assert lost == 19


TALKATIVE = """
import random, sys
from bff.observability.log_writer import LONGEST, LogWriter

writer, chance = LogWriter(2), random.Random(sys.argv[1])
for number in range(100):
    writer.write(sys.argv[1].encode() * chance.randrange(1, LONGEST))
    writer.drain(20)
"""


def test_lines_of_two_processes_on_one_pipe_are_not_torn(pipe: Pipe) -> None:
    reader = pipe.read()
    command = [sys.executable, "-c", TALKATIVE]
    both = [subprocess.Popen([*command, name], cwd=ROOT, stderr=pipe.writing) for name in "ab"]
    assert [each.wait() for each in both] == [0, 0]
    os.close(pipe.writing)
    reader.join()
    assert len(pipe.lines) == 200
    assert all(len(set(line)) == 1 for line in pipe.lines)


def said_by(script: str) -> list[dict[str, Any]]:
    """What a process with this script that logs as a server does writes to standard error."""
    reading, writing = os.pipe()
    try:
        begin = "import logging, sys, threading, warnings\nimport structlog\n"
        begin += "from bff.observability import logging as logs\n"
        run(f"{begin}logs.start('INFO', 'json')\nlog = structlog.get_logger('bff.x')\n{script}", writing)
        os.close(writing)
        with open(reading, "rb", closefd=False) as file:
            return [json.loads(line) for line in file]
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    ("script", "event", "error"),
    [
        ("log.info('ours', amount=1)", "ours", None),
        ("logging.getLogger('library').warning('theirs %s', 1)", "theirs 1", None),
        ("warnings.warn('old')", "old", None),
        ("log.error('odd', value='\\udc80')", "odd", None),
        ("thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()", "thread_failed", "Zero"),
        ("class A:\n    def __del__(self): 1 / 0\na = A()\ndel a", "unraisable", "Zero"),
        ("logging.getLogger('library').warning('%s %s', '13800000006')", "log_line_wrong", "TypeError"),
    ],
    ids=["ours", "library", "warning", "surrogate", "thread", "unraisable", "arguments"],
)
def test_all_that_a_process_says_is_lines_of_one_form(script: str, event: str, error: str | None) -> None:
    (line,) = said_by(script)
    assert event in line["event"]
    assert {"level", "timestamp"} <= line.keys()
    assert "13800000006" not in str(line)
    assert error is None or line["error"][0]["type"].startswith(error)


def test_a_line_that_is_too_long_for_one_write_says_what_it_can() -> None:
    deep = "def fall(n):\n    return 1 / 0 if n == 0 else fall(n - 1)\ntry: fall(500)\nexcept ZeroDivisionError:"
    failed, long = said_by(f"{deep} log.exception('failed', request_id='r-1')\nlog.info('long', text='长' * 9000)")
    assert (failed["event"], failed["request_id"], failed["level"]) == ("failed", "r-1", "error")
    assert failed["cut_from_bytes"] > LONGEST
    assert failed["error"] == [{"type": "ZeroDivisionError", "at": ["__main__.fall:7"] * 4}]
    assert (long["event"], long["cut_from_bytes"] > 27000, "text" in long) == ("long", True, False)


def test_the_last_lines_of_a_process_are_written() -> None:
    assert [each["number"] for each in said_by("for n in range(50): log.info('ours', number=n)")] == [*range(50)]
