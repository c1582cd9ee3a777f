"""The TypeScript example: generated from the schema and the app's documents, type-checked, and run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bff.cli.main import main
from bff.server.persisted_documents import sha256
from tests.conftest import settings_for
from tests.support.servers import ROOT, Bff, Core, running_bff
from tests.support.services import program

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
def test_apollo_client_tells_how_old_an_answer_is(example: Path, fresh_core: Core, tmp_path: Path) -> None:
    """What the cache gives while the core is away; with a core that answers it says nothing."""
    with running_bff(settings_for(fresh_core, tmp_path, cache=True, cache_fresh_at_most=0)) as bff:
        asked = (program("node"), "build/apollo.js", f"{bff.url}/graphql", "13800000001", "Practice-2018", "201810")
        assert _run(example, *asked) == SHOWN
        fresh_core.break_("QueryAccount", "html502")
        shown = _run(example, *asked)
    assert re.fullmatch(re.escape(SHOWN) + r"The account is as it was \d+ seconds ago\.\n", shown)


@pytest.mark.node
def test_documents_that_codegen_hashed_are_registered_and_answered(
    example: Path, core: Core, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By Apollo Client, whose link sends the hash with the name of its algorithm."""
    made, target = example / "src" / "gql" / "persisted-documents.json", tmp_path / "documents.json"
    assert main(["documents", "register", str(made), "--manifest", str(target)]) == 0, capsys.readouterr().err
    documents = json.loads(made.read_text("utf-8"))
    assert {f"sha256:{sha256(text)}": text for text in documents.values()} == documents
    with running_bff(settings_for(core, tmp_path, documents_file=target, documents_only=True)) as bff:
        asked = (program("node"), "build/registered.js", f"{bff.url}/graphql", "13800000001", "Practice-2018")
        assert _run(example, *asked) == "signed in\n"
        for document_id in documents:
            answer = bff.client.post("/graphql", json={"documentId": document_id}).json()
            assert "PersistedQueryNotFound" not in str(answer)


@pytest.mark.node
def test_amounts_are_text_in_typescript(example: Path) -> None:
    types = (example / "src" / "gql" / "graphql.ts").read_text("utf-8")
    assert set(re.findall(r"\b(?:amount|balance|total|annualRate): (\w+)", types)) == {"string"}


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
