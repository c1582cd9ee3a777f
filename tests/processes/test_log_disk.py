"""`bff serve` while its log cannot be written: members are answered, and what is missing is counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import settings_for
from tests.processes.speechless import full_disk, lost, pipe_whose_reader_has_gone, speechless, unread_pipe
from tests.support.servers import Bff, Core, running_bff
from tests.support.services import free_port, mounted
from tests.support.serving import Served, serving, until

DUAN = "13800000001"


@pytest.fixture
def folder(fresh_core: Core, tmp_path: Path) -> Path:
    """Of servers whose SQLite store knows the practice people."""
    with running_bff(settings_for(fresh_core, tmp_path)):
        return tmp_path


def apply(bff: Bff, token: str) -> Any:
    asked = {"input": {"idempotencyKey": str(uuid4()), "expectedAmount": "1500.00"}}
    return bff.data("ApplyPropertyFeeWithdrawal", asked, token)["applyPropertyFeeWithdrawal"]["application"]


@pytest.mark.parametrize(
    ("output", "reason"),
    [(full_disk, "write_failed"), (unread_pipe, ""), (pipe_whose_reader_has_gone, "write_failed")],
    ids=["full disk", "unread pipe", "reader gone"],
)
def test_members_are_answered_while_nothing_can_be_said(
    output: Callable[[], AbstractContextManager[int]], reason: str, folder: Path, fresh_core: Core
) -> None:
    port = free_port()
    with output() as descriptor, speechless(fresh_core.url, folder, descriptor, port) as bff:
        token = bff.sign_in(DUAN)
        for _ in range(400):  # the lines of 265 fill a pipe
            assert bff.data("{ __typename }") == {"__typename": "Query"}
        assert apply(bff, token)["status"] == "ACCEPTED"
        assert bff.client.get("/readyz").status_code == 200
        if reason:
            until(lambda: lost(port)[reason] >= 402)
        else:
            assert lost(port) == {"queue_full": 0, "write_failed": 0}  # they wait for a reader
    assert len(fresh_core.serials()) == 1


@pytest.mark.services
def test_a_disk_that_was_full_for_a_while_has_a_gap_and_no_torn_line(folder: Path, fresh_core: Core) -> None:
    port = free_port()
    with mounted(folder / "disk", "-t", "tmpfs", "-o", "size=128k", "tmpfs") as disk, (disk / "log").open("wb") as log:
        with serving(fresh_core, folder, log_to=log.fileno(), metrics_port=port) as served:
            fill(disk / "other")
            ask(served, range(100))
            full = until(lambda: lost(port)["write_failed"])
            (disk / "other").unlink()
            ask(served, range(100, 200))
            served.terminate()
        lines = [json.loads(line) for line in (disk / "log").read_text().splitlines()]
    asked = [each["request_id"] for each in lines if each["event"] == "request"]
    told = [each["lines"] for each in lines if each["event"] == "log_lines_dropped"]
    assert full > 0
    assert lines[-1]["event"].startswith("Finished server process")
    sent = [f"r-{number}" for number in range(200)]
    assert asked == [each for each in sent if each in set(asked)]
    assert len(sent) - len(asked) == sum(told)
    assert asked[-100:] == sent[100:]  # the last of the others may have been written when there was room again


def ask(served: Served, numbers: range) -> None:
    for number in numbers:
        answer = served.client.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"X-Request-ID": f"r-{number}"}
        )
        assert answer.json() == {"data": {"__typename": "Query"}}


def fill(file: Path) -> None:
    """Takes all the room that a disk has left but some bytes."""
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(bytes(512)):
            pass


def test_the_last_lines_of_all_processes_are_written(folder: Path, fresh_core: Core) -> None:
    with serving(fresh_core, folder, "--workers", "2") as served:
        served.terminate()
        events = [each["event"] for each in served.events()]
    assert sum(each.startswith("Finished server process") for each in events) == 2
    assert events[-1].startswith("Stopping parent process")
