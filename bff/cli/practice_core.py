"""The practice core as a process of its own beside the server, and the signals that end both."""

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

from bff.settings import Settings

ENDING = sum(1 << (each - 1) for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))
READY = re.compile(r"listening on (http://\S+)")
BOOK = "core.sqlite3"


def wrong_port() -> str:
    """Return the problem with SANDBOX_PORT, empty without one."""
    port = _port()
    return "" if re.fullmatch(r"[0-9]{1,5}", port) and int(port) < 65536 else f"SANDBOX_PORT: {port} is no port"


def _port() -> str:
    return os.environ.get("SANDBOX_PORT") or "8001"


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Run the practice core in a process of its own, with its book in `data_dir`, and yield its address. It ends with
    the pipe that this process holds, and so however this process ends; signals of the terminal do not reach it. Raises
    SystemExit where it does not start."""
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
    """Let SIGTERM and SIGHUP unwind this process, so that the processes it started end before it. A SIGHUP that is
    ignored, as under nohup, stays ignored."""
    signal.signal(signal.SIGTERM, _exit)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # uvicorn answers what is under way after a SIGTERM, and knows no SIGHUP.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def _exit(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def end_with_parent() -> None:
    """Send SIGTERM to this process once make, which started it, has ended or waits for it to end. A make that is killed
    sends no signal, and of the signals that it gets it passes on SIGTERM alone."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    at_first = _handled(parent)
    while os.getppid() == parent and _handled(parent) == at_first:
        time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGTERM)


def _handled(pid: int) -> int:
    """Return the signals that a process handles, as bits; zero without /proc. make handles one that ends it once."""
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
