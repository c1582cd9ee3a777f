"""GraphQL over HTTP as others understand it: the server audits of npm `graphql-http`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import Bff

HERE = Path(__file__).parent / "audit"


@pytest.fixture(scope="module")
def audits(bff: Bff, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        if os.environ.get("BFF_REQUIRE_SERVICES") == "1":
            pytest.fail("node and npm are required here")
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("audit")
    for name in ("package.json", "package-lock.json", "audit.mjs", ".npmrc"):
        shutil.copy(HERE / name, folder)
    subprocess.run([npm, "ci"], cwd=folder, check=True, capture_output=True)
    done = subprocess.run(
        [node, "audit.mjs", f"{bff.url}/graphql"], cwd=folder, check=True, capture_output=True, text=True
    )
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


@pytest.mark.node
def test_every_audit_of_graphql_http_passes(audits: list[dict[str, Any]]) -> None:
    assert [each for each in audits if each["status"] != "ok"] == []
    assert len(audits) == 61
