"""`bff serve --workers 2` while processes end, hang or do not start: others go on, and missing ones are tried again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bff.services import POLICIES
from tests.support.servers import FAST_HASHES, ROOT, Core
from tests.support.services import Cluster, free_port, own_postgresql
from tests.support.serving import Served, serving, until

NOWHERE = "postgresql+asyncpg://bff@127.0.0.1:1/bff"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with own_postgresql(free_port()) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("policy") / "policy.toml"
    file.write_text((POLICIES / "practice-centre.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def served(core: Core, policy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(
        core, tmp_path_factory.mktemp("served"), "--workers", "2", by_command=True, policy_file=policy
    ) as served:
        yield served


@pytest.fixture(scope="module")
def over_postgresql(core: Core, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(core, tmp_path_factory.mktemp("served"), "--workers", "2", database_url=cluster.url) as served:
        yield served


def running(served: Served) -> list[int]:
    """Process IDs of the workers, the older ones first."""
    found = [re.match(r"Started server process \[(\d+)\]", each["event"]) for each in served.events()]
    return [int(each[1]) for each in found if each and Path(f"/proc/{each[1]}").exists()]


def reasons(served: Served) -> list[str]:
    return [each["reason"] for each in served.events() if each["event"] == "worker_ended"]


def readiness(served: Served) -> dict[str, Any]:
    """Empty while nobody answers."""
    try:
        found: dict[str, Any] = httpx2.get(f"{served.url}/readyz", timeout=5, trust_env=False).json()
    except httpx2.TransportError:
        return {}
    return found


def workers(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = readiness(served).get("workers", {})
    return found


COMPLETE = {"running": 2, "wanted": 2}


def is_replaced(served: Served, before: list[int]) -> bool:
    """Whether there is a new one, and both work. What one says of the other is half a second old."""
    return len(set(running(served)) - set(before)) == 1 and workers(served) == COMPLETE


def test_one_that_dies_is_replaced_at_once(served: Served) -> None:
    before, ended = running(served), len(reasons(served))
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    until(lambda: reasons(served)[ended:] == ["killed_9"], 60)
    until(lambda: is_replaced(served, before), 60)


def test_one_that_hangs_is_replaced(served: Served) -> None:
    before, ended = running(served), len(reasons(served))
    os.kill(before[0], signal.SIGSTOP)
    until(lambda: reasons(served)[ended:] == ["hung"], 60)
    until(lambda: is_replaced(served, before), 60)


def test_one_that_is_replaced_with_wrong_settings_is_missing_until_they_are_right(served: Served, policy: Path) -> None:
    right = policy.read_text(encoding="utf-8")
    policy.write_text("wrong = true", encoding="utf-8")
    os.kill(running(served)[0], signal.SIGKILL)
    until(lambda: workers(served) == {"running": 1, "wanted": 2, "missing": ["wrong_setting"]}, 60)
    policy.write_text(right, encoding="utf-8")
    until(lambda: workers(served) == COMPLETE, 60)


@pytest.mark.services
@pytest.mark.parametrize("dying", [1, 2])
def test_while_the_store_is_away_the_others_go_on_and_all_are_there_again_after_that(
    over_postgresql: Served, cluster: Cluster, dying: int
) -> None:
    served, ended = over_postgresql, len(reasons(over_postgresql))
    cluster.stop()
    try:
        for pid in running(served)[:dying]:
            os.kill(pid, signal.SIGKILL)
        until(lambda: "away" in reasons(served)[ended:], 60)
        if dying == 1:
            until(lambda: workers(served) == {"running": 1, "wanted": 2, "missing": ["away"]})
            assert readiness(served)["store"] == "away"
            assert httpx2.get(f"{served.url}/healthz", timeout=20, trust_env=False).status_code == 200
    finally:
        cluster.start()
    until(lambda: workers(served) == COMPLETE, 60)
    until(lambda: readiness(served)["status"] == "ready")


@pytest.mark.services
def test_a_first_start_waits_for_the_store(core: Core, tmp_path: Path, cluster: Cluster) -> None:
    cluster.stop()
    with ThreadPoolExecutor() as threads:
        there = threads.submit(_start_once_it_was_missed, cluster, tmp_path)
        with serving(core, tmp_path, "--workers", "2", database_url=cluster.url) as served:
            there.result()
            until(lambda: workers(served) == COMPLETE)
            assert set(reasons(served)) == {"away"}


def _start_once_it_was_missed(cluster: Cluster, folder: Path) -> None:
    try:
        until(lambda: any("worker_ended" in each.read_text() for each in folder.glob("*.log")), 60)
    finally:
        cluster.start()


def environment(core: Core, folder: Path, **settings: object) -> dict[str, str]:
    chosen = {"port": 0, "data_dir": folder, "core_url": core.url, **FAST_HASHES, **settings}
    return os.environ | {f"BFF_{name.upper()}": str(value) for name, value in chosen.items()}


def test_they_end_with_their_parent_however_it_ends(served: Served) -> None:
    """The last test with these: without their parent nothing would replace them."""
    pids = running(served)
    assert len(pids) == 2
    served.kill()
    until(lambda: running(served) == [], 30)
    assert not any("thread_failed" in each["event"] for each in served.events())


COMMAND = [str(Path(sys.executable).with_name("bff")), "serve"]


@pytest.mark.parametrize(
    ("options", "wrong", "status", "says"),
    [
        pytest.param([], {"database_url": NOWHERE}, 75, "look at BFF_DATABASE_URL", id="the store is away"),
    ],
)
def test_what_keeps_a_server_from_starting_is_said_in_a_sentence(
    core: Core, tmp_path: Path, options: list[str], wrong: dict[str, str], status: int, says: str
) -> None:
    ended = subprocess.run(
        [*COMMAND, *options],
        cwd=ROOT,
        env=environment(core, tmp_path, **wrong),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == status
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    assert any(says in each.get("message", "") for each in told if each["event"] == "not_started")
    assert "Traceback" not in ended.stderr


def test_who_waits_for_the_store_ends_when_it_is_told_to(core: Core, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [*COMMAND, "--workers", "2"],
            cwd=ROOT,
            env=environment(core, tmp_path, database_url=NOWHERE),
            stderr=written,
        )
    try:
        until(lambda: "worker_ended" in log.read_text(), 60)
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
