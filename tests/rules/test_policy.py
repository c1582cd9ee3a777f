"""Policy files: what is in force when, and what a wrong file is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bff.rules.account import AccountStatus
from bff.rules.application import ApplicationKind, Keep
from bff.rules.caps import CAPS
from bff.rules.conditions import CONDITIONS
from bff.rules.interest import Accrual
from bff.rules.kinds import WITHDRAWALS
from bff.rules.loan import RepaymentMethod
from bff.rules.policy import Base, Cap, Condition
from bff.rules.policy_file import PolicyError
from bff.rules.policy_loader import load_policy
from tests.rules.people import EXAMPLE, PRACTICE, policy_text, practice

FILE = "practice-centre.toml"
EQUAL_PRINCIPAL, EQUAL_INSTALLMENT = RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.EQUAL_INSTALLMENT


def test_the_practice_centres_numbers() -> None:
    policy = practice()
    assert policy.centre == "练习住房公积金管理中心"
    assert policy.prepayment is not None
    assert (policy.prepayment.minimum, policy.prepayment.months_between) == (Decimal("10000.00"), 3)
    assert (policy.prepayment.months_after_disbursement, policy.prepayment.keep) == (12, tuple(Keep))
    assert policy.registrable == (AccountStatus.NORMAL,)
    assert (policy.loan.day_count, policy.loan.penalty.factor, policy.deposit_day_count) == (360, Decimal("1.5"), 360)


def test_the_law_changes_on_its_day() -> None:
    days = (date(2026, 9, 19), date(2026, 9, 20))
    terms = [PRACTICE.on(day).withdrawals[ApplicationKind.PROPERTY_FEE] for day in days]
    assert [each.article.startswith("《住房公积金管理条例》") for each in terms if each] == [False, True]


def test_every_kind_names_its_item_of_the_amended_article() -> None:
    items = {
        kind.value: re.findall(r"（国务院令第844号修订）第二十四条第（(.)）项", terms.article)
        for kind, terms in PRACTICE.on(date(2026, 9, 20)).withdrawals.items()
        if terms
    }
    assert items == {
        "FUND_LOAN_REPAYMENT": ["三"],
        "COMMERCIAL_LOAN_REPAYMENT": ["三"],
        "HOME_PURCHASE": ["二"],
        "HOME_CONSTRUCTION": ["二"],
        "RENT": ["一"],
        "PROPERTY_FEE": ["五"],
        "RETIREMENT": ["六"],
        "UNEMPLOYMENT": ["九"],
        "DOWN_PAYMENT": ["二"],
    }
    before = PRACTICE.on(date(2026, 9, 19)).withdrawals.values()
    assert not any("844" in terms.article for terms in before if terms)


def test_the_law_changes_nothing_but_the_article_where_it_says_nothing_new() -> None:
    days = (date(2026, 9, 19), date(2026, 9, 20))
    for kind in set(PRACTICE.withdrawals) - {ApplicationKind.PROPERTY_FEE}:
        before, after = (PRACTICE.on(day).withdrawals[kind] for day in days)
        assert before is not None
        assert after is not None
        assert replace(before, article=after.article) == after


def test_rules_of_another_centre_differ() -> None:
    here, there = PRACTICE.on(date(2018, 10, 25)), EXAMPLE.on(date(2018, 10, 25))
    assert (here.loan.day_count, there.loan.day_count) == (360, 365)
    assert there.registrable == (AccountStatus.NORMAL, AccountStatus.SEALED)
    assert here.loan.accrual == {EQUAL_PRINCIPAL: Accrual.ACTUAL_DAYS, EQUAL_INSTALLMENT: Accrual.WHOLE_MONTHS}
    assert there.loan.accrual == {EQUAL_PRINCIPAL: Accrual.WHOLE_MONTHS, EQUAL_INSTALLMENT: Accrual.WHOLE_MONTHS}
    bases = [policy.withdrawals[ApplicationKind.FUND_LOAN_REPAYMENT] for policy in (here, there)]
    assert [each.base for each in bases if each] == [Base.CARRIED_FORWARD, Base.TOTAL]


def test_a_day_before_the_policy_is_an_error() -> None:
    with pytest.raises(PolicyError, match=r"practice-centre\.toml: loan: nothing is in force on 2001-12-31"):
        PRACTICE.on(date(2001, 12, 31))


def test_every_kind_of_withdrawal_is_known_to_every_part() -> None:
    withdrawals = set(ApplicationKind) - {ApplicationKind.LOAN_PREPAYMENT, ApplicationKind.UNKNOWN}
    assert set(WITHDRAWALS) == set(PRACTICE.withdrawals) == set(EXAMPLE.withdrawals) == withdrawals
    assert (set(CAPS), set(CONDITIONS)) == (set(Cap), set(Condition))


RENT = "[[withdrawals.RENT]]\nfrom = 2002-03-24\nuntil = 2026-09-19\n"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("centre =", "center =", "centre: missing"),
        ('datum = "WGS_84"', 'datum = "CGCS2000"', "datum: must be one of WGS_84, GCJ_02, BD_09"),
        ("centre = ", "kentre = 1\ncentre = ", "kentre: unknown key"),
        ("minimum = 10000.00", "minimun = 10000.00", "prepayment[0].minimum: missing"),
        ("minimum = 10000.00", "minimum = -1", "prepayment[0].minimum: must not be negative or infinite"),
        ("minimum = 10000.00", "minimum = inf", "prepayment[0].minimum: must not be negative or infinite"),
        ("minimum = 10000.00", "minimum = nan", "prepayment[0].minimum: must not be negative or infinite"),
        ("minimum = 10000.00", 'minimum = "10000"', "prepayment[0].minimum: must be a number"),
        ("minimum = 10000.00", "minimum = true", "prepayment[0].minimum: must be a number"),
        ("months_between = 3", "months_between = 3.5", "prepayment[0].months_between: must be a whole number"),
        ("months_between = 3", "months_between = -3", "prepayment[0].months_between: must be at least 0"),
        ("offered = true", "offered = 1", "prepayment[0].offered: must be true or false"),
        ("from = 2002-03-24", "from = 2002-03-24T00:00:00", "prepayment[0].from: must be a date"),
        ('keep = ["TERM", "INSTALLMENT"]', "keep = []", "prepayment[0].keep: must name at least one"),
        ('keep = ["TERM", "INSTALLMENT"]', 'keep = ["BOTH"]', "keep: must be one of TERM, INSTALLMENT"),
        ('keep = ["TERM", "INSTALLMENT"]', 'keep = "TERM"', "prepayment[0].keep: must be a list"),
        ("[[prepayment]]", "[prepayment]", "prepayment: must be a list of tables"),
        ("closes_account = true", 'closes_account = true\npartly_frozen = "USABLE"', "partly_frozen: what closes the"),
        ("floor = 100", 'floor = 100\npartly_frozen = "SOME"', "partly_frozen: must be one of USABLE, NOTHING"),
        ("[[withdrawals.RENT]]", "[[withdrawals.RENTAL]]", "withdrawals.RENTAL: unknown key"),
        (
            'base = "CARRIED_FORWARD"',
            'base = "C"',
            "[0].base: must be one of TOTAL, CARRIED_FORWARD",
        ),
        ("floor = 100", "floor = 0", "withdrawals.FUND_LOAN_REPAYMENT[0].floor: must be more than 0"),
        ("months = 12\naccount", "account", "withdrawals.FUND_LOAN_REPAYMENT[0].months: missing"),
        (
            'frequency = "CALENDAR_YEAR"',
            'frequency = "CALENDAR_YEAR"\nmonths = 1',
            "FEE[0].months: unknown key",
        ),
        (
            'frequency = "CALENDAR_YEAR"',
            'frequency = "CALENDAR_YEAR"\ntimes = 0',
            "PROPERTY_FEE[0].times: must be at least 1",
        ),
        ('frequency = "CALENDAR_YEAR"', 'frequency = "FUND_YEAR"\ntimes = 2', "PROPERTY_FEE[0].times: unknown key"),
        (
            'frequency = "ONCE"',
            'frequency = "ONCE_A_HOME"',
            "[0].frequency: ONCE_A_HOME does not go",
        ),
        (
            'conditions = ["COMMERCIAL_LOAN"]',
            'conditions = ["FIRST_DRAW_AT_COUNTER"]',
            "COMMERCIAL_LOAN_REPAYMENT[0].conditions: FIRST_DRAW_AT_COUNTER does not go with this kind",
        ),
        ("limit_a_year = 12000.00", 'caps = ["LOAN_BALANCE"]', "RENT[0].caps: LOAN_BALANCE does not go with this kind"),
        (
            "limit_a_year = 12000.00",
            "area_limit = { yuan = 2, times = 12 }",
            "RENT[0].area_limit: does not go",
        ),
        (
            'conditions = ["NO_ARREARS"]',
            'conditions = ["ACTIVE_FUND_LOAN"]',
            "RETIREMENT[0].conditions: what closes the account needs NO_ARREARS or NO_OPEN_FUND_LOAN",
        ),
        ('accounts = ["NORMAL"]', "accounts = []", "registration[0].accounts: must name at least one"),
        ('accounts = ["NORMAL"]', 'accounts = ["UNKNOWN"]', "registration[0].accounts: UNKNOWN is no state"),
        ('accounts = ["NORMAL"]', 'accounts = ["WELL"]', "accounts: must be one of NORMAL, SEALED, FROZEN, CLOSED"),
        (
            "limit_a_year = 12000.00",
            'window = { months = 12, after = "CONTRACT" }',
            "RENT[0].window: does not go with this kind",
        ),
        (
            'caps = ["PRICE_LESS_LOANS_AND_DRAWN"]',
            'caps = ["PRICE_LESS_LOANS_AND_DRAWN"]\nwindow = { months = 12, after = "SALE" }',
            "HOME_PURCHASE[0].window.after: must be one of CONTRACT, CERTIFICATE",
        ),
        ("limit = 1500.00", "monthly = { yuan = 1 }", "PROPERTY_FEE[0].monthly: does not go with this kind"),
        ("limit_a_year = 12000.00", "monthly = { yuan = 1 }", "RENT[0].monthly.most_months: missing"),
        (
            "limit_a_year = 12000.00",
            "monthly = { yuan = 1, most_months = 1, children = [{ at_least = 0, yuan = 2 }] }",
            "RENT[0].monthly.children[0].at_least: must be at least 1",
        ),
        ('version = "2018-01"', 'version = " "', "privacy[0].version: must be a text"),
        ('version = "2018-01"', f'version = "{"1" * 41}"', "privacy[0].version: must have at most 40 characters"),
        ("consent_required = false", "consent_required = 0", "privacy[0].consent_required: must be true or false"),
        ("limit_a_year = 12000.00", "per_household = true", "RENT[0].per_household: does not go with this kind"),
        ("limit = 1500.00", "limit = 99.99", "PROPERTY_FEE[0].limit: is below the floor"),
        ("limit = 1500.00", "reserve = { amount = 100 }", "PROPERTY_FEE[0].reserve.months_of_contributions: missing"),
        ("limit = 1500.00", "reserve = 100", "withdrawals.PROPERTY_FEE[0].reserve: must be a table"),
        (RENT, RENT.replace("until = 2026-09-19\n", ""), "withdrawals.RENT[1].from: overlaps the entry before"),
        (RENT, RENT.replace("2026-09-19", "2026-09-20"), "withdrawals.RENT[1].from: overlaps the entry before"),
        (RENT, RENT.replace("2026-09-19", "2026-09-18"), "withdrawals.RENT[1].from: leaves a gap after 2026-09-18"),
        (RENT, RENT.replace("2026-09-19", "2001-09-19"), "withdrawals.RENT[0].until: lies before from"),
        ("day_count = 360", "day_count = 366", "loan[0].day_count: must be 360 or 365"),
        (
            'EQUAL_PRINCIPAL = "ACTUAL_DAYS"',
            'EQUAL_PRINCIPAL = "DAYS"',
            "loan[0].accrual.EQUAL_PRINCIPAL: must be one of ACTUAL_DAYS, WHOLE_MONTHS",
        ),
        (', EQUAL_INSTALLMENT = "WHOLE_MONTHS"', "", "loan[0].accrual.EQUAL_INSTALLMENT: missing"),
        ("factor = 1.5", "factor = 0", "loan[0].penalty.factor: must be more than 0"),
        ("payment_share = 50", "payment_share = 101", "calculators[0].payment_share: is above 100 per cent"),
        (
            "least_principal = 1000.00",
            "least_principal = 1e9",
            "least_principal: is above most_principal",
        ),
        (
            'article = "本中心提取管理办法：物业费"',
            'article = " "',
            "PROPERTY_FEE[0].article: must be a text",
        ),
        ("centre = ", "centre ", "practice-centre.toml: no TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key_and_reason(old: str, new: str, complaint: str) -> None:
    text = policy_text(FILE)
    assert old in text
    with pytest.raises(PolicyError) as caught:
        load_policy(text.replace(old, new, 1), FILE)
    assert str(caught.value).startswith(f"{FILE}: ")
    assert complaint in str(caught.value)


def test_a_kind_that_is_missing_is_named() -> None:
    text = policy_text(FILE).replace("[[withdrawals.RETIREMENT]]", "[[withdrawals.RETIRED]]")
    with pytest.raises(PolicyError, match=r"withdrawals\.RETIREMENT: missing"):
        load_policy(text, FILE)


def test_a_kind_that_is_not_offered_needs_nothing_but_its_reason() -> None:
    text = policy_text("example-centre.toml")
    extra = text.replace('article = "示例中心未开办"\noffered = false', 'article = "无"\noffered = false\nfloor = 1', 1)
    with pytest.raises(PolicyError, match=r"PROPERTY_FEE\[0\]\.floor: unknown key"):
        load_policy(extra, FILE)
