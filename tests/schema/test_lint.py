"""The schema and the app's documents by the rules of graphql-eslint."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.servers import ROOT
from tests.support.services import program

LINT = Path(__file__).parent / "lint"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("lint")
    for name in ("package.json", "package-lock.json", "eslint.config.js", ".npmrc"):
        shutil.copy(LINT / name, made)
    subprocess.run([program("npm"), "ci"], cwd=made, check=True, capture_output=True, timeout=300)
    shutil.copy(ROOT / "schema.graphql", made)
    shutil.copytree(ROOT / "app", made / "app")
    return made


@pytest.mark.node
def test_schema_and_documents_pass_the_linter(folder: Path) -> None:
    assert _complaints(folder) == ""


@pytest.mark.node
def test_the_linter_would_find_a_field_without_a_description(folder: Path) -> None:
    (folder / "schema.graphql").write_text((ROOT / "schema.graphql").read_text("utf-8") + "type Bare { bare: Int }\n")
    assert 'Description is required for type "Bare"' in _complaints(folder)


def _complaints(folder: Path) -> str:
    command = [str(folder / "node_modules" / ".bin" / "eslint"), "schema.graphql", "app"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout
