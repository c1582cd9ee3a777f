"""The command line answers at once where it needs no server."""

from __future__ import annotations

import argparse
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

from bff.cli.arguments import parser

LARGE = {"strawberry", "graphql", "sqlalchemy", "zeep", "lxml", "starlette", "pydantic", "aiocache"}
HELP = f"""
import sys
from bff.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print(sorted({LARGE} & set(sys.modules)))
"""


def test_help_imports_nothing_of_the_server() -> None:
    told = subprocess.run([sys.executable, "-c", HELP], check=True, capture_output=True, text=True).stdout
    assert "end-sessions" in told
    assert told.splitlines()[-1] == "[]"


def runs(of: argparse.ArgumentParser) -> Iterator[str]:
    if run := of.get_default("run"):
        yield run
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from runs(command)


def test_every_command_names_a_function_that_is_there() -> None:
    found = list(runs(parser()))
    assert len(found) == len(set(found)) == 11
    assert all(callable(pkgutil.resolve_name(each)) for each in found)
