"""CPU time until a hostile document is refused, the median of some rounds: `python -m bench.limits`."""

from __future__ import annotations

import gc
import statistics
import sys
import time

from bff.graphql import Engine, GraphQLOptions
from bff.graphql.engine import Refused, Request
from bff.schema import build_schema
from tests.graphql.hostile import HOSTILE

ROUNDS = 9


def main() -> None:
    schema = build_schema()
    # As in a server that has started: what lives for ever is not looked through again.
    gc.collect()
    gc.freeze()
    for name, (query, _) in {"(warming up)": ("{ __typename }", ""), **HOSTILE}.items():
        taken = []
        for _ in range(ROUNDS):
            engine = Engine.of(schema, GraphQLOptions())
            begun = time.process_time()
            outcome = _outcome(engine, query)
            taken.append(1000 * (time.process_time() - begun))
        sys.stdout.write(f"{name:45} {len(query):7} characters {statistics.median(taken):6.1f} ms  {outcome[:90]}\n")


def _outcome(engine: Engine, query: str) -> str:
    try:
        engine.prepare(Request(query, {}, "Small" if "Small" in query else None, {}))
    except Refused as refused:
        return str(refused)
    return "runs"


if __name__ == "__main__":
    main()
