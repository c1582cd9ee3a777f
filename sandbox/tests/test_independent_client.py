"""A client of another make: npm's `soap`, which has only the served WSDL to go by."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.tests.wire import DUAN, PASSWORD, USER, Wire

PACKAGE = "soap@1.13.0"
NPM, NODE = shutil.which("npm"), shutil.which("node")
SCRIPT = """
import soap from 'soap';

const [url, user, password, account] = process.argv.slice(2);
const client = await soap.createClientAsync(`${url}/services/collection?wsdl`);
client.setSecurity(new soap.WSSecurity(user, password, { passwordType: 'PasswordDigest', hasNonce: true }));
client.addSoapHeader(
  { Head: { QDBH: 'APP', QQLSH: 'node-0001', QQSJ: new Date().toISOString() } },
  '', undefined, 'urn:gjj:core:1');
const { CollectionServicePort: port } = client.CollectionService;
port.QueryAccount({ GRZH: account }, (error, reply) => {
  if (error) { console.error(error.message); process.exit(1); }
  console.log(JSON.stringify(reply));
});
"""

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(NPM is None or NODE is None, reason="npm and node are not on PATH"),
]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, or a skip where the registry cannot be reached."""
    folder = tmp_path_factory.mktemp("node")
    done = subprocess.run(
        [str(NPM), "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode and os.environ.get("BFF_REQUIRE_SERVICES") != "1":
        pytest.skip(f"{PACKAGE} could not be installed: {done.stderr.strip().splitlines()[-1:]}")
    assert done.returncode == 0, done.stderr
    (folder / "query.mjs").write_text(SCRIPT, encoding="utf-8")
    return folder


def query(installed: Path, core: Wire, password: str) -> subprocess.CompletedProcess[str]:
    command = [str(NODE), str(installed / "query.mjs"), core.url, USER, password, DUAN]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60)


def test_another_client_reads_an_account(installed: Path, reading_core: Wire) -> None:
    done = query(installed, reading_core, PASSWORD)
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert (reply["QQLSH"], reply["FHM"], reply["KJRQ"]) == ("node-0001", "0000", "20181025")
    assert (reply["ZHXX"]["XINGMING"], float(reply["ZHXX"]["GRZHYE"])) == ("段小梅", 30921.43)


def test_another_client_with_a_wrong_password_gets_9003(installed: Path, reading_core: Wire) -> None:
    done = query(installed, reading_core, "wrong")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert (reply["FHM"], "ZHXX" in reply) == ("9003", False)
