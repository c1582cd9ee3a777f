"""What every comparison stands on: a book with the member, the practice core over it, and the cores that remember."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import zeep
from zeep.wsse.username import UsernameToken

from bench import comparison_query, contenders, member
from bench.contenders import Contender, Running, python
from bench.load import Target
from bench.servers import free_port
from bff.legacy.standard.contract import PACKAGED_WSDL

DELAY = 20
"""Milliseconds of the slow core."""


@dataclass(frozen=True, slots=True)
class Stage:
    folder: Path
    practice: str
    instant: str
    slow: str

    @property
    def book(self) -> Path:
        return self.folder / "core.sqlite3"

    def start(self, contender: Contender) -> Running:
        return contenders.start(contender, self.folder, free_port())


@contextmanager
def prepared(folder: Path, rows: int) -> Iterator[Stage]:
    """The cores run until the block ends."""
    book = folder / "core.sqlite3"
    member.write_book(book, rows)
    running: list[Running] = []

    def started(name: str, *command: str) -> str:
        process = contenders.start(Contender(name, "uncached", python(*command)), folder, free_port())
        running.append(process)
        return f"http://127.0.0.1:{process.port}"

    try:
        practice = started("practice core", "sandbox", "--port", contenders.PORT, "--database", str(book))
        remembering = ("bench.core", "--port", contenders.PORT, "--behind", practice)
        stage = Stage(
            folder, practice, started("core", *remembering), started("core", *remembering, "--delay", str(DELAY))
        )
        for url in (stage.instant, stage.slow):
            record(url)
        yield stage
    finally:
        for process in running:
            process.stop()


def record(url: str) -> None:
    """Every question once, with a page's rows and one more, so that no server meets the practice core."""
    client = zeep.Client(str(PACKAGED_WSDL), wsse=UsernameToken("bff", "practice", use_digest=True))
    service = client.create_service("{urn:gjj:core:1}CollectionServiceSoap", f"{url}/services/collection")
    head = {"QDBH": "APP", "QQLSH": "0", "QQSJ": "2018-10-25T09:00:00+08:00"}
    account = {"GRZH": member.PERSON.account, "_soapheaders": {"head": head}}
    service.QueryAccount(**account)
    for direction in ("01", "02"):
        for size in (20, 21, 100, 101):
            service.QueryAccountDetails(**account, MXLB=direction, CZBZ="01", YM=1, YHS=size)


async def sign_in(session: aiohttp.ClientSession, stage: Stage, running: Running) -> None:
    """Registers the member with one of our servers."""
    running.token = await member.register(session, running.url.removesuffix("/graphql"), stage.practice)


async def ask(session: aiohttp.ClientSession, target: Target) -> bytes:
    """Raises SystemExit for anything but 200."""
    async with session.post(target.url, data=target.body, headers=target.headers) as response:
        body = await response.read()
    if response.status != 200:
        raise SystemExit(f"{target.url}: {response.status} {body[:500]!r}")
    return body


async def check(session: aiohttp.ClientSession, stage: Stage, running: Running, name: str) -> list[str]:
    """What is wrong with an answer, by the book. Raises SystemExit where even the shorter question, which is measured,
    is not answered."""
    measured = json.loads(await ask(session, running.target(name)))
    if measured.get("errors"):
        raise SystemExit(f"{running.contender.name}: {measured['errors'][:2]}")
    answer = json.loads(await ask(session, running.target(name, nil=True)))
    return comparison_query.wrong(answer, name, stage.book, raw=running.contender.raw)


async def calls(session: aiohttp.ClientSession, core: str) -> int:
    """The core's calls since the last look."""
    async with session.get(f"{core}/bench/calls") as response:
        return sum(json.loads(await response.read()).values())
