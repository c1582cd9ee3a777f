"""Processor time of each generated request, from its bytes to its answer's, the least of some tries, in front of the
practice core: `python -m bench.limits` for those that take the most; `python -m bench.limits all` for all of them."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from sandbox.server import open_book
from tests.conftest import settings_for
from tests.graphql.costs import Cost, endpoint
from tests.graphql.shapes import shapes
from tests.support.servers import running_core

TRIES, SHOWN = 5, 40


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        costs = asyncio.run(_measured(Path(folder)))
    costs.sort(key=lambda each: -each[1].milliseconds)
    for name, cost in costs if "all" in sys.argv else costs[:SHOWN]:
        answer = cost.answer[:80].decode("utf-8", "replace")
        sys.stdout.write(f"{cost.milliseconds:6.1f} ms {len(cost.answer):8} bytes  {name:80} {answer}\n")
    sys.stdout.write(f"{len(costs)} shapes\n")


async def _measured(folder: Path) -> list[tuple[str, Cost]]:
    open_book(folder / "core.sqlite3")
    with running_core(folder / "core.sqlite3") as core:
        async with endpoint(settings_for(core, folder, development=False, cache=True)) as cold:
            return [(name, await cold.cost(shape, 0, TRIES)) for name, shape in shapes().items()]


if __name__ == "__main__":
    main()
