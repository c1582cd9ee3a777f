"""The command line answers at once where it needs no server."""

from __future__ import annotations

import subprocess
import sys

LARGE = {"strawberry", "graphql", "sqlalchemy", "zeep", "lxml", "starlette", "pydantic", "aiocache"}
HELP = f"""
import sys
from bff.cli import main
try:
    main(["--help"])
except SystemExit:
    print(sorted({LARGE} & set(sys.modules)))
"""


def test_help_imports_nothing_of_the_server() -> None:
    told = subprocess.run([sys.executable, "-c", HELP], check=True, capture_output=True, text=True).stdout
    assert "end-sessions" in told
    assert told.splitlines()[-1] == "[]"
