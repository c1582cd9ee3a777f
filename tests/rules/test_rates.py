"""National rates by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bff.rules.policy.rates import DepositRate, HomeOrder, LoanRate, RateTable, TermRates, load_rates
from bff.rules.policy.toml_reader import PolicyError

FILE = Path(__file__).parents[2] / "bff/rules/policy/rates.toml"
FIRST, SECOND = HomeOrder.FIRST, HomeOrder.SECOND
TWO_RATES = ((date(2010, 1, 1), "1.00"), (date(2016, 1, 1), "3.25"))


@pytest.fixture(scope="module")
def rates() -> RateTable:
    return load_rates(FILE.read_text(encoding="utf-8"), FILE.name)


@pytest.mark.parametrize(
    ("day", "first", "second"),
    [
        ("1999-09-21", "4.14 4.59", "4.14 4.59"),
        ("2002-02-21", "3.60 4.05", "3.60 4.05"),
        ("2004-10-29", "3.78 4.23", "3.78 4.23"),
        ("2005-03-17", "3.96 4.41", "3.96 4.41"),
        ("2006-05-08", "4.14 4.59", "4.14 4.59"),
        ("2007-03-18", "4.32 4.77", "4.32 4.77"),
        ("2007-05-19", "4.41 4.86", "4.41 4.86"),
        ("2007-07-21", "4.50 4.95", "4.50 4.95"),
        ("2007-08-22", "4.59 5.04", "4.59 5.04"),
        ("2007-09-15", "4.77 5.22", "4.77 5.22"),
        ("2008-09-16", "4.59 5.13", "4.59 5.13"),
        ("2008-10-09", "4.32 4.86", "4.32 4.86"),
        ("2008-10-30", "4.05 4.59", "4.05 4.59"),
        ("2008-11-27", "3.51 4.05", "3.51 4.05"),
        ("2008-12-23", "3.33 3.87", "3.33 3.87"),
        ("2010-10-20", "3.50 4.05", "3.50 4.05"),
        ("2010-11-02", "3.50 4.05", "3.850 4.455"),
        ("2010-12-26", "3.75 4.30", "4.125 4.730"),
        ("2011-02-09", "4.00 4.50", "4.400 4.950"),
        ("2011-04-06", "4.20 4.70", "4.620 5.170"),
        ("2011-07-07", "4.45 4.90", "4.895 5.390"),
        ("2012-06-08", "4.20 4.70", "4.620 5.170"),
        ("2012-07-06", "4.00 4.50", "4.400 4.950"),
        ("2014-11-22", "3.75 4.25", "4.125 4.675"),
        ("2015-03-01", "3.50 4.00", "3.850 4.400"),
        ("2015-05-11", "3.25 3.75", "3.575 4.125"),
        ("2015-06-28", "3.00 3.50", "3.300 3.850"),
        ("2015-08-26", "2.75 3.25", "3.025 3.575"),
        ("2022-09-30", "2.75 3.25", "3.025 3.575"),
        ("2022-10-01", "2.60 3.10", "3.025 3.575"),
        ("2024-05-18", "2.35 2.85", "2.775 3.325"),
        ("2025-05-08", "2.10 2.60", "2.525 3.075"),
        ("2026-09-20", "2.10 2.60", "2.525 3.075"),
    ],
)
def test_loan_rates_of_the_day(rates: RateTable, day: str, first: str, second: str) -> None:
    found = rates.rates_on(date.fromisoformat(day))
    assert found is not None
    got = [" ".join(str(found.loan.of(order, periods)) for periods in (60, 61)) for order in (FIRST, SECOND)]
    assert got == [first, second]


@pytest.mark.parametrize(
    ("day", "current_year", "carried_forward"),
    [
        ("1999-09-21", "0.99", "1.98"),
        ("2002-02-21", "0.72", "1.71"),
        ("2007-09-15", "0.81", "2.88"),
        ("2014-06-30", "0.35", "2.60"),
        ("2015-07-01", "0.35", "1.60"),
        ("2016-02-20", "0.35", "1.10"),
        ("2016-02-21", "1.50", "1.50"),
    ],
)
def test_deposit_rates_of_the_day(rates: RateTable, day: str, current_year: str, carried_forward: str) -> None:
    found = rates.rates_on(date.fromisoformat(day))
    assert found is not None
    assert (str(found.deposit.current_year), str(found.deposit.carried_forward)) == (current_year, carried_forward)


def test_says_since_when_the_latest_change_holds(rates: RateTable) -> None:
    found = rates.rates_on(date(2018, 10, 25))
    assert found is not None
    assert found.effective_from == date(2016, 2, 21)


def test_knows_nothing_before_its_first_day(rates: RateTable) -> None:
    assert rates.rates_on(date(1999, 9, 20)) is None
    assert rates.rate_of_existing_loan(FIRST, 120, date(1999, 1, 1), date(1999, 9, 20)) is None


@pytest.mark.parametrize(
    ("periods", "disbursed_on", "day", "rate"),
    [
        (120, date(2016, 12, 14), date(2018, 10, 25), "3.575"),
        (120, date(2014, 12, 1), date(2014, 12, 31), "4.675"),
        (120, date(2014, 12, 1), date(2015, 12, 31), "4.675"),
        (120, date(2014, 12, 1), date(2016, 1, 1), "3.575"),
        (12, date(2015, 6, 1), date(2016, 2, 1), "3.575"),
        (13, date(2015, 6, 1), date(2016, 2, 1), "3.025"),
    ],
)
def test_a_change_reaches_long_loans_on_new_years_day(
    rates: RateTable, periods: int, disbursed_on: date, day: date, rate: str
) -> None:
    assert rates.rate_of_existing_loan(SECOND, periods, disbursed_on, day) == Decimal(rate)


@pytest.mark.parametrize(("since", "rate"), [(date(2016, 1, 1), "3.25"), (date(2016, 1, 2), "1.00")])
def test_a_change_after_new_years_day_waits_for_the_next_one(since: date, rate: str) -> None:
    """On 1 March 2016 of a loan over ten years of 2014."""
    before, after = (LoanRate(day, TermRates(*[Decimal(each)] * 2), None, "") for day, each in TWO_RATES)
    table = RateTable(
        (DepositRate(date(2010, 1, 1), Decimal(1), Decimal(1), ""),), (before, replace(after, since=since))
    )
    assert table.rate_of_existing_loan(FIRST, 120, date(2014, 12, 1), date(2016, 3, 1)) == Decimal(rate)


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (("from = 2008-10-09\nfirst", "from = 2030-10-09\nfirst"), "rates.toml: loan: entries must be in the order"),
        (("from = 2002-02-21\nfirst", "from = 1999-09-21\nfirst"), "rates.toml: loan: entries must be in the order"),
        (("from = 1996-05-01", "from = 1996-01-01"), "rates.toml: deposit: entries must be in the order"),
        (("second = {", "third = {"), "rates.toml: loan[16].third: unknown key"),
        (("over_five_years = 5.13", "over_five_years = 0"), "loan[10].first.over_five_years: must be more than 0"),
        (("current_year = 0.72", "current_year = -0.72"), "deposit[7].current_year: must not be negative"),
        (("current_year = 0.72", 'current_year = "0.72"'), "deposit[7].current_year: must be a number"),
        (("from = 2008-09-16", "from = 2008-09-31"), "rates.toml: no TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key_and_reason(edit: tuple[str, str], complaint: str) -> None:
    text = FILE.read_text(encoding="utf-8").replace(*edit, 1)
    with pytest.raises(PolicyError) as caught:
        load_rates(text, FILE.name)
    assert complaint in str(caught.value)
