"""`bff serve` and other servers as processes of their own, as an operator runs them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

from tests.support import forking
from tests.support.forking import Forked
from tests.support.orphans import no_orphan
from tests.support.servers import FAST_HASHES, ROOT, Bff, Core
from tests.support.services import free_port, redis_url

Found = TypeVar("Found")
Process = Forked | subprocess.Popen[str]


@dataclass
class Served(Bff):
    """A process that answers at `url`; what it logs is in the file `log`."""

    process: Process = field(kw_only=True)
    log: Path = field(kw_only=True)
    _asked: set[str] = field(default_factory=set)

    def events(self) -> list[dict[str, Any]]:
        """What it has logged, up to the last line that is whole. A process that cannot start says why as text."""
        lines = self.log.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def requests(self) -> int:
        """That it has answered. Lines are written in their order, so those before one that is asked for are there."""
        asked = uuid4().hex
        self.client.get("/graphql", headers={"X-Request-ID": asked})
        until(lambda: asked in self.log.read_text())
        self._asked.add(asked)
        logged = [each for each in self.events() if each["event"] == "request"]
        return sum(each["request_id"] not in self._asked for each in logged)

    def peak(self) -> int:
        """Bytes of memory that the process has had at most, since the last `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return 1024 * int(found[1])

    def processor(self) -> float:
        """Seconds that the process has used."""
        times = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def kill(self) -> None:
        """As a machine that loses its power."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """As an operator stops it; gives the exit status once it is over."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait()


@contextmanager
def serving(
    core: Core,
    folder: Path,
    *options: str,
    log_to: Any = None,
    descriptors: Any = None,
    by_command: Any = False,
    **settings: object,
) -> Iterator[Served]:
    """`settings` are those of `bff.settings` by their names; `log_to` is a descriptor in place of the file, and
    `descriptors` how many each process may have, as by `ulimit -n`. `by_command` is for tests of the start itself,
    and of other sources."""
    chosen = {"port": 0, "data_dir": folder, "core_url": core.url, **FAST_HASHES, **settings}
    environment = {f"BFF_{name.upper()}": str(value) for name, value in chosen.items()}
    folder.mkdir(exist_ok=True)
    log = folder / f"{time.monotonic_ns()}.log"
    with log.open("w") as written, ExitStack() as stack:
        output = log_to or written.fileno()
        if by_command or descriptors is not None:
            process: Process = stack.enter_context(_running(_command(options, descriptors), environment, output))
        else:
            process = stack.enter_context(_forked(["serve", *options], environment, output))
        assert process.stdout is not None
        found = re.search(r"Listening on (\S+)", process.stdout.readline())
        assert found, log.read_text()
        client = stack.enter_context(httpx2.Client(base_url=found[1], timeout=60, trust_env=False))
        yield Served(found[1], client, process=process, log=log)


def _command(options: Sequence[str], descriptors: Any) -> list[str]:
    command = [str(Path(sys.executable).with_name("bff")), "serve", *options]
    return command if descriptors is None else ["prlimit", f"--nofile={descriptors}:{descriptors}", *command]


@contextmanager
def own_redis(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """For a test that stops it; its URL and process."""
    redis_url()  # where no Redis is named, there need not be a binary either
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with _running(command, {}, subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert any("Ready to accept connections" in line for line in process.stdout), "Redis did not start"
        yield f"redis://127.0.0.1:{port}/0", process


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        no_orphan(command), cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        yield process
    finally:
        process.terminate()  # not killed: its own processes would live on
        process.communicate(timeout=60)


@contextmanager
def _forked(options: list[str], environment: dict[str, str], log: int) -> Iterator[Forked]:
    process = forking.server(options, os.environ | environment, log)
    try:
        yield process
    finally:
        process.end(60)


def given_up(
    bff: Bff, seconds: float, core: Core, hanging: set[str], ask: Callable[[], Found], answered: Set[str] = frozenset()
) -> Found:
    """What `ask` gives when the server waits that long for calls that hang. Its time passes once the core has them, and
    those that are `answered` have been."""
    core.calls()
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(ask)
        until(lambda: asked.done() or (core.has(hanging | answered) and in_flight(bff) == len(hanging)))
        bff.pass_time(seconds)
        return asked.result()


def in_flight(bff: Bff) -> int:
    """Calls to the core."""
    return sum(each.bulkhead.in_flight for each in bff.services.core.call_policies.values())


def until(condition: Callable[[], Found], seconds: float = 60.0) -> Found:
    """What the condition gives once it holds."""
    give_up = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < give_up
        time.sleep(0.01)  # a server that is starting needs the processor
    return found
