"""nginx with the files of deploy/nginx, where only addresses and paths differ."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.support.servers import ROOT
from tests.support.services import free_port, program
from tests.support.serving import until

FILES = ROOT / "deploy" / "nginx"


@dataclass(frozen=True)
class Nginx:
    url: str
    folder: Path
    tls_url: str
    redirecting_url: str

    def access_log(self) -> list[list[str]]:
        """A request's words, in the order of the file's log_format."""
        return [line.split() for line in (self.folder / "out.log").read_text().splitlines()]

    def said(self) -> str:
        """Both logs."""
        return "".join((self.folder / name).read_text() for name in ("out.log", "error.log"))

    def cached(self) -> list[Path]:
        return [each for each in (self.folder / "public").rglob("*") if each.is_file()]


@contextmanager
def nginx(folder: Path, upstreams: list[str], certificates: Path | None = None) -> Iterator[Nginx]:
    """`certificates` is a folder with fullchain.pem and privkey.pem, for members over TLS."""
    folder.mkdir(mode=0o777)
    listening = {each: f"127.0.0.1:{free_port()}" for each in ("8080", "8443", "8081")}
    here = dict(zip(("bff-1:8000", "bff-2:8000"), upstreams, strict=True))
    here |= {f"listen {port}": f"listen {address}" for port, address in listening.items()}
    here |= {
        "/var/cache/nginx": str(folder),
        "/etc/nginx/certificates": str(certificates),
        "/etc/nginx": f"{folder}/etc",
    }
    _copy(folder / "etc", here, tls=certificates is not None)
    command = [program("nginx"), "-c", f"{folder}/etc/nginx.conf", "-p", str(folder), "-g", "daemon off; user root;"]
    if os.getuid() != 0:
        command[-1] = "daemon off;"
    with (folder / "out.log").open("w") as out, (folder / "error.log").open("w") as error:
        process = subprocess.Popen(command, stdout=out, stderr=error)
    try:
        until(lambda: _answers(f"http://{listening['8080']}/healthz") or process.poll() is not None)
        assert process.poll() is None, (folder / "error.log").read_text()
        plain, tls, redirecting = (listening[each] for each in ("8080", "8443", "8081"))
        yield Nginx(f"http://{plain}", folder, f"https://{tls}", f"http://{redirecting}")
    finally:
        process.terminate()
        process.wait(timeout=20)


def _copy(to: Path, here: Mapping[str, str], *, tls: bool) -> None:
    """The files as they are in the container, where compose.tls.yaml adds one."""
    (to / "tls.d").mkdir(parents=True)
    files = {
        "nginx.conf": "nginx.conf",
        "graphql.conf": "graphql.conf",
        **({"tls.conf": "tls.d/tls.conf"} if tls else {}),
    }
    texts = {name: (FILES / name).read_text(encoding="utf-8") for name in ("nginx.conf", "graphql.conf", "tls.conf")}
    assert all(any(ours in text for text in texts.values()) for ours in here)
    for name, target in files.items():
        (to / target).write_text(_replaced(texts[name], here))


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for ours, here in replacements.items():
        text = text.replace(ours, here)
    return text


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False
