"""The development set-up: a practice core beside the server, seven of its people registered, GraphiQL with the
app's operations open. Nothing of it runs in `bff serve`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bff import graphiql
from bff.sessions import practice
from bff.settings import Settings

READY = re.compile(r"listening on (http://\S+)")
BOOK = "core.sqlite3"
OPERATIONS = Path(__file__).parents[1] / "app"

PEOPLE = tuple(
    graphiql.Person(each.name, each.phone, practice.LOGIN_PASSWORD, practice.QUERY_PASSWORD, each.note)
    for each in practice.PEOPLE
)

VARIABLES: Mapping[str, Mapping[str, object]] = {
    "ContributionDetails": {"first": 20},
    "WithdrawalDetails": {"first": 20},
    "LoanDetails": {"first": 20},
}
"""Operations to open at the start, beside AccountInfo, and what they are sent with."""


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
    """Sends SIGTERM to this process once the one that started it has ended: make that is killed tells nobody."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGTERM)


def _address_of(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := READY.search(line):
            return found[1]
    raise SystemExit("The practice core did not start: see its message above. Is SANDBOX_PORT in use?")


def ide() -> graphiql.Config:
    return graphiql.Config(people=PEOPLE, tabs=tuple(_tabs()))


def _tabs() -> Iterator[graphiql.Tab]:
    for path in sorted(OPERATIONS.glob("*.graphql")):
        for name, document in operations_of(path.read_text(encoding="utf-8")).items():
            if name == "AccountInfo" or name in VARIABLES:
                variables = json.dumps(VARIABLES[name], indent=2) if name in VARIABLES else ""
                yield graphiql.Tab(title=name, query=document, variables=variables)


def operations_of(text: str) -> dict[str, str]:
    """Each operation of a file by its name, with the fragments of that file that it needs behind it."""
    from graphql import parse, print_ast, separate_operations

    return {name: print_ast(document) for name, document in separate_operations(parse(text)).items()}
