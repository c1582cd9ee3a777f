"""A log that cannot be written: its disk is full, or nothing reads the pipe."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from bench.rehearsal.stage import DUAN, Stage, register_first_person
from bench.results import Result
from bench.servers import free_port
from tests.processes.speechless import full_disk, lost, pipe_whose_reader_has_gone, speechless, unread_pipe
from tests.support.servers import Bff
from tests.support.serving import until

REQUESTS = 400
"""The lines of 265 fill a pipe."""
OUTPUTS: dict[str, tuple[str, Callable[[], AbstractContextManager[int]], str]] = {
    "a full log disk": ("/dev/full, which takes no byte", full_disk, "write_failed"),
    "a stalled log reader": ("a pipe that nothing reads", unread_pipe, ""),
    "a log reader that has ended": ("a pipe without a reader", pipe_whose_reader_has_gone, "write_failed"),
}
"""Where the log goes, and why its lines are dropped; those for a stalled reader wait."""


def rehearse(stage: Stage) -> list[Result]:
    stage.servers.start_core()
    register_first_person(stage.servers)
    return [tried(stage, name) for name in OUTPUTS]


def tried(stage: Stage, name: str) -> Result:
    (where, output, reason), port = OUTPUTS[name], free_port()
    with output() as descriptor, speechless(stage.servers.core_url, stage.folder, descriptor, port) as bff:
        token = bff.sign_in(DUAN.phone)
        answers = [answer(bff, token) for _ in range(REQUESTS)]
        ready = bff.client.get("/readyz").status_code
        if reason:
            until(lambda: lost(port)[reason] >= REQUESTS)
        dropped = lost(port)
    good = sum("errors" not in each for each in answers)
    figure = f"{good} of {REQUESTS} answered, /readyz {ready}, lines dropped: {sum(dropped.values()):.0f}"
    held = (good, ready) == (REQUESTS, 200)
    return Result(name, f"{REQUESTS} requests, log to {where}", figure, "all answered", held)


def answer(bff: Bff, token: str) -> dict[str, Any]:
    return bff.execute("{ me { phone } }", token=token)
