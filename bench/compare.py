"""This server, a straightforward one, and the peers: the same questions over the same core, in one run.

    python -m bench.compare [--rounds 5] [--seconds 3] [--chart FILE]

Each is asked first whether its data are right, by the book. Then the rounds are interleaved, so that whatever else the
machine does is shared by all; "control" is this server a second time, and how far it is from the first is how much a
difference has to be to mean anything. Needs wrk, and Node with `npm ci` in bench/peers. Prints Markdown;
the chart is of requests a second, as SVG.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import aiohttp

from bench import chart, contenders, environment, load
from bench.contenders import PEERS, Contender, Field, Running
from bench.environment import Stage
from bench.load import Round

ROWS = 130
WARM_UP = 3.0
QUESTIONS = ("A", "B")
CONNECTIONS: dict[Field, int] = {"uncached": 8, "slow core": 1, "cached": 8}
TITLES: dict[Field, str] = {
    "uncached": "The core answers at once, nothing is cached",
    "slow core": f"The core takes {environment.DELAY} ms, one request at a time, nothing is cached",
    "cached": "The same question again and again, everything cached",
}


@dataclass(slots=True)
class Measured:
    """`rounds` are by question; `wrong` is what the book has otherwise; `calls` to the core are for one screen A."""

    contender: Contender
    wrong: list[str]
    calls: float = 0.0
    memory: float = 0.0
    rounds: dict[str, list[Round]] = field(default_factory=lambda: defaultdict(list))

    def of(self, question: str, what: str) -> float:
        """The median over the rounds."""
        return float(median(getattr(each, what) for each in self.rounds[question]))


async def compare(options: argparse.Namespace) -> dict[Field, list[Measured]]:
    with tempfile.TemporaryDirectory() as name, environment.prepared(Path(name), ROWS) as scene:
        everyone = contenders.contenders(scene.instant, scene.slow, Path(name))
        async with aiohttp.ClientSession() as session:
            fields = {}
            for place in TITLES:
                chosen = [each for each in everyone if each.field == place]
                fields[place] = await _field(session, scene, chosen, options)
            return fields


async def _field(
    session: aiohttp.ClientSession, scene: Stage, chosen: Sequence[Contender], options: argparse.Namespace
) -> list[Measured]:
    running: list[Running] = []
    try:
        measured = []
        for contender in chosen:
            running.append(scene.start(contender))
            measured.append(await _met(session, scene, running[-1]))
        _rounds(running, measured, options)
        for each, process in zip(measured, running, strict=True):
            each.memory = sum(map(load.memory, process.pids()))
        return measured
    finally:
        for process in running:
            process.stop()


async def _met(session: aiohttp.ClientSession, scene: Stage, running: Running) -> Measured:
    """Signed in where it wants that, its data looked at, and the answers kept for the bare route."""
    if running.contender.ours:
        await environment.sign_in(session, scene, running)
    wrong = [each for name in QUESTIONS for each in await environment.check(session, scene, running, name)]
    if running.contender.name == contenders.OURS:
        if wrong:
            raise SystemExit(f"{running.contender.name}: {wrong}")
        for name in QUESTIONS:
            (scene.folder / f"{name}.json").write_bytes(await environment.ask(session, running.target(name)))
    core = scene.slow if running.contender.field == "slow core" else scene.instant
    await environment.calls(session, core)
    await environment.ask(session, running.target("A"))
    return Measured(running.contender, wrong, calls=await environment.calls(session, core))


def _rounds(running: Sequence[Running], measured: Sequence[Measured], options: argparse.Namespace) -> None:
    for number in range(options.rounds + 1):
        for process, each in zip(running, measured, strict=True):
            for name in QUESTIONS:
                seconds = options.seconds if number else WARM_UP
                found = load.run(process.target(name), process.pids(), seconds, CONNECTIONS[each.contender.field])
                if number:  # the first is for warming up
                    each.rounds[name].append(found)
            print(f"{each.contender.field}, round {number}: {each.contender.name}", file=sys.stderr)


def report(fields: dict[Field, list[Measured]]) -> Iterator[str]:
    yield from _circumstances()
    for place, found in fields.items():
        yield from ("", f"**{TITLES[place]}**", "")
        yield from _table(found)
    yield from ("", "**Goals**", "")
    yield from goals(fields)
    wrong = {each.contender.name: each.wrong[0][:200] for each in fields["uncached"] if each.wrong}
    yield ""
    yield from (f"* {name}: {first}" for name, first in wrong.items())


def _circumstances() -> Iterator[str]:
    yield f"{os.cpu_count()} processors that load, server and core share; Python {sys.version.split()[0]}."


def _table(found: Sequence[Measured]) -> Iterator[str]:
    first = found[0]
    columns = [f"{name}{what}" for name in QUESTIONS for what in (" req/s", " of the first", " p50/p99 ms", " CPU ms")]
    yield f"| | {' | '.join(columns)} | MB | core calls | data right |"
    yield f"|---|{'--:|' * (len(columns) + 2)}---|"
    for each in found:
        cells = [each.contender.name]
        for name in QUESTIONS:
            rate = each.of(name, "rate")
            cells += [f"{rate:.0f}", f"{rate / first.of(name, 'rate'):.2f}"]
            cells += [f"{each.of(name, 'p50'):.1f}/{each.of(name, 'p99'):.1f}", f"{each.of(name, 'cpu'):.2f}"]
        cells += [f"{each.memory:.0f}", f"{each.calls:.0f}", "**no**" if each.wrong else "yes"]
        yield f"| {' | '.join(cells)} |"


def goals(fields: dict[Field, list[Measured]]) -> Iterator[str]:
    """Each goal, what was reached, and whether that is enough."""
    yield "| | goal | reached |"
    yield "|---|---|---|"
    for what, goal, reached, met in _goals(fields):
        yield f"| {what} | {goal} | {reached}{'' if met else ' **missed**'} |"


def _goals(fields: dict[Field, list[Measured]]) -> Iterator[tuple[str, str, str, bool]]:
    live, slow, cached = fields["uncached"], fields["slow core"], fields["cached"]
    ours, bare, records, whole, *peers_cached, _ = live[0], *cached
    for name, stock, right, any_peer in (("A", 5.0, 1.3, 1.1), ("B", 7.0, 2.0, 2.0)):
        rate, peers = ours.of(name, "rate"), live[3:]
        yield _at_least(f"{name} uncached, of {contenders.STOCK}", rate, live[2].of(name, "rate"), stock)
        best = max(each.of(name, "rate") for each in peers if not each.wrong)
        yield _at_least(f"{name} uncached, of the best peer whose data are right", rate, best, right)
        fastest = max(each.of(name, "rate") for each in peers)
        yield _at_least(f"{name} uncached, of the fastest peer", rate, fastest, any_peer)
    for name in QUESTIONS:
        rate, least = whole.of(name, "rate"), bare.of(name, "rate")
        yield _at_least(f"{name} from cached records, of a bare route", records.of(name, "rate"), least, 0.12)
        yield _at_least(f"{name} whole, authorised, of a bare route", rate, least, 0.7)
        best = max(each.of(name, "rate") for each in peers_cached)
        yield _at_least(f"{name} whole, of the best peer's response cache", rate, best, 4.0)
    for name, most in (("A", 4.5), ("B", 8.0)):
        added = slow[0].of(name, "p50") - environment.DELAY
        what = f"{name}: added to a core of {environment.DELAY} ms, p50"
        yield what, f"≤ {most} ms", f"{added:.1f} ms", added <= most
    yield "memory of a process under load", "≤ 100 MB", f"{ours.memory:.0f} MB", ours.memory <= 100


def _at_least(what: str, ours: float, theirs: float, least: float) -> tuple[str, str, str, bool]:
    return what, f"≥ {least:g}", f"{ours / theirs:.2f}", ours / theirs >= least


def drawn(fields: dict[Field, list[Measured]]) -> str:
    panels = [
        (
            f"{name}: {TITLES[place]}",
            [chart.Bar(each.contender.name, each.of(name, "rate"), _colour(each)) for each in found],
        )
        for place, found in fields.items()
        if place != "slow core"
        for name in QUESTIONS
    ]
    legend = {"this server": chart.OURS, "others, data right": chart.RIGHT, "others, data wrong": chart.WRONG}
    return chart.bars("Requests a second over eight connections", legend, panels)


def _colour(measured: Measured) -> str:
    if measured.contender.ours:
        return chart.OURS
    return chart.WRONG if measured.wrong else chart.RIGHT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one round of one question")
    parser.add_argument("--chart", type=Path)
    if not (PEERS / "node_modules").exists():
        raise SystemExit("The peers are not installed: run `npm ci` in bench/peers.")
    options = parser.parse_args()
    fields = asyncio.run(compare(options))
    print("\n".join(report(fields)))
    if options.chart:
        options.chart.write_text(drawn(fields), encoding="utf-8")


if __name__ == "__main__":
    main()
