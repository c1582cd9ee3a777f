"""Attacks a server of its own on this machine, subject by subject, and prints a table of what held.
`python -m bench.attack [SUBJECT …]`; exits 1 where something did not hold."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bench.attack import connections, documents, enumeration, floods, heads, identifiers, persisted, websockets
from bench.attack.stage import Stage, is_supported
from bench.results import Result, report
from bff.observability import logging as logs

SUBJECTS: Mapping[str, Callable[[Stage], Awaitable[list[Result]]]] = {
    "websockets": websockets.attacks,
    "heads": heads.attacks,
    "connections": connections.attacks,
    "documents": documents.attacks,
    "floods": floods.attacks,
    "persisted": persisted.attacks,
    "enumeration": enumeration.attacks,
    "identifiers": identifiers.attacks,
}


async def run(subjects: list[str], folder: Path) -> list[tuple[str, Result]]:
    stage = Stage(folder)
    results = []
    try:
        await stage.build()
        for subject in subjects:
            begun = time.monotonic()
            results += [(subject, each) for each in await SUBJECTS[subject](stage)]
            print(f"{subject}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    finally:
        stage.close()
    return results


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all without any")
    subjects = parser.parse_args().subjects or list(SUBJECTS)
    if unknown := set(subjects) - set(SUBJECTS):
        parser.error(f"no subject: {', '.join(sorted(unknown))}")
    if not is_supported():
        parser.error("the figures come from /proc of Linux")
    logs.configure("WARNING", "console")
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(run(subjects, Path(folder)))
    return report(results)


if __name__ == "__main__":
    raise SystemExit(main())
