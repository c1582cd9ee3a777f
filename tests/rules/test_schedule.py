"""Repayment plans: the manual's rows, the calendar's corners, and ten thousand plans against the formulas."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from bff.rules.loan import Installment, NextInstallment, RepaymentMethod
from bff.rules.loans.interest import Accrual
from bff.rules.loans.schedule import DueDates, Plan, schedule, share, share_of, total_interest, total_paid
from tests.rules import formulas
from tests.rules.people import practice

EQUAL_PRINCIPAL, EQUAL_INSTALLMENT = RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.EQUAL_INSTALLMENT


def plan(
    principal: str,
    periods: int,
    start: date,
    *,
    rate: str = "3.575",
    method: RepaymentMethod = EQUAL_PRINCIPAL,
    day: int | None = None,
) -> Plan:
    accrual = practice().loan.accrual_of(method)
    return Plan(Decimal(principal), Decimal(rate), periods, method, DueDates.after(start, day), 360, accrual)


def row(installment: Installment) -> tuple[str, ...]:
    amounts = (installment.principal, installment.interest, installment.amount, installment.balance)
    return (str(installment.due_on), *map(str, amounts))


def test_the_manuals_rows_come_out_to_the_cent() -> None:
    rows = schedule(plan("194807.02", 102, date(2018, 6, 14)))
    assert [row(each) for each in rows[:4]] == [
        ("2018-07-14", "1909.87", "580.36", "2490.23", "192897.15"),
        ("2018-08-14", "1909.87", "593.83", "2503.70", "190987.28"),
        ("2018-09-14", "1909.87", "587.95", "2497.82", "189077.41"),
        ("2018-10-14", "1909.87", "563.29", "2473.16", "187167.54"),
    ]
    assert [row(each) for each in rows[4:5] + rows[-2:]] == [
        ("2018-11-14", "1909.87", "576.19", "2486.06", "185257.67"),
        ("2026-11-14", "1909.87", "11.76", "1921.63", "1910.15"),
        ("2026-12-14", "1910.15", "5.69", "1915.84", "0.00"),
    ]


def test_history_a_before_its_first_prepayment() -> None:
    rows = schedule(plan("290000.00", 120, date(2016, 12, 14)))
    assert [row(rows[at]) for at in (0, 1, 2, 11)] == [
        ("2017-01-14", "2416.67", "892.76", "3309.43", "287583.33"),
        ("2017-02-14", "2416.67", "885.32", "3301.99", "285166.66"),
        ("2017-03-14", "2416.67", "792.92", "3209.59", "282749.99"),
        ("2017-12-14", "2416.67", "784.76", "3201.43", "260999.96"),
    ]


def test_history_a_between_and_after_its_prepayments() -> None:
    between = schedule(plan("227999.96", 108, date(2017, 12, 14)))
    after = schedule(plan("200536.63", 105, date(2018, 3, 14)))
    assert [row(each) for each in (between[0], between[2], *after[:3])] == [
        ("2018-01-14", "2111.11", "701.89", "2813.00", "225888.85"),
        ("2018-03-14", "2111.11", "622.23", "2733.34", "221666.63"),
        ("2018-04-14", "1909.87", "617.35", "2527.22", "198626.76"),
        ("2018-05-14", "1909.87", "591.74", "2501.61", "196716.89"),
        ("2018-06-14", "1909.87", "605.59", "2515.46", "194807.02"),
    ]


def test_history_a_sums_to_its_principal_and_interest() -> None:
    parts = (
        schedule(plan("290000.00", 120, date(2016, 12, 14)))[:12]
        + schedule(plan("227999.96", 108, date(2017, 12, 14)))[:3]
        + schedule(plan("200536.63", 105, date(2018, 3, 14)))
    )
    assert sum(each.principal for each in parts) + Decimal("33000") + Decimal("21130") == Decimal("290000.00")
    assert total_interest(parts) == Decimal("44194.90")


def test_an_equal_installment_plan_counts_whole_months_as_twelfths() -> None:
    rows = schedule(plan("500000.00", 360, date(2018, 1, 31), rate="3.25", method=EQUAL_INSTALLMENT))
    # 500000.00 x 3.25 % / 12; the second from 499178.14: 28 days of February and 31 of March cost a twelfth each.
    assert row(rows[0]) == ("2018-02-28", "821.86", "1354.17", "2176.03", "499178.14")
    assert row(rows[1]) == ("2018-03-31", "824.09", "1351.94", "2176.03", "498354.05")
    assert {each.amount for each in rows[:-1]} == {Decimal("2176.03")}
    assert rows[-1].balance == 0


@pytest.mark.parametrize("start", [date(2025, 6, 14), date(2025, 6, 15), date(2025, 7, 13)])
def test_thirty_years_at_2_60_end_with_a_payment_like_the_others(start: date) -> None:
    """500 000 x r (1 + r)^360 / ((1 + r)^360 - 1), r = 2.60 % / 12: 2001.70; by days 7458.29 were left for the end."""
    first, *rows, last = schedule(plan("500000.00", 360, start, rate="2.60", method=EQUAL_INSTALLMENT, day=14))
    assert {each.amount for each in rows} == {Decimal("2001.70")}
    assert str(last.amount) == "2000.84"
    # The first month's principal is that of a whole one, its interest that of its 30, 29 or 1 days of a 360th.
    assert str(first.principal) == "918.37"


def test_a_broken_first_month_is_paid_by_its_days() -> None:
    rows = schedule(plan("500000.00", 360, date(2025, 6, 24), rate="2.60", method=EQUAL_INSTALLMENT, day=14))
    # A whole month leaves 2001.70 - 1083.33 = 918.37 of principal; 20 days cost 500000.00 x 2.60 % x 20 / 360 = 722.22.
    assert row(rows[0]) == ("2025-07-14", "918.37", "722.22", "1640.59", "499081.63")
    assert str(rows[1].amount) == "2001.70"


def test_by_actual_days_where_the_policy_says_so() -> None:
    by_days = replace(
        plan("500000.00", 360, date(2018, 1, 14), rate="2.60", method=EQUAL_INSTALLMENT), accrual=Accrual.ACTUAL_DAYS
    )
    # 500000.00 x 2.60 % x 31 / 360
    assert row(schedule(by_days)[0]) == ("2018-02-14", "882.26", "1119.44", "2001.70", "499117.74")
    whole = replace(plan("194807.02", 102, date(2018, 6, 14)), accrual=Accrual.WHOLE_MONTHS)
    # The manual's loan by twelfths: 194807.02 and 192897.15 x 3.575 % / 12
    assert [str(each.interest) for each in schedule(whole)[:2]] == ["580.36", "574.67"]


def test_a_due_day_of_31_falls_on_the_last_day_of_shorter_months() -> None:
    rows = schedule(plan("60000.00", 6, date(2023, 10, 31)))
    assert [str(each.due_on) for each in rows] == [
        "2023-11-30",
        "2023-12-31",
        "2024-01-31",
        "2024-02-29",
        "2024-03-31",
        "2024-04-30",
    ]


def test_a_due_day_survives_a_start_at_the_end_of_february() -> None:
    rows = schedule(plan("60000.00", 2, date(2023, 2, 28), day=31))
    assert [str(each.due_on) for each in rows] == ["2023-03-31", "2023-04-30"]


def test_a_leap_february_costs_a_day_more() -> None:
    leap, common = (schedule(plan("360000.00", 1, date(year, 2, 1), rate="10"))[0] for year in (2024, 2023))
    assert (leap.interest, common.interest) == (Decimal("2900.00"), Decimal("2800.00"))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (date(2018, 1, 20), [("2018-02-14", "2500.00"), ("2018-03-14", "1400.00")]),
        (date(2018, 1, 13), [("2018-01-14", "100.00"), ("2018-02-14", "1550.00")]),
        (date(2018, 1, 14), [("2018-02-14", "3100.00"), ("2018-03-14", "1400.00")]),
    ],
)
def test_the_first_due_day_is_the_first_after_the_start(start: date, due: list[tuple[str, str]]) -> None:
    rows = schedule(plan("360000.00", 2, start, day=14, rate="10"))
    assert [(str(each.due_on), str(each.interest)) for each in rows] == due


def test_a_larger_share_ends_the_plan_earlier() -> None:
    rows = schedule(plan("10000.00", 10, date(2018, 1, 1)), kept_share=Decimal("3000.00"))
    assert [str(each.principal) for each in rows] == ["3000.00", "3000.00", "3000.00", "1000.00"]


def test_a_rate_of_zero_is_repaid_in_equal_parts() -> None:
    rows = schedule(plan("1000.00", 3, date(2018, 1, 1), rate="0", method=EQUAL_INSTALLMENT))
    assert [str(each.amount) for each in rows] == ["333.33", "333.33", "333.34"]


def test_principal_never_grows_however_high_the_rate() -> None:
    rows = schedule(plan("100000.00", 480, date(2018, 1, 1), rate="24", method=EQUAL_INSTALLMENT))
    assert min(each.principal for each in rows) >= 0
    assert sum(each.principal for each in rows) == 100000


@pytest.mark.parametrize("method", [RepaymentMethod.BULLET, RepaymentMethod.FREE, RepaymentMethod.UNKNOWN])
def test_other_methods_have_no_plan(method: RepaymentMethod) -> None:
    with pytest.raises(ValueError, match=method):
        share(plan("1000.00", 3, date(2018, 1, 1), method=method))


def test_ten_thousand_plans_agree_with_the_formulas() -> None:
    chance = random.Random(20181025)  # noqa: S311 (examples, no secrets)
    for _ in range(10_000):
        method = chance.choice((EQUAL_PRINCIPAL, EQUAL_INSTALLMENT))
        # Mostly short ones: a plan of 30 years tells no more about a row than one of 3.
        periods = chance.choice((1, 2, 3, 12, 13, 24, chance.randint(1, 60), chance.randint(1, 60)))
        if chance.random() < 0.01:
            periods = chance.randint(61, 480)
        fen, rate = chance.randint(10**6, 2 * 10**8), Decimal(chance.randint(1000, 6000)) / 1000
        start = date.fromordinal(chance.randint(date(2000, 1, 1).toordinal(), date(2040, 1, 1).toordinal()))
        day = chance.choice((1, 14, 28, 29, 30, 31, start.day))
        rows = schedule(plan(f"{fen / 100:.2f}", periods, start, rate=str(rate), method=method, day=day))
        expected = formulas.plan(
            fen,
            Fraction(rate) / 100,
            periods,
            equal_principal=method is EQUAL_PRINCIPAL,
            start=start,
            day=day,
        )
        got = [
            formulas.Row(each.due_on, int(each.principal * 100), int(each.interest * 100), int(each.balance * 100))
            for each in rows
        ]
        assert got == expected
        assert total_paid(rows) == total_interest(rows) + Decimal(fen) / 100
        assert rows[-1].balance == 0


def test_the_share_that_a_core_bills_is_kept() -> None:
    """A broken first month of 等额本息 bills the principal of a whole one: 1000.00 of 100 000 at 3.6 %, and 300.00."""
    dates = DueDates(date(2018, 10, 14), 14, date(2018, 10, 25))
    whole = Plan(Decimal("100000.00"), Decimal("3.60"), 100, EQUAL_INSTALLMENT, dates, 360, Accrual.WHOLE_MONTHS)
    billed = NextInstallment(5, date(2018, 11, 14), Decimal("1200.00"), Decimal("1000.00"), Decimal("200.00"))
    assert share_of(whole, billed) == Decimal("1300.00")
    assert share_of(replace(whole, accrual=Accrual.ACTUAL_DAYS), billed) == Decimal("1200.00")
    assert share_of(replace(whole, method=EQUAL_PRINCIPAL), billed) == Decimal("1000.00")


def test_nothing_is_paid_of_no_plan() -> None:
    assert [str(each(())) for each in (total_interest, total_paid)] == ["0.00", "0.00"]
