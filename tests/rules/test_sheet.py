"""The sheet that a business department signs: nothing of the policy is missing, and its examples are the rules' own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bff.cli.main import main
from bff.rules.application import Keep
from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind
from bff.rules.business_rules import sheet
from bff.rules.business_rules_texts import ACCOUNTS, CAPS, CONDITIONS
from bff.rules.loans.prepayment_conditions import KEEP
from bff.rules.policy.loader import load_policy
from bff.rules.policy.withdrawal_terms import AccountCondition, Cap, Condition, WindowStart
from bff.rules.withdrawals.time_window import EVENTS
from tests.rules.people import EXAMPLE, POLICIES, PRACTICE, policy_text

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


# On 20 September 2026 from 26043.43 carried forward and 6378.00 of this year, 32421.43 in all.
BY_HAND = {
    # Down to the hundred, 26043.43; 32298.50 repaid by the couple less the 24500.00 drawn leave 7798.50.
    ApplicationKind.FUND_LOAN_REPAYMENT: ["26000.00", "7700.00", "7700.00"],
    # 23874.00 repaid; 3180.20 owed; no loan.
    ApplicationKind.COMMERCIAL_LOAN_REPAYMENT: ["23800.00", "3100.00", "0.00"],
    # The balance; 520000 - 290000 - 221850 = 8150; the balance.
    ApplicationKind.HOME_PURCHASE: ["32400.00", "8100.00", "32400.00"],
    # The balance; 520000 - 512345 = 7655; the balance.
    ApplicationKind.HOME_CONSTRUCTION: ["32400.00", "7600.00", "32400.00"],
    # 12000 a year; 12000 - 9500; 12000.
    ApplicationKind.RENT: ["12000.00", "2500.00", "12000.00"],
    # 1500 each time; 730.00 of balance; 1500.
    ApplicationKind.PROPERTY_FEE: ["1500.00", "700.00", "1500.00"],
    # The whole balance to the cent.
    ApplicationKind.RETIREMENT: ["32421.43", "32421.43", "32421.43"],
    ApplicationKind.UNEMPLOYMENT: ["32421.43", "32421.43", "32421.43"],
    # The balance; 230000 - 225000; the balance.
    ApplicationKind.DOWN_PAYMENT: ["32400.00", "5000.00", "32400.00"],
}


def test_the_examples_come_out_as_by_hand() -> None:
    page = PAGE.read_text(encoding="utf-8")
    offered = [kind for kind, entries in PRACTICE.withdrawals.items() if entries and entries[-1].value]
    found = {kind: re.findall(r"\| (\d+\.\d\d) \|", section(page, kind)) for kind in offered}
    assert found == BY_HAND


def prepayments(text: str) -> list[tuple[str, ...]]:
    """The figures of each worked example: principal, interest, fee, amount due, and what follows."""
    found = text.partition("## 贷款提前还款\n")[2].partition("\n## ")[0]
    amount = r"(\d+\.\d\d) \| "
    return re.findall(rf"\| {amount * 4}(.+) \|", found)


# Of 187167.54 at 3.575 per cent with 98 installments left, paid on 25 October 2018, 11 days after the last due day.
# Interest to the day: 187167.54 x 3.575 x 11 / 36000 = 204.454..., whatever the part. After 50000: 137167.54, and on
# it 20 days to 14 November, 272.43.
PART = ("50000.00", "204.45", "0.00", "50204.45")
PREPAID = [
    # 137167.54 / 98 = 1399.67 a month, + 272.43; last 137167.54 - 97 x 1399.67 = 1399.55, + 30 days of it, 4.17.
    (*PART, "可以办理，下期（2018年11月14日）还款1672.10元，末期（2026年12月14日）还款1403.72元"),
    # 187167.54 / 98 = 1909.87 stays, + 272.43; the 72nd takes 137167.54 - 71 x 1909.87 = 1566.77, + 30 days, 4.67.
    (*PART, "可以办理，下期（2018年11月14日）还款2182.30元，末期（2024年10月14日）还款1571.44元"),
    ("187167.54", "204.45", "0.00", "187371.99", "可以办理，贷款当日结清"),
]


def test_the_prepayments_come_out_as_by_hand() -> None:
    assert prepayments(PAGE.read_text(encoding="utf-8")) == PREPAID


def test_a_fee_and_an_interest_on_the_part_alone_are_in_the_prepayments() -> None:
    """One per cent of the principal; 50000 x 3.575 x 11 / 36000 = 54.618... Interest on the rest from 14 October on:
    31 days of 137167.54, 422.27."""
    text, none, on_all = policy_text("practice-centre.toml"), "fee = { per_cent = 0 }", 'interest_on = "BALANCE"'
    assert (text.count(none), text.count(on_all)) == (1, 1)
    text = text.replace(none, "amount_due_confirmed = true\nfee = { per_cent = 1 }").replace(
        on_all, 'interest_on = "PREPAID"'
    )
    found = prepayments(sheet(load_policy(text, "fee.toml"), "fee.toml"))
    assert [each[:4] for each in found] == [
        ("50000.00", "54.62", "500.00", "50554.62"),
        ("50000.00", "54.62", "500.00", "50554.62"),
        ("187167.54", "204.45", "1871.68", "189243.67"),
    ]
    # 1399.67 and 1909.87 beside that interest.
    assert [each[4].partition("还款")[2].partition("元")[0] for each in found[:2]] == ["1821.94", "2332.14"]


def test_a_part_that_the_policy_refuses_says_why() -> None:
    text, keep = policy_text("practice-centre.toml"), 'keep = ["TERM", "INSTALLMENT"]'
    assert (text.count(keep), text.count("minimum = 10000.00")) == (1, 1)
    text = text.replace(keep, 'keep = ["TERM"]').replace("minimum = 10000.00", "minimum = 50000.00")
    assert [each[4] for each in prepayments(sheet(load_policy(text, "strict.toml"), "strict.toml"))] == [
        PREPAID[0][4],
        "本中心部分提前还款只能选择“减少月还款额”。如需结清，请输入结清金额187371.99元。",
        PREPAID[2][4],
    ]


def test_where_prepayments_are_not_offered_none_is_worked() -> None:
    text = (POLICIES / "kunming.toml").read_text(encoding="utf-8")
    assert prepayments(sheet(load_policy(text, "kunming.toml"), "kunming.toml")) == []


RENT = (
    "下列各项中较小者：账户余额；每月1700元，有2个以上未成年子女的1900元，有3个以上未成年子女的2100元，可累计未提取的月份，"
    "最多12个月，不超过实际房租；每个自然年度20400元，有2个以上未成年子女的22800元，有3个以上未成年子女的25200元，"
    "减去当年已提取额（房租限额按家庭计算，减去家庭其他成员已提取和正在办理的金额）；余额须保留100元，按0.01元向下取整"
)


def test_what_only_another_centre_lays_down_is_said() -> None:
    text = sheet(EXAMPLE, "example-centre.toml")
    prepayment, rent, fee = (
        text.partition(f"## {name}\n")[2] for name in ("贷款提前还款", "租房后续提取", "物业费提取")
    )
    assert "；可选择减少月还款额 | 须少于贷款余额；可选择减少月还款额或者缩短还款期限 |\n" in prepayment
    assert f" | {RENT} |\n" in rent
    assert "示例（2018年10月25日；" in rent
    assert "| 依据 | 未开办 | 《" in fee
    assert "示例（2026年9月20日；" in fee
    assert "| 频次 | 每个自然年度2次 |" in section(text, ApplicationKind.HOME_PURCHASE)


def test_a_reserve_of_both_sorts_and_several_refusals_are_said_whole() -> None:
    reserve, months = "amount = 0, months_of_contributions = 3", "contribution_months = 3\n"
    text = policy_text("example-centre.toml")
    assert (text.count(reserve), text.count(months)) == (1, 1)
    stricter = text.replace(reserve, reserve.replace("= 0", "= 100")).replace(months, "contribution_months = 60\n")
    page = sheet(load_policy(stricter, "stricter.toml"), "stricter.toml")
    assert "；余额须保留100元和3个月的月缴存额，按0.01元向下取整 |" in page
    assert "请到公积金中心柜台办理。 租房后续提取须连续缴存满60个月，您目前连续缴存57个月，" in page


def test_a_policy_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.toml").write_text("centre = 1\n", encoding="utf-8")
    assert main(["business-rules", str(tmp_path / "wrong.toml")]) == 2
    assert "wrong.toml" in capsys.readouterr().err
