"""The published rules of a real city as a policy file: it loads, each value names its source, and what it gives is what
the city publishes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from bff.cli.check import local_checks
from bff.cli.check.findings import FindingState
from bff.cli.main import main
from bff.legacy.standard import client
from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.loan import RepaymentMethod
from bff.rules.loans.borrowing_capacity import Borrowing, BorrowingRequest, borrowing
from bff.rules.policy.model import Supplement
from bff.rules.policy.rates import load_rates
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals.facts import RentDraw
from bff.rules.withdrawals.offer import Offer, withdrawal_offer
from bff.settings import Settings
from tests.rules.people import POLICIES, account, balance, basis, drawn, facts, home, loan, policy, policy_text

FILE = "kunming.toml"
KUNMING = policy(FILE)
RATES = load_rates(policy_text("rates.toml"), "rates.toml")
TODAY = date(2026, 10, 25)
CONTRACT = Path(client.__file__).parent / "wsdl" / "core.xsd"
APPLICATION, HOME = ("element", "SubmitApplication"), ("complexType", "HomeRegistration")
PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def offer(kind: Kind, **told: object) -> Offer:
    of = basis(business_date=TODAY, history={}, homes_in_city=0, contribution_months=3, **told)  # type: ignore[arg-type]
    return withdrawal_offer(kind, KUNMING.on(TODAY), facts(account(balance=balance("50000.00", "0.00")), of))


def test_every_value_names_its_source() -> None:
    lines = [line for line in policy_text(FILE).splitlines() if re.match(r"\w+ = ", line)]
    assert len(lines) > 100
    assert [line for line in lines if not re.search(r"  # \[[RLCPGNJD?]\]", line)] == []
    head = policy_text(FILE).partition("\ncentre")[0]
    assert set(re.findall(r"\[[A-Z?]\]", policy_text(FILE))) == set(re.findall(r"^# (\[[A-Z?]\])", head, re.MULTILINE))


async def test_the_check_reads_it() -> None:
    line = await local_checks.policy(Settings(policy_file=POLICIES / FILE))
    assert line.state is FindingState.OK


def test_its_sheet_has_every_rule_that_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["business-rules", str(POLICIES / FILE)]) == 0
    sheet = capsys.readouterr().out
    assert sheet.startswith("# 业务规则：昆明市住房公积金管理中心\n")
    offered = [each.value for entries in KUNMING.withdrawals.values() for each in entries if each.value]
    assert all(terms.article in sheet for terms in offered)
    assert len(re.findall(r"\| (\d+\.\d\d) \|", sheet)) == 3 * 5


NOT_OFFERED = {
    Kind.LOAN_PREPAYMENT,
    Kind.FUND_LOAN_REPAYMENT,
    Kind.COMMERCIAL_LOAN_REPAYMENT,
    Kind.HOME_CONSTRUCTION,
    Kind.DOWN_PAYMENT,
}


def test_what_was_not_found_is_not_offered() -> None:
    on_day = KUNMING.on(TODAY)
    assert on_day.prepayment is None
    assert {kind for kind, terms in on_day.withdrawals.items() if terms is None} == NOT_OFFERED - {Kind.LOAN_PREPAYMENT}


@pytest.mark.parametrize(("children", "amount"), [(0, "5100.00"), (1, "5100.00"), (2, "5700.00"), (3, "6300.00")])
def test_rent_since_july_is_three_months(children: int, amount: str) -> None:
    """3 x 1700, 1900 with two children, 2100 with three."""
    told = offer(Kind.RENT, rent_first_drawn_on=date(2026, 7, 3), children=children, purchases=())
    assert (told.amount, told.refusals) == (Decimal(amount), ())


def test_a_couple_shares_the_rent_of_its_months() -> None:
    """3 x 1700 less what the spouse drew for August."""
    family = (RentDraw(date(2026, 8, 5), Decimal("1700.00")),)
    told = offer(Kind.RENT, rent_first_drawn_on=date(2026, 7, 3), purchases=(), family_rent=family)
    assert (str(told.amount), told.eligible) == ("3400.00", True)


@pytest.mark.parametrize(("children", "amount"), [(0, "2400.00"), (2, "4800.00"), (3, "7200.00")])
def test_a_calendar_year_has_a_sum(children: int, amount: str) -> None:
    """Of 20400, 22800 or 25200 a year, 18000 were drawn by the spouse in January, for the year before."""
    family = (RentDraw(date(2026, 1, 5), Decimal("18000.00")),)
    told = offer(Kind.RENT, rent_first_drawn_on=date(2025, 10, 3), purchases=(), family_rent=family, children=children)
    assert str(told.amount) == amount


def test_a_year_of_rent_is_20400() -> None:
    told = offer(Kind.RENT, rent_first_drawn_on=date(2025, 1, 3), purchases=())
    assert told.amount == Decimal("20400.00")


def test_the_property_fee_is_2500_without_a_fund_loan() -> None:
    assert offer(Kind.PROPERTY_FEE).amount == Decimal("2500.00")
    of = facts(account(), basis(business_date=TODAY, history={}, purchases=(home(),)), (loan(),))
    refused = withdrawal_offer(Kind.PROPERTY_FEE, KUNMING.on(TODAY), of).refusals
    assert [each.code for each in refused] == [Code.FUND_LOAN_OUTSTANDING]


def test_a_home_is_drawn_for_once_within_a_year_of_its_contract() -> None:
    fresh = home(contract_on=date(2025, 10, 25), first_drawn_on=None, last_drawn_on=None, drawn=Decimal(0))
    assert offer(Kind.HOME_PURCHASE, purchases=(fresh,)).refusals == ()
    late = replace(fresh, contract_on=date(2025, 10, 24))
    assert [each.code for each in offer(Kind.HOME_PURCHASE, purchases=(late,)).refusals] == [Code.TOO_LATE]
    (again,) = offer(Kind.HOME_PURCHASE, purchases=(replace(fresh, last_drawn_on=date(2026, 1, 5)),)).refusals
    assert again.code is Code.LIMIT_REACHED
    assert again.message.startswith("同一住房只能提取一次，该住房已于2026年1月5日提取。")


def test_a_draw_for_another_home_takes_no_right() -> None:
    fresh = home(contract_on=date(2026, 10, 1), first_drawn_on=None, last_drawn_on=None, drawn=Decimal(0))
    of = basis(business_date=TODAY, purchases=(fresh,), history={Kind.HOME_PURCHASE: drawn(date(2026, 3, 1), "9", "9")})
    assert withdrawal_offer(Kind.HOME_PURCHASE, KUNMING.on(TODAY), facts(account(), of)).eligible


def test_the_contract_has_no_account_of_a_payee_as_the_page_says() -> None:
    """Numbers of accounts end in ZH: the member's and the loan's are all that an application is handed in with."""
    assert "\n## Down payments to the seller\n" in PAGE.read_text(encoding="utf-8")
    xsd = etree.parse(CONTRACT)
    asked, home = (xsd.iterfind(f".//{{*}}{kind}[@name='{name}']//{{*}}element") for kind, name in (APPLICATION, HOME))
    names = [[str(each.get("name")) for each in found] for found in (asked, home)]
    assert [[name for name in found if name.endswith("ZH")] for found in names] == [["GRZH", "DKZH"], []]
    assert (len(names[0]), len(names[1])) == (11, 13)


S = Supplement
# 700000 for one and 1000000 for two; 30 + 20 per cent are the most, as published: 105万 and 150万.
RAISED = [
    ((), "700000.00", "1000000.00"),
    ((S.SEVERAL_CHILDREN,), "910000.00", "1300000.00"),
    ((S.GREEN_BUILDING,), "840000.00", "1200000.00"),
    ((S.GREEN_BUILDING, S.COMPLETED_HOME), "840000.00", "1200000.00"),
    ((S.SEVERAL_CHILDREN, S.COMPLETED_HOME), "1050000.00", "1500000.00"),
    ((S.SEVERAL_CHILDREN, S.SEVERAL_CHILDREN), "910000.00", "1300000.00"),
    (tuple(S), "1050000.00", "1500000.00"),
]


def cap(supplements: tuple[Supplement, ...], *, couple: bool, on: date = TODAY) -> str:
    method = RepaymentMethod.EQUAL_INSTALLMENT
    money = (Decimal("200000.00"), Decimal("90000.00"), Decimal(0))
    asked = BorrowingRequest(*money, 360, method, Decimal("2.6"), couple=couple, supplements=supplements)
    found = borrowing(asked, KUNMING.on(on), RATES, on)
    assert isinstance(found, Borrowing)
    assert found.amount == found.by_cap
    return str(found.by_cap)


@pytest.mark.parametrize(("supplements", "single", "couple"), RAISED)
def test_the_cap_of_a_loan_is_raised_as_published(
    supplements: tuple[Supplement, ...], single: str, couple: str
) -> None:
    assert [cap(supplements, couple=each) for each in (False, True)] == [single, couple]


def test_the_cap_is_raised_for_a_year() -> None:
    days = (date(2026, 4, 6), date(2026, 4, 7), date(2027, 4, 6), date(2027, 4, 7))
    assert [cap((S.TALENT,), couple=False, on=day) for day in days] == [
        "700000.00",
        "1050000.00",
        "1050000.00",
        "700000.00",
    ]


def test_the_page_names_keys_of_the_file_and_what_is_left_over() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.count("|") == 4]
    written = {word for row in rows[2:] for word in re.findall(r"`(\w+)", row[2])}
    assert len(written) > 12
    assert [word for word in written if word not in policy_text(FILE)] == []
    assert len([row for row in rows[2:] if row[3].strip()]) > 8
