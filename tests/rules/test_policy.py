"""Policy files: what is in force when, and what a wrong file is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bff.rules.account import AccountStatus
from bff.rules.application import Keep
from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind
from bff.rules.loan import RepaymentMethod
from bff.rules.loans.interest import Accrual
from bff.rules.policy.loader import load_policy
from bff.rules.policy.model import LoanCapSupplement, Policy, PrivacyPolicy, Supplement
from bff.rules.policy.toml_reader import PolicyError, Table
from bff.rules.policy.withdrawal_terms import Base, Cap, Condition
from bff.rules.withdrawals.caps import CAPS
from bff.rules.withdrawals.conditions import CONDITIONS
from tests.rules.people import EXAMPLE, PRACTICE, TODAY, policy_text, practice

FILE = "practice-centre.toml"
OLD = date(2002, 3, 24)
EQUAL_PRINCIPAL, EQUAL_INSTALLMENT = RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.EQUAL_INSTALLMENT
FREE = RepaymentMethod.FREE


def test_the_practice_centres_numbers() -> None:
    policy = practice()
    assert policy.centre == "练习住房公积金管理中心"
    assert policy.prepayment is not None
    assert (policy.prepayment.minimum, policy.prepayment.months_between) == (Decimal("10000.00"), 3)
    assert (policy.prepayment.months_after_disbursement, policy.prepayment.keep) == (12, tuple(Keep))
    assert policy.registrable == (AccountStatus.NORMAL,)
    assert policy.loan.day_count == 360


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
        (
            "minimum = 10000.00",
            "minimum = 10000.00\namount_due_confirmed = 1",
            "prepayment[0].amount_due_confirmed: must be true or false",
        ),
        ("from = 2002-03-24", "from = 2002-03-24T00:00:00", "prepayment[0].from: must be a date"),
        ('keep = ["TERM", "INSTALLMENT"]', "keep = []", "prepayment[0].keep: must name at least one"),
        ('keep = ["TERM", "INSTALLMENT"]', 'keep = ["BOTH"]', "keep: must be one of TERM, INSTALLMENT"),
        ('keep = ["TERM", "INSTALLMENT"]', 'keep = "TERM"', "prepayment[0].keep: must be a list"),
        ("[[prepayment]]", "[prepayment]", "prepayment: must be a list of tables"),
        (
            'shared_with = ["SPOUSE", "CO_BORROWER"]',
            'shared_with = ["BORROWER"]',
            "shared_with: names SPOUSE, CO_BORROWER or both",
        ),
        ("closes_account = true", 'closes_account = true\nshared_with = ["SPOUSE"]', "shared_with: does not go with"),
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
        ("day_count = 360", "day_count = 360\npenalty = 1.5", "loan[0].penalty: unknown key"),
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


CALCULATORS = "loan_floor = 1000\n"
KEYS_OF_CALCULATORS: dict[str, Decimal | int] = {
    "loan_cap_couple": Decimal("800000.00"),
    "loan_cap_second": Decimal("400000.00"),
    "loan_cap_second_couple": Decimal("600000.00"),
    "down_payment_first": Decimal(20),
    "down_payment_second": Decimal(100),
    "oldest_at_maturity": 65,
    "contribution_months": 12,
}
KEYS_OF_PREPAYMENT: dict[str, Decimal | int] = {
    "multiple": Decimal(1000),
    "times_a_year": 2,
    "times_in_all": 5,
    "months_before_payoff": 24,
    "days_around_due": 3,
}


def _changed(old: str, new: str) -> Policy:
    text = policy_text(FILE)
    assert old in text
    return load_policy(text.replace(old, new, 1), FILE)


def _written(values: Mapping[str, object]) -> str:
    return "".join(f"{key} = {value}\n" for key, value in values.items())


def test_each_optional_key_of_the_calculators_is_read() -> None:
    read = _changed(CALCULATORS, CALCULATORS + _written(KEYS_OF_CALCULATORS)).on(TODAY).calculators
    assert {key: getattr(read, key) for key in KEYS_OF_CALCULATORS} == KEYS_OF_CALCULATORS
    without = practice().calculators
    caps = {key: getattr(without, key) for key in KEYS_OF_CALCULATORS if not key.endswith(("maturity", "months"))}
    assert set(caps.values()) == {None}
    assert (without.oldest_at_maturity, without.contribution_months) == (0, 0)


SUPPLEMENTS = """loan_cap_supplement_most = 50
loan_cap_supplements = [
    { for = ["GREEN_BUILDING", "COMPLETED_HOME"], per_cent = 20 },
    { for = ["TALENT"], per_cent = 50 },
]
"""


def test_the_supplements_of_a_loan_are_read() -> None:
    read = _changed(CALCULATORS, CALCULATORS + SUPPLEMENTS).on(TODAY).calculators
    assert read.loan_cap_supplement_most == Decimal(50)
    assert read.loan_cap_supplements == (
        LoanCapSupplement((Supplement.GREEN_BUILDING, Supplement.COMPLETED_HOME), Decimal(20)),
        LoanCapSupplement((Supplement.TALENT,), Decimal(50)),
    )
    assert (practice().calculators.loan_cap_supplements, practice().calculators.loan_cap_supplement_most) == ((), None)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('["TALENT"]', "[]", "loan_cap_supplements[1].for: must name at least one"),
        ('["TALENT"]', '["GREEN_BUILDING"]', "loan_cap_supplements: names a reason twice"),
        ('["TALENT"]', '["RICH"]', "loan_cap_supplements[1].for: must be one of SEVERAL_CHILDREN, GREEN_BUILDING, "),
        ("per_cent = 50", "per_cent = 0", "loan_cap_supplements[1].per_cent: must be more than 0"),
        ("per_cent = 50", "yuan = 50", "loan_cap_supplements[1].per_cent: missing"),
        ("most = 50", "most = 101", "loan_cap_supplement_most: is above 100 per cent"),
    ],
)
def test_a_wrong_supplement_is_refused(old: str, new: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        _changed(CALCULATORS, CALCULATORS + SUPPLEMENTS.replace(old, new, 1))
    assert str(caught.value).startswith(f"{FILE}: calculators[0].{complaint}")


def test_each_optional_key_of_prepayments_is_read() -> None:
    read = _changed("months_between = 3", _written(KEYS_OF_PREPAYMENT) + "months_between = 3").on(TODAY).prepayment
    assert {key: getattr(read, key) for key in KEYS_OF_PREPAYMENT} == KEYS_OF_PREPAYMENT


@pytest.mark.parametrize("key", ["down_payment_first", "down_payment_second"])
def test_a_down_payment_is_100_per_cent_at_most(key: str) -> None:
    with pytest.raises(PolicyError) as caught:
        _changed(CALCULATORS, f"{CALCULATORS}{key} = 100.01\n")
    assert str(caught.value) == f"{FILE}: calculators[0].{key}: is above 100 per cent"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("payment_share = 50 ", "payment_share = 100 "),
        ("most_periods = 360", "most_periods = 1"),
        ("least_principal = 1000.00", "least_principal = 100000000.00"),
        ("limit = 1500.00", "limit = 100"),
        ("months = 12\naccount", "months = 1\naccount"),
    ],
)
def test_the_ends_of_what_a_file_may_say_are_read(old: str, new: str) -> None:
    assert _changed(old, new).centre == practice().centre


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("most_periods = 360", "most_periods = 0", "calculators[0].most_periods: must be at least 1"),
        (
            "months = 12\naccount",
            "months = 0\naccount",
            "withdrawals.FUND_LOAN_REPAYMENT[0].months: must be at least 1",
        ),
        (
            "limit_a_year = 12000.00",
            "limit_a_year = 99.99",
            "withdrawals.RENT[0].limit_a_year: is below the floor, so nothing could ever be drawn",
        ),
        (
            "limit_a_year = 12000.00",
            "monthly = { yuan = 1, most_months = 0 }",
            "withdrawals.RENT[0].monthly.most_months: must be at least 1",
        ),
        (
            'caps = ["PRICE_LESS_LOANS_AND_DRAWN"]',
            'caps = ["PRICE_LESS_LOANS_AND_DRAWN"]\nwindow = { months = 0, after = "CONTRACT" }',
            "withdrawals.HOME_PURCHASE[0].window.months: must be at least 1",
        ),
        (
            'caps = ["PRICE_LESS_LOANS_AND_DRAWN"]',
            'caps = ["PRICE_LESS_LOANS_AND_DRAWN"]\narea_limit = { yuan = 2, times = 0 }',
            "withdrawals.HOME_PURCHASE[0].area_limit.times: must be at least 1",
        ),
    ],
)
def test_what_lies_beyond_those_ends_is_refused(old: str, new: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        _changed(old, new)
    assert str(caught.value) == f"{FILE}: {complaint}"


@pytest.mark.parametrize("value", ["1", "[]", "[1]"])
def test_a_list_of_tables_is_nothing_else(value: str) -> None:
    text = f"payout = {value}\n" + policy_text(FILE).replace("[[payout]]", "[[payouts]]", 1)
    with pytest.raises(PolicyError, match=re.escape(f"{FILE}: payout: must be a list of tables, [[…]]")):
        load_policy(text, FILE)


@pytest.mark.parametrize("key", ["X", "a.X", "X X"])
def test_a_key_is_named_as_it_is_written(key: str) -> None:
    assert str(Table({}, "file").error(key, "wrong")) == f"file: {key}: wrong"
    assert str(Table({key: {}}, "file").table(key).error("X", "wrong")) == f"file: {key}.X: wrong"
    (first,) = Table({key: [{}]}, "file").tables(key)
    assert str(first.error("X", "wrong")) == f"file: {key}[0].X: wrong"


def test_a_version_of_the_privacy_policy_has_up_to_40_characters() -> None:
    text = policy_text(FILE).replace('version = "2018-01"', f'version = " {"1" * 40} "')
    assert load_policy(text, FILE).on(TODAY).privacy == PrivacyPolicy("1" * 40, consent_required=False)


def test_a_rule_may_hold_for_a_single_day() -> None:
    two = RENT.replace("until = 2026-09-19", "until = 2002-03-24")
    text = (
        policy_text(FILE)
        .replace(RENT, two, 1)
        .replace("[[withdrawals.RENT]]\nfrom = 2026-09-20", "[[withdrawals.RENT]]\nfrom = 2002-03-25", 1)
    )
    terms = [load_policy(text, FILE).on(day).withdrawals[ApplicationKind.RENT] for day in (OLD, OLD + timedelta(1))]
    assert terms[0] != terms[1]


def test_a_loans_terms_are_read_whole() -> None:
    loan = load_policy(policy_text(FILE), FILE).on(TODAY).loan
    assert loan.accrual_of(EQUAL_PRINCIPAL) is Accrual.ACTUAL_DAYS
    assert loan.accrual_of(EQUAL_INSTALLMENT) is Accrual.WHOLE_MONTHS
    assert loan.accrual_of(FREE) is Accrual.ACTUAL_DAYS


@pytest.mark.parametrize("key", ["payout", "registration", "calculators"])
def test_what_is_not_in_force_yet_is_named(key: str) -> None:
    head, _, tail = policy_text(FILE).partition(f"[[{key}]]\nfrom = 2002-03-24")
    assert tail
    policy = load_policy(f"{head}[[{key}]]\nfrom = 2010-01-01{tail}", FILE)
    with pytest.raises(PolicyError) as caught:
        policy.on(date(2009, 12, 31))
    assert str(caught.value) == f"{FILE}: {key}: nothing is in force on 2009-12-31"


def test_a_bank_may_send_a_payment_back_for_15_days() -> None:
    assert practice().payout_days == 15
