"""`bff serve` whose log goes where nothing can be written."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.support.forking import server
from tests.support.servers import FAST_HASHES, Bff
from tests.support.services import free_port
from tests.support.serving import until

DROPPED = "bff_log_lines_dropped_total"


@contextmanager
def full_disk() -> Iterator[int]:
    with open("/dev/full", "wb") as full:
        yield full.fileno()


@contextmanager
def unread_pipe() -> Iterator[int]:
    reading, writing = os.pipe()
    try:
        yield writing
    finally:
        os.close(writing)
        os.close(reading)


@contextmanager
def pipe_whose_reader_has_gone() -> Iterator[int]:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


def lost(port: int) -> dict[str, float]:
    """Lines by the reason, from /metrics."""
    text = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=60, trust_env=False).text
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return {each.labels["reason"]: each.value for each in samples if each.name == DROPPED}


@contextmanager
def speechless(core_url: str, folder: Path, output: int, metrics_port: int) -> Iterator[Bff]:
    """`bff serve` with all that it says going to one descriptor."""
    settings = {"port": free_port(), "data_dir": folder, "core_url": core_url, "metrics_port": metrics_port}
    environment = {f"BFF_{name.upper()}": str(value) for name, value in {**settings, **FAST_HASHES}.items()}
    process = server(["serve"], os.environ | environment, output, output)
    url = f"http://127.0.0.1:{settings['port']}"
    try:
        until(lambda: answers(f"{url}/healthz"), 60)
        with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield Bff(url, client)
    finally:
        assert process.end(60) == -signal.SIGTERM


def answers(url: str) -> bool:
    with suppress(httpx2.TransportError):
        return httpx2.get(url, timeout=60, trust_env=False).status_code == 200
    return False
