"""A first start without one part: whether the server starts, and what it says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx2

from bench.rehearsal.stage import PATIENCE, Stage
from bench.results import Result
from bench.servers import SERVE, free_port
from tests.support.orphans import no_orphan

NOWHERE = "127.0.0.1:1"
STARTS = None
"""In place of an exit status."""


@dataclass(frozen=True, slots=True)
class Case:
    """Settings on top of those that work; an empty one is as if it were not set. `ends` is the exit status; `says`
    stands in the last line of the log, or in what is said of its readiness."""

    missing: str
    settings: dict[str, str]
    says: str
    ends: int | None = STARTS


def cases(folder: Path, taken: int) -> list[Case]:
    (folder / "broken.toml").write_text("[withdrawal\n")
    broken, gone = str(folder / "broken.toml"), str(folder / "gone")
    return [
        Case("", {}, "store ok"),
        Case("the core", {"BFF_CORE_URL": f"http://{NOWHERE}"}, "store ok"),
        Case("PostgreSQL", {"BFF_DATABASE_URL": f"postgresql://bff@{NOWHERE}/bff"}, "BFF_DATABASE_URL", 75),
        Case("Redis", {"BFF_CACHE_URL": f"redis://{NOWHERE}/0"}, "cache away"),
        Case("the Redis of limits", {"BFF_LIMITS_URL": f"redis://{NOWHERE}/0"}, "store ok"),
        Case("the folder of secrets", {"BFF_SECRETS_DIR": gone}, "BFF_SECRETS_DIR", 2),
        Case("the core's password", {"BFF_CORE_PASSWORD": ""}, "BFF_CORE_PASSWORD", 2),
        Case("the policy file", {"BFF_POLICY_FILE": gone}, "BFF_POLICY_FILE", 2),
        Case("a policy file in TOML", {"BFF_POLICY_FILE": broken}, "BFF_POLICY_FILE", 2),
        Case("the rates file", {"BFF_RATES_FILE": gone}, "BFF_RATES_FILE", 2),
        Case("the core's WSDL", {"BFF_CORE_WSDL": gone}, "BFF_CORE_WSDL", 2),
        Case("the core's certificates", {"BFF_CORE_CA_FILE": gone}, "BFF_CORE_CA_FILE", 2),
        Case("registered documents", {"BFF_DOCUMENTS_FILE": gone}, "BFF_DOCUMENTS_FILE", 2),
        Case("the data folder", {"BFF_DATA_DIR": "/proc/nowhere"}, "/proc/nowhere", 78),
        Case("a free port", {"BFF_PORT": str(taken)}, "BFF_PORT", 2),
        Case("a free port for metrics", {"BFF_METRICS_PORT": str(taken)}, "store ok"),
    ]


def rehearse(stage: Stage) -> list[Result]:
    stage.servers.start_core()
    return [tried(stage, each) for each in cases(stage.folder, stage.servers.core_port)]


def tried(stage: Stage, case: Case) -> Result:
    port, log, begun = free_port(), stage.folder / "start.log", monotonic()
    environment = {**stage.servers.environment, "BFF_PORT": str(port), **case.settings}
    with started(environment, log) as process:
        ready = ""
        while process.poll() is None and not ready and monotonic() - begun < PATIENCE:
            sleep(0.1)
            ready = readiness(port)
        return judged(case, process.poll(), ready or last_words(log.read_text()), monotonic() - begun)


@contextmanager
def started(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as said:
        process = subprocess.Popen(no_orphan(SERVE), env=environment, stdout=subprocess.DEVNULL, stderr=said)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def judged(case: Case, ended: int | None, said: str, seconds: float) -> Result:
    """A process that has not ended, and says nothing of being ready, did not start."""
    what = f"ends with {ended}" if ended is not None else "starts" if "/readyz" in said else "hangs"
    bound = "starts" if case.ends is STARTS else f"ends with {case.ends}"
    held = what == bound and case.says in said
    tried = f"without {case.missing}" if case.missing else "with all that it needs"
    return Result("a first start", tried, f"{what} after {seconds:.1f} s: {said}", bound, held)


def readiness(port: int) -> str:
    """What `/readyz` says in a few words; empty while nothing answers."""
    with suppress(httpx2.TransportError):
        answer = httpx2.get(f"http://127.0.0.1:{port}/readyz", trust_env=False)
        found = answer.json()
        return f"/readyz {answer.status_code}, store {found['store']}, cache {found['cache']}"
    return ""


def last_words(log: str) -> str:
    """The last line of a log, or the message in it."""
    last = (log.strip().splitlines() or [""])[-1]
    with suppress(ValueError):
        return str(json.loads(last).get("message", last))
    return last
