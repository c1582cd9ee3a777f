"""The development set-up: a practice core beside the server, three of its people registered, GraphiQL with the
app's operations open. Nothing of it runs in `bff serve`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bff import graphiql
from bff.settings import Settings

READY = re.compile(r"listening on (http://\S+)")
OPERATIONS = Path(__file__).parents[1] / "app"

PEOPLE = tuple(
    graphiql.Person(name, phone, "Practice-2018", "201810")  # the practice core's public passwords
    for name, phone in (("段小梅", "13800000001"), ("高小华", "13800000002"), ("卢小鹏", "13800000003"))
)

VARIABLES: Mapping[str, Mapping[str, object]] = {
    "ContributionDetails": {"first": 20},
    "WithdrawalDetails": {"first": 20},
    "LoanDetails": {"first": 20},
}
"""Operations to open at the start, beside AccountInfo, and what they are sent with."""


@contextmanager
def practice_core(settings: Settings) -> Iterator[str]:
    """Runs the practice core as a process of its own and gives its address; it keeps its book in `data_dir`."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    port = os.environ.get("SANDBOX_PORT", "8001")
    book = settings.data_dir / "core.sqlite3"
    command = [sys.executable, "-m", "sandbox", "--port", port, "--database", str(book), "--process-every", "5"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own package)
    try:
        yield _address_of(process)
    finally:
        process.terminate()
        process.wait()


def _address_of(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := READY.search(line):
            return found[1]
    raise SystemExit("The practice core did not start: see its message above. Is SANDBOX_PORT in use?")


def ide() -> graphiql.Config:
    return graphiql.Config(people=PEOPLE, tabs=tuple(_tabs()))


def _tabs() -> Iterator[graphiql.Tab]:
    for path in sorted(OPERATIONS.glob("*.graphql")):
        for name, document in operations_of(path.read_text(encoding="utf-8")).items():
            if name == "AccountInfo" or name in VARIABLES:
                variables = json.dumps(VARIABLES[name], indent=2) if name in VARIABLES else ""
                yield graphiql.Tab(title=name, query=document, variables=variables)


def operations_of(text: str) -> dict[str, str]:
    """Each operation of a file by its name, with the fragments of that file that it needs behind it."""
    from graphql import parse, print_ast, separate_operations

    return {name: print_ast(document) for name, document in separate_operations(parse(text)).items()}
