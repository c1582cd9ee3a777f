"""Prometheus and Alertmanager with the delivered files, in which only addresses differ, and whom they tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import httpx2

from bench.rehearsal.stage import Stage
from bench.servers import free_port
from tests.support.alert_rules import PROMETHEUS, rule_files


@dataclass
class Webhook:
    """When each alert was first told, by the path and the alert's name."""

    url: str = ""
    told: dict[tuple[str, str], float] = field(default_factory=dict)

    def take(self, path: str, body: Any) -> None:
        for each in body["alerts"]:
            self.told.setdefault((path.strip("/"), each["labels"]["alertname"]), monotonic())


@contextmanager
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.take(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Standard error is for the subjects."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        hook.url = f"http://127.0.0.1:{server.server_port}"
        yield hook
        server.shutdown()


def start_monitoring(stage: Stage, folder: Path, metrics_port: int, tell: str) -> str:
    """Gives the URL of a Prometheus; alerts go to the URL `tell`."""
    prometheus, alertmanager = (f"127.0.0.1:{free_port()}" for _ in range(2))
    file = delivered("alertmanager.yaml", folder, {"http://alerts.example.cn/webhook": tell})
    options = [f"--config.file={file}", f"--storage.path={folder}/alertmanager", "--cluster.listen-address="]
    command = ["prometheus-alertmanager", *options, f"--web.listen-address={alertmanager}"]
    stage.start_program(command, folder / "alertmanager.log", f"http://{alertmanager}/-/ready")
    addresses = {"bff-1:9464, bff-2:9464": f"127.0.0.1:{metrics_port}", "alertmanager:9093": alertmanager}
    file = delivered("prometheus.yaml", folder, addresses)
    for each in rule_files():
        delivered(each.name, folder, {})
    options = [f"--config.file={file}", f"--storage.tsdb.path={folder}/data", f"--web.listen-address={prometheus}"]
    stage.start_program(["prometheus", *options], folder / "prometheus.log", f"http://{prometheus}/-/ready")
    return f"http://{prometheus}"


def delivered(name: str, folder: Path, addresses: Mapping[str, str]) -> Path:
    """A file of deploy/prometheus with the addresses of this machine."""
    text = (PROMETHEUS / name).read_text(encoding="utf-8")
    for theirs, here in addresses.items():
        assert theirs in text, f"{name} no longer has {theirs}"
        text = text.replace(theirs, here)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def firing(prometheus: str) -> set[str]:
    found = httpx2.get(f"{prometheus}/api/v1/alerts", timeout=30, trust_env=False).json()["data"]["alerts"]
    return {each["labels"]["alertname"] for each in found if each["state"] == "firing"}
