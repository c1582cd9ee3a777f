"""A drill: an eleventh kind of application is added to a copy of the sources, at the places that the how-to names, and
then somebody applies for it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import settings_for
from tests.support.servers import ROOT, Bff, Core, running_bff
from tests.support.serving import serving

HOW_TO = ROOT / "docs" / "how-to" / "add-an-application-kind.md"
DUAN = "13800000001"


def after(anchor: str, added: str) -> tuple[str, str]:
    return anchor, anchor + added


def before(anchor: str, added: str) -> tuple[str, str]:
    return anchor, added + anchor


Edits = list[tuple[str, str]]
EDITS: dict[str, Edits] = {
    "bff/legacy/standard/code_tables.py": [
        after('    "10": ApplicationKind.DOWN_PAYMENT,\n', '    "11": ApplicationKind.ELEVATOR,\n')
    ],
    "bff/rules/application_kinds.py": [
        after('    DOWN_PAYMENT = "DOWN_PAYMENT"\n', '    ELEVATOR = "ELEVATOR"\n'),
        after(
            '    ApplicationKind.DOWN_PAYMENT: Kind("贷款首付提取", Subject.PURCHASE, {}),\n',
            """\
    ApplicationKind.ELEVATOR: Kind(
        "加装电梯提取", Subject.NOTHING, {Field.CERTIFICATE_NUMBER: "加装电梯协议编号"}
    ),
""",
        ),
    ],
    "bff/rules/policy/practice-centre.toml": [
        before(
            "[[withdrawals.RETIREMENT]]\nfrom = 2002-03-24\n",
            """\
[[withdrawals.ELEVATOR]]
from = 2002-03-24
article = "本中心提取管理办法：既有住宅加装电梯"
offered = true
base = "TOTAL"
limit = 20000.00
floor = 100
frequency = "ONCE"
account = "NORMAL"

""",
        )
    ],
    "bff/rules/policy/example-centre.toml": [
        before(
            "[[withdrawals.PROPERTY_FEE]]\nfrom = 2015-01-01\n",
            """\
[[withdrawals.ELEVATOR]]
from = 2015-01-01
article = "示例中心未开办"
offered = false

""",
        )
    ],
    "bff/rules/policy/kunming.toml": [
        before(
            "[[withdrawals.RETIREMENT]]\nfrom = 2026-01-01 ",
            """\
[[withdrawals.ELEVATOR]]
from = 2026-01-01
article = "未查到公布的加装电梯提取细则"
offered = false

""",
        )
    ],
    "bff/schema/application_kinds.py": [
        after(
            '    "DOWN_PAYMENT": "For the down payment of a home with a loan (贷款首付提取).",\n',
            '    "ELEVATOR": "For a lift that neighbours add to their house (加装电梯提取).",\n',
        )
    ],
    "bff/schema/application_mutations.py": [
        before(
            '@strawberry.type(description="The application that was made',
            """\
@strawberry.input(description="加装电梯提取: for a lift that is added.")
class ElevatorWithdrawalInput(WithdrawalInput):
    certificate_number: str = strawberry.field(description="Agreement of the neighbours (加装电梯协议编号).")


""",
        ),
        before(
            "async def _apply(",
            """\
    @strawberry.mutation(description="加装电梯提取: withdraws for a lift that is added.")
    async def apply_elevator_withdrawal(
        self, info: Info, input: Annotated[ElevatorWithdrawalInput, What]
    ) -> ApplyPayload:
        return await _apply(info, Kind.ELEVATOR, input, Form(certificate_number=input.certificate_number))


""",
        ),
    ],
    "bff/legacy/standard/wsdl/core.xsd": [after("10 贷款首付提取", ", 11 加装电梯提取")],
    "sandbox/book/people.py": [after('    "83": "购房首付",\n', '    "84": "加装电梯",\n')],
    "sandbox/book/applications.py": [
        ("UNEMPLOYMENT, DOWN_PAYMENT = ", "UNEMPLOYMENT, DOWN_PAYMENT, ELEVATOR = "),
        ('"09", "10"\n', '"09", "10", "11"\n'),
        after('    DOWN_PAYMENT: ("83", "购房首付提取"),\n', '    ELEVATOR: ("84", "加装电梯提取"),\n'),
        after("    DOWN_PAYMENT: _check_down_payment,\n", "    ELEVATOR: _check_elevator,\n"),
        before(
            "CHECKS: Mapping[",
            """\
