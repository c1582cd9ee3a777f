"""The image of deploy/Containerfile starts: read-only, as its user, in front of its own practice core."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx2
import pytest
import yaml  # type: ignore[import-untyped]

from tests.support.image import Image, built
from tests.support.servers import ROOT
from tests.support.services import free_port

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Its root has /dev in it, where the tests' own folders may be, and is no tree to be removed."""
    folder = Path(mkdtemp(prefix="image"))
    with built(folder) as image:
        yield image
    (folder / "disk").rmdir()
    folder.rmdir()


def service(name: str) -> Any:
    return yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"][name]


@contextmanager
def started(image: Image, command: Sequence[str], writable: Sequence[str], **variables: str) -> Iterator[str]:
    """The address that it says it listens on."""
    process = image.start(command, writable, **variables)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"istening on (\S+)", said)
        assert found, said + (process.communicate()[1] if process.poll() is None else "")
        yield found[1].replace("0.0.0.0", "127.0.0.1")  # noqa: S104 (as the image has it)
    finally:
        process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGTERM


def test_the_packages_of_the_image_fit_each_other(image: Image) -> None:
    assert "No broken requirements" in image.run("/opt/bff/bin/pip check")


def test_the_image_has_nothing_of_what_built_it(image: Image) -> None:
    assert [each for each in ("/build", "/opt/build") if image.at(each).exists()] == []
    assert image.at("/opt/bff/bin/bff").exists()


def test_the_user_of_the_image_is_nobody_and_writes_nowhere(image: Image) -> None:
    said, _ = image.start(["sh", "-c", "id -u; touch /opt/bff/new /var/new /tmp/new; ls /tmp"], ["/tmp"]).communicate()  # noqa: S108
    assert said.split() == ["10001", "new"]


def test_the_image_serves_read_only_as_its_user(image: Image) -> None:
    core, bff = service("core"), service("bff-1")
    port = str(free_port())
    entry = [each if each != "8001" else "0" for each in core["entrypoint"]]
    with started(image, entry, bff["tmpfs"]) as core_url:
        settings = {"BFF_PORT": port, "BFF_CORE_URL": core_url, "BFF_CORE_PASSWORD": "practice"}
        with started(image, [*image.entrypoint, *image.command], bff["tmpfs"], **settings) as url:
            answer = httpx2.post(
                f"{url}/graphql", json={"query": "{ faqs { question } }"}, timeout=60, trust_env=False
            ).json()
            ready = httpx2.get(f"{url}/readyz", timeout=60, trust_env=False)
    assert answer["data"]["faqs"]
    assert ready.json()["status"] == "ready"
