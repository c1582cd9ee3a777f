"""Whatever a process says, with everything at DEBUG, names nobody and gives no secret away."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx2

from tests.flows.test_members import PASSWORDS, ZHAO, send_code
from tests.flows.test_traces import collector
from tests.support.servers import ROOT, Bff, Core


@contextmanager
def talkative(core: Core, folder: Path, spans_to: str, core_timeout: float = 60) -> Iterator[tuple[Bff, Path]]:
    """`bff serve` with everything at DEBUG, and the file that takes all it says."""
    said = folder / f"said-{core_timeout}"
    environment = os.environ | {
        "BFF_PORT": "0",
        "BFF_DATA_DIR": str(folder),
        "BFF_CORE_URL": core.url,
        "BFF_LOG_LEVEL": "DEBUG",
        "BFF_PASSWORD_MEMORY_KIB": "64",
        "BFF_CORE_TIMEOUT": str(core_timeout),
        "BFF_REQUEST_TIMEOUT": "60",
        "BFF_METRICS_PORT": "0",
        "OTEL_EXPORTER_OTLP_ENDPOINT": spans_to,
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONWARNINGS": "default",
    }
    command = [str(Path(sys.executable).with_name("bff")), "serve"]
    with said.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, said.read_text()
            with httpx2.Client(base_url=found[0], timeout=60, trust_env=False) as client:
                yield Bff(found[0], client), said
        finally:
            process.terminate()
            process.communicate()


def personal_data(core: Core) -> set[str]:
    """Everything in the practice core's book that belongs to a person."""
    queries = (
        "SELECT XINGMING FROM person UNION SELECT SJHM FROM person UNION SELECT ZJHM FROM person",
        "SELECT GRZH FROM account UNION SELECT GRCKZHHM FROM account UNION SELECT JKHTBH FROM loan",
    )
    with closing(sqlite3.connect(core.book)) as db:
        found = {str(row[0]).strip() for query in queries for row in db.execute(query) if row[0]}
    return {text for text in found if len(text) > 1}


def use_everything(bff: Bff, core: Core, folder: Path, spans_to: str) -> set[str]:
    """All kinds of requests, right and wrong ones; gives the secrets that went over the wire."""
    code = send_code(bff, core, ZHAO["phone"])
    bff.data("Register", {"input": {**PASSWORDS, **ZHAO, "name": "赵晓血", "smsCode": "000000"}})
    session = bff.data("Register", {"input": {**PASSWORDS, **ZHAO, "smsCode": code}})["register"]["session"]
    token = session["accessToken"]
    bff.data("SignIn", {"input": {"username": ZHAO["phone"], "loginPassword": "Wrong-Rain-8"}})
    bff.data("SignIn", {"input": {"username": "99000019850312022X", "loginPassword": "Wrong-Rain-8"}})
    bff.data("AccountInfo", token=token)
    bff.data("{ me { idNumber(reveal: true) account { bankAccount { number(reveal: true) } } } }", token=token)
    bff.data("ContributionDetails", {"first": 5}, token)
    bff.data("WithdrawalForm", {"kind": "PROPERTY_FEE"}, token)
    asked = {"idempotencyKey": str(uuid4()), "expectedAmount": "100.00"}
    bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token)
    asked["idempotencyKey"] = str(uuid4())
    retired = {"certificateNumber": "CERT-赵晓雪-1", "formerEmployer": "赵晓雪的单位", "approvedOn": "2018-01-01"}
    bff.execute("ApplyRetirementWithdrawal", {"input": {**asked, **retired}}, token)
    bff.data("ApplicationRecords", token=token)
    bff.execute("{ me { name(nobody: 13800000006) } }", token=token)
    named = f"query of{ZHAO['phone']} {{ me {{ name }} }}"
    headers = {"tracestate": f"who={ZHAO['phone']}", "baggage": f"who={ZHAO['phone']}", "User-Agent": ZHAO["phone"]}
    bff.client.post("/graphql", json={"query": named}, headers={"Authorization": f"Bearer {token}", **headers})
    bff.execute("query($id: ID!) { me { application(id: $id) { id } } }", {"id": [ZHAO["name"]]}, token)
    bff.client.post("/graphql", content=f"{{ {ZHAO['name']} }}".encode(), headers={"Content-Type": "application/json"})
    for kind in ("html502", "garbage", "truncate", "fault", "reset"):
        core.break_("*", kind)
        bff.execute("AccountInfo", token=token)
        core.heal()
    with talkative(core, folder, spans_to, core_timeout=0.5) as (impatient, _):
        core.break_("*", "hang")
        assert "errors" in impatient.execute("AccountInfo", token=token)
        core.heal()
    renewed = bff.data("RefreshSession", {"refreshToken": session["refreshToken"]})["refreshSession"]["session"]
    bff.data("RefreshSession", {"refreshToken": session["refreshToken"]})
    tokens = {each[name] for each in (session, renewed) for name in ("accessToken", "refreshToken")}
    return tokens | set(PASSWORDS.values()) | {"Wrong-Rain-8", "CERT-赵晓雪-1"} | {f'"{code}"', f"'{code}'"}


def test_neither_logs_at_debug_nor_figures_nor_spans_hold_personal_data(fresh_core: Core, tmp_path: Path) -> None:
    with collector() as (url, spans), talkative(fresh_core, tmp_path, url) as (bff, said):
        secrets = use_everything(bff, fresh_core, tmp_path, url)
        figures = scrape(said)
        _break_the_store(tmp_path)
        answer = bff.execute("SignIn", {"input": {"username": ZHAO["phone"], "loginPassword": "Summer-Rain-8"}})
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_ERROR"
    text = _readable("".join(each.read_text(encoding="utf-8") for each in tmp_path.glob("said-*")))
    assert len(text) > 10_000
    assert "internal_error" in text
    assert 'bff_operations_total{operation="SignIn"' in figures
    traced = b"".join(body for _, body in spans).decode("utf-8", "replace")
    assert "mutation SignIn" in traced
    text += figures + traced
    leaked = sorted(secret for secret in secrets | personal_data(fresh_core) if secret in text)
    assert leaked == []


def scrape(said: Path) -> str:
    found = re.search(r'"port":(\d+),.*"metrics_listening"', said.read_text(encoding="utf-8"))
    assert found
    return httpx2.get(f"http://127.0.0.1:{found[1]}/metrics", timeout=60, trust_env=False).text


def _break_the_store(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "bff.sqlite3")) as db:
        db.execute("ALTER TABLE member RENAME COLUMN phone TO no_phone")


def _readable(text: str) -> str:
    """With escapes resolved: \\u8d75 is a name, too."""
    return text + re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def test_the_search_would_find_a_leak(fresh_core: Core) -> None:
    assert {"赵晓雪", "13800000006", "990000199808124082"} <= personal_data(fresh_core)
    assert "赵" in _readable(json.dumps("赵"))
