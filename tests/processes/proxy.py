"""nginx with the files of deploy/nginx, where only addresses and paths differ."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.servers import ROOT
from tests.services import program
from tests.serving import free_port, until

FILES = ROOT / "deploy" / "nginx"


@dataclass(frozen=True)
class Nginx:
    url: str
    folder: Path

    def access_log(self) -> list[list[str]]:
        """A request's words, in the order of the file's log_format."""
        return [line.split() for line in (self.folder / "out.log").read_text().splitlines()]

    def said(self) -> str:
        """Both logs."""
        return "".join((self.folder / name).read_text() for name in ("out.log", "error.log"))

    def cached(self) -> list[Path]:
        return [each for each in (self.folder / "public").rglob("*") if each.is_file()]


@contextmanager
def nginx(folder: Path, upstreams: list[str]) -> Iterator[Nginx]:
    folder.mkdir(mode=0o777)
    listen = f"127.0.0.1:{free_port()}"
    here = {**dict(zip(("bff-1:8000", "bff-2:8000"), upstreams, strict=True)), "listen 8080": f"listen {listen}"}
    here |= {"/var/cache/nginx": str(folder), "/etc/nginx": str(FILES)}
    file = folder / "nginx.conf"
    file.write_text(_replaced((FILES / "nginx.conf").read_text(encoding="utf-8"), here))
    command = [program("nginx"), "-c", str(file), "-p", str(folder), "-g", "daemon off; user root;"]
    if os.getuid() != 0:
        command[-1] = "daemon off;"
    with (folder / "out.log").open("w") as out, (folder / "error.log").open("w") as error:
        process = subprocess.Popen(command, stdout=out, stderr=error)
    try:
        until(lambda: _answers(f"http://{listen}/healthz") or process.poll() is not None)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield Nginx(f"http://{listen}", folder)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for ours, here in replacements.items():
        assert ours in text
        text = text.replace(ours, here)
    return text


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False
