"""The sheet that a business department signs: nothing of the policy is missing, and its examples are the rules' own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bff.cli import main
from bff.rules.application import ApplicationKind, Keep
from bff.rules.kinds import WITHDRAWALS
from bff.rules.partial import KEEP
from bff.rules.policy import AccountCondition, Cap, Condition, WindowStart
from bff.rules.sheet import ACCOUNTS, CAPS, CONDITIONS, sheet
from bff.rules.windows import EVENTS
from tests.rules.people import EXAMPLE, POLICIES, PRACTICE

PAGE = Path(__file__).parents[2] / "docs" / "business-rules.md"


def section(text: str, kind: ApplicationKind) -> str:
    return text.partition(f"## {WITHDRAWALS[kind].name}\n")[2].partition("\n## ")[0]


def test_the_page_is_that_of_the_practice_centre_s_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["business-rules", str(POLICIES / "practice-centre.toml")]) == 0
    assert capsys.readouterr().out == PAGE.read_text(encoding="utf-8"), "make schema writes it"


def test_there_is_a_word_for_all_that_a_policy_may_say() -> None:
    assert ACCOUNTS.keys() == set(AccountCondition)
    assert CONDITIONS.keys() == set(Condition)
    assert CAPS.keys() == set(Cap)
    assert KEEP.keys() == set(Keep)
    assert EVENTS.keys() == set(WindowStart)


@pytest.mark.parametrize("policy", [PRACTICE, EXAMPLE], ids=["practice", "example"])
def test_each_kind_that_is_offered_has_its_basis_and_three_examples(policy: object) -> None:
    text = sheet(policy, "policy.toml")  # type: ignore[arg-type]
    for kind, entries in policy.withdrawals.items():  # type: ignore[attr-defined]
        found = section(text, kind)
        assert all(entry.value is None or entry.value.article in found for entry in entries)
        worked = re.findall(r"\| (\d+\.\d\d) \| .+ \|", found)
        assert len(worked) == (3 if entries[-1].value else 0), kind


@pytest.mark.parametrize(
    ("kind", "amounts"),
    [
        # 26043.43 carried forward, down to the hundred; 9400.00 repaid.
        # 26043.43 carried forward; 32298.50 - 24500.00 = 7798.50 are left of what was repaid.
        (ApplicationKind.FUND_LOAN_REPAYMENT, ["26000.00", "7700.00", "7700.00"]),
        # 23874.00 repaid; 3180.20 owed.
        (ApplicationKind.COMMERCIAL_LOAN_REPAYMENT, ["23800.00", "3100.00", "0.00"]),
        # The balance of 32421.43; 520000 - 290000 - 221850 = 8150.
        (ApplicationKind.HOME_PURCHASE, ["32400.00", "8100.00", "32400.00"]),
        # 12000 a year; 12000 - 9500.
        (ApplicationKind.RENT, ["12000.00", "2500.00", "12000.00"]),
        (ApplicationKind.PROPERTY_FEE, ["1500.00", "700.00", "1500.00"]),
        (ApplicationKind.RETIREMENT, ["32421.43", "32421.43", "32421.43"]),
    ],
)
def test_the_examples_come_out_as_by_hand(kind: ApplicationKind, amounts: list[str]) -> None:
    found = section(PAGE.read_text(encoding="utf-8"), kind)
    assert re.findall(r"\| (\d+\.\d\d) \|", found) == amounts


def test_a_policy_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.toml").write_text("centre = 1\n", encoding="utf-8")
    assert main(["business-rules", str(tmp_path / "wrong.toml")]) == 2
    assert "wrong.toml" in capsys.readouterr().err
