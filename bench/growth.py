"""How cost grows: with the rows of a member, with the members of the core, with the processes of the server.

    python -m bench.growth [--members 1000 10000 100000 1000000] [--rows 20 200 2000] [--processes 1 2 4]

The practice core itself answers here, over a book of that size, and nothing is cached but for the processes, which are
asked the same screen again and again. One request at a time, but for the processes. Prints Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import aiohttp

from bench import contenders, load, many_members, member
from bench.contenders import Contender, Running, python
from bench.load import cpu_seconds
from bench.servers import free_port
from sandbox.book import database

ASKED = 60
ROWS = 200


@contextmanager
def serving(folder: Path, *, options: Sequence[str] = (), **settings: str) -> Iterator[tuple[Running, Running]]:
    """The practice core over the folder's book, and this server in front of it with the member signed in."""
    book = ("sandbox", "--port", contenders.PORT, "--database", str(folder / "core.sqlite3"))
    core = contenders.start(Contender("core", "uncached", python(*book)), folder, free_port())
    try:
        url = f"http://127.0.0.1:{core.port}"
        ours = contenders.ours("this server", "uncached", url, options=options, **settings)
        running = contenders.start(ours, folder, free_port())
        try:
            running.token = asyncio.run(_registered(running, url))
            yield core, running
        finally:
            running.stop()
    finally:
        core.stop()


async def _registered(running: Running, core: str) -> str:
    async with aiohttp.ClientSession() as session:
        return await member.register(session, running.url.removesuffix("/graphql"), core)


async def asked(core: Running, running: Running, name: str) -> list[float]:
    """Median ms of a request, ms of the server's and of the core's processor for one."""
    target, times = running.target(name), []
    async with aiohttp.ClientSession() as session:
        for number in range(ASKED + 5):
            if number == 5:  # warm
                before = [sum(map(cpu_seconds, each.pids())) for each in (running, core)]
            begun = time.perf_counter()
            async with session.post(target.url, data=target.body, headers=target.headers) as response:
                assert b'"errors"' not in await response.read()
            times.append(time.perf_counter() - begun)
    after = [sum(map(cpu_seconds, each.pids())) for each in (running, core)]
    used = (1000 * (late - early) / ASKED for early, late in zip(before, after, strict=True))
    return [1000 * median(times[5:]), *used]


def rows(counts: Sequence[int]) -> Iterator[str]:
    yield from _head("rows of each list")
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            member.write_book(Path(name) / "core.sqlite3", count)
            yield from _line(count, Path(name))


def members(counts: Sequence[int]) -> Iterator[str]:
    """One book that grows."""
    yield from _head("members")
    with tempfile.TemporaryDirectory() as name:
        book = Path(name) / "core.sqlite3"
        member.write_book(book, ROWS)
        there, begun = 0, time.monotonic()
        for count in counts:
            with database.connected(book) as db:
                many_members.grow(db, there, count)
            there = count
            spent = time.monotonic() - begun
            yield from _line(count, Path(name), f"book of {book.stat().st_size / 1e6:.0f} MB, made in {spent:.0f} s")


def _head(what: str) -> Iterator[str]:
    yield f"| {what} | A p50 ms | server CPU ms | core CPU ms | B p50 ms | server CPU ms | core CPU ms | server MB | |"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|---|"


def _line(count: int, folder: Path, more: str = "") -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=folder) as own:
        (Path(own) / "core.sqlite3").symlink_to(folder / "core.sqlite3")
        with serving(Path(own), BFF_CACHE="false") as (core, running):
            figures = [each for name in ("A", "B") for each in asyncio.run(asked(core, running, name))]
            memory = sum(map(load.memory, running.pids()))
    cells = " | ".join(f"{each:.1f}" for each in figures)
    yield f"| {count:,} | {cells} | {memory:.0f} | {more} |"


def processes(counts: Sequence[int]) -> Iterator[str]:
    """They share a Redis, as several have to for answers to be held at all."""
    yield "| processes | A req/s | p50/p99 ms | CPU ms | MB, all |"
    yield "|--:|--:|--:|--:|--:|"
    redis = Contender("Redis", "cached", ("redis-server", "--port", contenders.PORT, "--save", ""))
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            member.write_book(Path(name) / "core.sqlite3", ROWS)
            shared = contenders.start(redis, Path(name), free_port())
            try:
                yield _screens(count, Path(name), f"redis://127.0.0.1:{shared.port}/0")
            finally:
                shared.stop()


def _screens(count: int, folder: Path, redis: str) -> str:
    with serving(folder, options=("--workers", str(count)), BFF_CACHE_URL=redis) as (_, running):
        load.run(running.target("A"), running.pids(), 3, 16)
        found = load.run(running.target("A"), running.pids(), 6, 16)
        memory = sum(map(load.memory, running.pids()))
    return f"| {count} | {found.rate:.0f} | {found.p50:.1f}/{found.p99:.1f} | {found.cpu:.2f} | {memory:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, nargs="*", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rows", type=int, nargs="*", default=[20, 200, 2_000])
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2, 4])
    chosen = parser.parse_args()
    for part, counts in ((rows, chosen.rows), (processes, chosen.processes), (members, chosen.members)):
        for line in part(counts):
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