def _check_elevator(db: sqlite3.Connection, asked: Submission, account: sqlite3.Row) -> None:
    _must_be(account, deposits.NORMAL)
    if not asked.ZSHM:
        raise Refused("2099", "证明材料信息不全")
    drawn = db.execute("SELECT 1 FROM account_detail WHERE GRZH = ? AND YWLX = ?", (asked.GRZH, asked.YWLX))
    if drawn.fetchone():
        raise Refused("2007", "已办理过加装电梯提取")
    _cap(asked, 2_000_000)


""",
        ),
    ],
}
FORM = """query($kind: WithdrawalKind!) { me { withdrawalQuote(kind: $kind) {
    eligible amount amountInWords requiredFields refusals { code } } } }"""
APPLY = """mutation($input: ElevatorWithdrawalInput!) { applyElevatorWithdrawal(input: $input) {
    application { id kind status amount reference } userErrors { code field message } } }"""
RECORD = "query($id: ID!) { me { application(id: $id) { status entered { field value } } } }"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The sources with the new kind. An anchor that is gone means that the how-to is no longer true."""
    copy = tmp_path / "tree"
    for name in ("bff", "sandbox"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, edits in EDITS.items():
        text = (copy / name).read_text("utf-8")
        for old, new in edits:
            assert old in text, f"{name} has no longer {old!r}"
            text = text.replace(old, new)
        (copy / name).write_text(text, "utf-8")
    return copy


@pytest.fixture
def changed_core(tree: Path, tmp_path: Path) -> Iterator[Core]:
    core = Core(tmp_path / "core.sqlite3", source=tree)
    core.start()
    yield core
    core.stop()


@pytest.fixture
def changed_bff(tree: Path, changed_core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bff]:
    with running_bff(settings_for(changed_core, tmp_path / "bff")):
        pass  # registers the three
    monkeypatch.setenv("PYTHONPATH", str(tree))
    with serving(changed_core, tmp_path / "bff", by_command=True, cache=False) as bff:
        yield bff


def test_an_eleventh_kind_goes_from_offer_to_ledger(changed_bff: Bff, changed_core: Core) -> None:
    token = changed_bff.sign_in(DUAN)
    offer = changed_bff.data(FORM, {"kind": "ELEVATOR"}, token)["me"]["withdrawalQuote"]
    assert offer == {
        "eligible": True,
        "amount": "20000.00",
        "amountInWords": "贰万元整",
        "requiredFields": ["certificateNumber"],
        "refusals": [],
    }
    asked = {"idempotencyKey": "elevator", "expectedAmount": "20000.00"}
    assert _apply(changed_bff, token, **asked, certificateNumber=" ")["userErrors"][0]["code"] == "REQUIRED"
    made = _apply(changed_bff, token, **asked, certificateNumber="DT2018-0007")["application"]
    assert (made["kind"], made["status"], made["amount"]) == ("ELEVATOR", "ACCEPTED", "20000.00")

    for status in ("APPROVED", "COMPLETED"):
        changed_core.control("PUT", f"applications/{_serial(changed_core)}", {"status": status})
        record = changed_bff.data(RECORD, {"id": made["id"]}, token)["me"]["application"]
        assert record["status"] == status
    assert {"field": "certificateNumber", "value": "DT2018-0007"} in record["entered"]

    details = "{ me { account { balance { total } withdrawals(first: 1) { edges { node { amount reason } } } } } }"
    account = changed_bff.data(details, {}, token)["me"]["account"]
    assert account["balance"]["total"] == "10921.43"
    assert account["withdrawals"]["edges"] == [{"node": {"amount": "20000.00", "reason": "加装电梯"}}]
    after = changed_bff.data(FORM, {"kind": "ELEVATOR"}, token)["me"]["withdrawalQuote"]
    assert {each["code"] for each in after["refusals"]} == {"LIMIT_REACHED"}


def test_the_how_to_names_each_place_that_was_touched() -> None:
    listed = re.findall(r"^\| `([^`]+)` \|", HOW_TO.read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(EDITS)


def _apply(bff: Bff, token: str, **asked: str) -> Any:
    return bff.data(APPLY, {"input": asked}, token)["applyElevatorWithdrawal"]


def _serial(core: Core) -> str:
    with closing(sqlite3.connect(core.book)) as db:
        return str(db.execute("SELECT SQLSH FROM application").fetchone()[0])
