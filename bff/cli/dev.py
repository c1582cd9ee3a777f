"""The development set-up: a practice core beside the server, seven of its people registered, GraphiQL with the
app's operations open. Nothing of it runs in `bff serve`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bff.cli import dev_members
from bff.cli.dev_examples import examples
from bff.server import graphiql
from bff.settings import Settings

ENDING = sum(1 << (each - 1) for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))
READY = re.compile(r"listening on (http://\S+)")
BOOK = "core.sqlite3"
PAGES = {
    "短信 / SMS": "/inbox",
    "会计日期 / Clock": "/clock",
    "业务申请 / Applications": "/applications",
    "人员 / People": "/",
}
"""Of the practice core's operator, by what they are called in GraphiQL."""

PEOPLE = tuple(
    graphiql.Person(each.name, each.phone, dev_members.LOGIN_PASSWORD, dev_members.QUERY_PASSWORD, each.note)
    for each in dev_members.PEOPLE
)


def wrong_port() -> str:
    """What is wrong with SANDBOX_PORT; empty where nothing is."""
    port = _port()
    return "" if re.fullmatch(r"[0-9]{1,5}", port) and int(port) < 65536 else f"SANDBOX_PORT: {port} is no port"


def _port() -> str:
    return os.environ.get("SANDBOX_PORT") or "8001"


@contextmanager
def practice_core(settings: Settings) -> Iterator[str]:
    """Runs the practice core as a process of its own and gives its address; it keeps its book in `data_dir`. It ends
    with the pipe that this process holds, and so however this process ends; signals of the terminal do not reach it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sandbox", "--port", _port(), "--database", str(settings.data_dir / BOOK)]
    command += ["--process-every", "5", "--until-eof"]
    process = subprocess.Popen(  # noqa: S603 (our own package)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdin is not None  # noqa: S101 (for mypy)
    try:
        yield _address_of(process)
    finally:
        process.stdin.close()
        process.wait()


def end_by_signal() -> None:
    """SIGTERM and SIGHUP unwind this process, so that what it started has ended before it. A SIGHUP that is ignored,
    as under nohup, stays ignored."""
    signal.signal(signal.SIGTERM, _exit)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # uvicorn answers what is under way after a SIGTERM, and knows no SIGHUP.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def _exit(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def end_with_parent() -> None:
    """Sends SIGTERM to this process once make, which started it, has ended or waits for it to end. A make that is
    killed tells nobody, and of the signals that it is sent it passes on SIGTERM alone."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    at_first = _handled(parent)
    while os.getppid() == parent and _handled(parent) == at_first:
        time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGTERM)


def _handled(pid: int) -> int:
    """Which signals a process handles, as bits; zero where there is no /proc. make handles one that ends it once."""
    try:
        found = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1], 16) & ENDING if found else 0


def _address_of(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := READY.search(line):
            return found[1]
    raise SystemExit("The practice core did not start: see its message above. Is SANDBOX_PORT in use?")


def ide(core_url: str) -> graphiql.GraphiQLConfig:
    return graphiql.GraphiQLConfig(people=PEOPLE, examples=tuple(examples()), links=tuple(_links(core_url)))


def _links(core_url: str) -> Iterator[graphiql.Link]:
    for text, path in PAGES.items():
        yield graphiql.Link(text, f"{core_url}{path}")
