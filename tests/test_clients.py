"""The TypeScript example: generated from the schema and the app's documents, type-checked, and run."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT, Bff
from tests.services import program

SHOWN = """\
段小梅 30921.43
60 rows
2018-09-08 汇缴201809公积金 2126.00
2014-03-12 汇缴201403公积金 1400.00
"""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a copy of the repository's layout; tsc ends with an error for a field that is not in the schema."""
    root = tmp_path_factory.mktemp("clients")
    shutil.copy(ROOT / "schema.graphql", root)
    shutil.copytree(ROOT / "app", root / "app")
    folder = root / "examples" / "typescript"
    left_out = shutil.ignore_patterns("node_modules", "build", "gql")
    shutil.copytree(ROOT / "examples" / "typescript", folder, ignore=left_out)
    _run(folder, program("npm"), "ci")
    _run(folder, program("npm"), "run", "generate")
    _run(folder, program("npm"), "run", "build")
    return folder


@pytest.mark.node
@pytest.mark.parametrize("client", ["apollo", "urql"])
def test_a_client_signs_in_and_pages_through_the_contributions(example: Path, bff: Bff, client: str) -> None:
    asked = (f"{bff.url}/graphql", "13800000001", "Practice-2018", "201810")
    assert _run(example, program("node"), f"build/{client}.js", *asked) == SHOWN


@pytest.mark.node
def test_amounts_are_text_in_typescript(example: Path) -> None:
    types = (example / "src" / "gql" / "graphql.ts").read_text("utf-8")
    assert set(re.findall(r"\b(?:amount|balance|total|annualRate): (\w+)", types)) == {"string"}


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
