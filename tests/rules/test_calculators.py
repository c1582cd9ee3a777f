"""The public calculators: the manual's rows from the inputs alone, and what is refused, field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.rules.application import Keep
from bff.rules.loan import RepaymentMethod
from bff.rules.loans.borrowing_capacity import Borrowing, BorrowingRequest, borrowing, principal_for
from bff.rules.loans.calculators import CombinedPlan, PlanRequest, RepaymentPlan, combined_plan, repayment_plan
from bff.rules.loans.prepayment_calculator import PrepaymentRequest, prepayment_plan
from bff.rules.loans.prepayment_schedule import Prepayment
from bff.rules.loans.schedule import DueDates, Plan, share
from bff.rules.policy.rates import HomeOrder, load_rates
from bff.rules.refusal import Refusal
from bff.rules.refusal import UserErrorCode as Code
from tests.rules.examples import derandomised
from tests.rules.people import TODAY, example, policy_text, practice

EQUAL_PRINCIPAL, EQUAL_INSTALLMENT = RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.EQUAL_INSTALLMENT
RATES = load_rates(policy_text("rates.toml"), "rates.toml")
MANUAL = PlanRequest(
    Decimal("194807.02"), 102, EQUAL_PRINCIPAL, home_order=HomeOrder.SECOND, start_on=date(2018, 6, 14), due_day=14
)
PREPAID = PrepaymentRequest(
    Decimal("187167.54"),
    98,
    EQUAL_PRINCIPAL,
    last_due_on=date(2018, 10, 14),
    paid_on=date(2018, 10, 25),
    home_order=HomeOrder.SECOND,
    amount=Decimal("20000.00"),
)


def planned(request: PlanRequest) -> RepaymentPlan:
    plan = repayment_plan(request, practice(), RATES, TODAY)
    assert isinstance(plan, RepaymentPlan)
    return plan


def prepaid(request: PrepaymentRequest) -> Prepayment:
    plan = prepayment_plan(request, practice(), RATES)
    assert isinstance(plan, Prepayment)
    return plan


def named(outcome: object) -> list[tuple[Code, str | None]]:
    assert isinstance(outcome, tuple)
    return [(each.code, each.field) for each in outcome if isinstance(each, Refusal)]


def test_the_manuals_rows_from_the_calculator_alone() -> None:
    plan = planned(MANUAL)
    assert plan.annual_rate == Decimal("3.575")
    assert [str(row.interest) for row in plan.installments[:4]] == ["580.36", "593.83", "587.95", "563.29"]
    assert plan.total_paid == plan.total_interest + Decimal("194807.02")


@pytest.mark.parametrize(
    ("order", "periods", "start_on", "rate"),
    [
        (HomeOrder.FIRST, 60, None, "2.75"),
        (HomeOrder.FIRST, 61, None, "3.25"),
        (HomeOrder.SECOND, 120, date(2025, 5, 8), "3.075"),
        (HomeOrder.SECOND, 12, date(2008, 10, 9), "4.32"),
    ],
)
def test_the_rate_follows_from_the_home_order_the_term_and_the_day(
    order: HomeOrder, periods: int, start_on: date | None, rate: str
) -> None:
    request = PlanRequest(Decimal(100000), periods, EQUAL_INSTALLMENT, home_order=order, start_on=start_on)
    assert planned(request).annual_rate == Decimal(rate)


def test_without_a_start_the_rows_have_no_dates() -> None:
    plan = planned(PlanRequest(Decimal("500000.00"), 360, EQUAL_INSTALLMENT, annual_rate=Decimal("3.25")))
    assert {row.due_on for row in plan.installments} == {None}
    assert str(plan.installments[0].amount) == "2176.03"


def test_without_a_start_every_month_is_a_twelfth() -> None:
    plan = planned(replace(MANUAL, start_on=None, due_day=None))
    assert [str(row.interest) for row in plan.installments[:2]] == ["580.36", "574.67"]


@pytest.mark.parametrize("start", [date(2018, 1, 31), date(2020, 2, 29), date(2025, 6, 14)])
def test_equal_installments_are_the_same_with_and_without_a_start(start: date) -> None:
    """500 000 at 2.60 % over 360 months: 2001.70 a month, 220 611.14 of interest; by actual days it was 226 068.59."""
    without = PlanRequest(Decimal("500000.00"), 360, EQUAL_INSTALLMENT, annual_rate=Decimal("2.60"))
    plans = [planned(without), planned(replace(without, start_on=start))]
    assert [(str(each.installments[0].amount), str(each.total_interest)) for each in plans] == [
        ("2001.70", "220611.14")
    ] * 2
    assert [row.amount for row in plans[0].installments] == [row.amount for row in plans[1].installments]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"principal": Decimal("999.99")}, (Code.BELOW_MINIMUM, "principal")),
        ({"principal": Decimal("100000000.01")}, (Code.ABOVE_MAXIMUM, "principal")),
        ({"periods": 0}, (Code.BELOW_MINIMUM, "periods")),
        ({"periods": 361}, (Code.ABOVE_MAXIMUM, "periods")),
        ({"method": RepaymentMethod.BULLET}, (Code.INVALID_INPUT, "method")),
        ({"home_order": None}, (Code.REQUIRED, "annualRate")),
        ({"annual_rate": Decimal(3)}, (Code.INVALID_INPUT, "annualRate")),
        ({"home_order": None, "annual_rate": Decimal(-1)}, (Code.BELOW_MINIMUM, "annualRate")),
        ({"home_order": None, "annual_rate": Decimal("15.01")}, (Code.ABOVE_MAXIMUM, "annualRate")),
        ({"start_on": date(1989, 12, 31)}, (Code.INVALID_DATE, "startOn")),
        ({"start_on": date(9999, 12, 31)}, (Code.INVALID_DATE, "startOn")),
        ({"start_on": date(1999, 9, 20)}, (Code.INVALID_DATE, "startOn")),
        ({"due_day": 0}, (Code.BELOW_MINIMUM, "dueDay")),
        ({"due_day": 32}, (Code.ABOVE_MAXIMUM, "dueDay")),
    ],
)
def test_a_plan_out_of_range_names_its_field(changes: dict[str, object], expected: tuple[Code, str]) -> None:
    request = replace(MANUAL, **changes)  # type: ignore[arg-type] # one field a case
    assert named(repayment_plan(request, practice(), RATES, TODAY)) == [expected]


def test_everything_out_of_range_is_named_at_once() -> None:
    request = PlanRequest(Decimal(0), 0, RepaymentMethod.FREE, start_on=date(1900, 1, 1), due_day=40)
    fields = [field for _, field in named(repayment_plan(request, practice(), RATES, TODAY))]
    assert fields == ["principal", "periods", "method", "annualRate", "startOn", "dueDay"]


def test_a_prepayment_plan_bills_as_the_centre_does() -> None:
    plan = prepaid(PREPAID)
    assert (str(plan.amount_due), str(plan.balance), len(plan.after)) == ("20204.45", "167167.54", 98)
    assert (str(plan.after[0].principal), plan.matures_on) == ("1705.79", date(2026, 12, 14))


def test_a_shorter_term_saves_more_than_a_smaller_installment() -> None:
    shorter = prepaid(replace(PREPAID, keep=Keep.INSTALLMENT))
    assert len(shorter.after) == 88
    assert shorter.interest_saved > prepaid(PREPAID).interest_saved


def test_a_due_day_of_31_comes_back_after_february() -> None:
    short = replace(PREPAID, last_due_on=date(2018, 2, 28), paid_on=date(2018, 3, 30))
    plan = prepaid(replace(short, due_day=31))
    assert [row.due_on for row in plan.before[:3]] == [date(2018, 3, 31), date(2018, 4, 30), date(2018, 5, 31)]
    assert [row.due_on for row in plan.after[:2]] == [date(2018, 3, 31), date(2018, 4, 30)]
    # 187167.54 x 3.575 % over 31 and 30 days, and by the day that the rest has one fewer
    assert [str(row.interest) for row in plan.before[:2]] == ["576.19", "551.91"]
    assert named(prepayment_plan(short, practice(), RATES)) == [(Code.INVALID_DATE, "paidOn")]


def test_without_a_due_day_it_is_that_of_the_last_installment() -> None:
    plan = prepaid(replace(PREPAID, last_due_on=date(2018, 2, 28), paid_on=date(2018, 3, 1)))
    assert [row.due_on for row in plan.before[:2]] == [date(2018, 3, 28), date(2018, 4, 28)]


def test_a_prepayment_across_1_january_is_split_there() -> None:
    """Second home over five years: 3.575 % until 2024, 3.325 % from 2025 on.

    45837.16 from 14 December to 5 January: (3.575 x 18 + 3.325 x 4) % / 360 = 98.87; to the 14th: 136.97.
    """
    asked = replace(
        PREPAID,
        balance=Decimal("45837.16"),
        remaining_periods=24,
        last_due_on=date(2024, 12, 14),
        paid_on=date(2025, 1, 5),
        amount=None,
    )
    plan = prepaid(asked)
    assert (str(plan.interest), str(plan.before[0].interest)) == ("98.87", "136.97")
    # 43927.28 x 3.325 % x 31 / 360
    assert str(plan.before[1].interest) == "125.77"
    in_december = prepaid(replace(asked, paid_on=date(2024, 12, 25)))
    assert str(in_december.interest) == "50.07"  # 45837.16 x 3.575 % x 11 / 360


def test_equal_installments_are_cut_anew_on_1_january() -> None:
    asked = replace(
        PREPAID,
        method=EQUAL_INSTALLMENT,
        balance=Decimal("215317.41"),
        remaining_periods=175,
        home_order=HomeOrder.FIRST,
        last_due_on=date(2022, 12, 18),
        paid_on=date(2023, 1, 1),
    )
    first, second, *_ = prepaid(asked).before
    # 3.25 % until 2022, 3.10 % from 2023: 215317.41 x (3.25 x 14 + 3.10 x 17) % / 360 = 587.34. The payment of
    # 175 months at 3.10 %: 1530.95; a whole month costs 556.24 of it.
    assert (str(first.interest), str(first.principal)) == ("587.34", "974.71")
    assert str(second.amount) == "1530.95"


@pytest.mark.parametrize(
    ("last_due_on", "note"),
    [
        (
            date(2018, 10, 14),
            "按年利率3.575%试算；还款期间利率调整的，公积金贷款自次年1月1日起执行新利率，以实际还款为准。",
        ),
        (date(2024, 10, 14), "按年利率3.575%试算；自2025年1月1日起年利率调整为3.325%，以实际还款为准。"),
    ],
)
def test_a_plan_says_from_when_another_rate_holds(last_due_on: date, note: str) -> None:
    assert prepaid(replace(PREPAID, last_due_on=last_due_on, paid_on=last_due_on)).note == note


@pytest.mark.parametrize("periods", [2, 3])
def test_the_last_months_of_a_long_loan_are_not_those_of_a_loan_of_a_year(periods: int) -> None:
    """Due on 14 November and 14 December 2024, and with a third period on 14 January, at the new rate of 2025."""
    asked = replace(
        PREPAID, remaining_periods=periods, last_due_on=date(2024, 10, 14), paid_on=date(2024, 10, 25), amount=None
    )
    note = prepaid(asked).note
    assert "合同利率" not in note
    assert ("3.325%" in note) == (periods == 3)


@pytest.mark.parametrize(("periods", "told"), [(3, False), (4, True)])
def test_a_loan_that_ends_on_1_january_has_no_other_rate(periods: int, told: bool) -> None:
    first = date(2024, 10, 1)
    asked = replace(PREPAID, remaining_periods=periods, last_due_on=first, paid_on=first, amount=None)
    assert ("3.325%" in prepaid(asked).note) == told


def test_a_rate_that_was_typed_follows_no_table() -> None:
    typed = replace(PREPAID, annual_rate=Decimal("3.575"), home_order=None)
    note = prepaid(replace(typed, last_due_on=date(2024, 10, 14), paid_on=date(2024, 10, 14))).note
    assert note == "按年利率3.575%试算；还款期间利率调整的，公积金贷款自次年1月1日起执行新利率，以实际还款为准。"


def test_a_loan_of_a_year_is_said_to_keep_its_rate() -> None:
    plan = planned(PlanRequest(Decimal("12000.00"), 12, EQUAL_INSTALLMENT, home_order=HomeOrder.FIRST))
    assert plan.note == "按年利率2.75%试算；期限一年以内（含一年）的公积金贷款执行合同利率。以实际还款为准。"


def test_a_payoff_saves_all_interest_but_that_to_the_day() -> None:
    plan = prepaid(replace(PREPAID, amount=None))
    assert (str(plan.amount_due), plan.after) == ("187371.99", ())
    assert plan.interest_saved == sum(row.interest for row in plan.before) - Decimal("204.45")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"balance": Decimal(0), "amount": None}, (Code.BELOW_MINIMUM, "balance")),
        ({"remaining_periods": 0}, (Code.BELOW_MINIMUM, "remainingPeriods")),
        ({"remaining_periods": 361}, (Code.ABOVE_MAXIMUM, "remainingPeriods")),
        ({"method": RepaymentMethod.UNKNOWN}, (Code.INVALID_INPUT, "method")),
        ({"home_order": None}, (Code.REQUIRED, "annualRate")),
        ({"last_due_on": date(9999, 12, 31)}, (Code.INVALID_DATE, "lastDueOn")),
        ({"paid_on": date(2018, 10, 13)}, (Code.INVALID_DATE, "paidOn")),
        ({"paid_on": date(2018, 11, 14)}, (Code.INVALID_DATE, "paidOn")),
        ({"due_day": 0}, (Code.BELOW_MINIMUM, "dueDay")),
        ({"due_day": -5}, (Code.BELOW_MINIMUM, "dueDay")),
        ({"due_day": 32}, (Code.ABOVE_MAXIMUM, "dueDay")),
        ({"due_day": 15}, (Code.INVALID_DATE, "dueDay")),
        ({"due_day": 31, "last_due_on": date(1, 1, 1)}, (Code.INVALID_DATE, "lastDueOn")),
        ({"amount": Decimal(0)}, (Code.BELOW_MINIMUM, "amount")),
        ({"amount": Decimal("187167.54")}, (Code.ABOVE_MAXIMUM, "amount")),
    ],
)
def test_a_prepayment_out_of_range_names_its_field(changes: dict[str, object], expected: tuple[Code, str]) -> None:
    request = replace(PREPAID, **changes)  # type: ignore[arg-type] # one field a case
    assert named(prepayment_plan(request, practice(), RATES)) == [expected]


def test_a_day_without_a_rate_asks_for_one() -> None:
    old = replace(PREPAID, last_due_on=date(1999, 2, 14), paid_on=date(1999, 2, 25))
    assert named(prepayment_plan(old, practice(), RATES)) == [(Code.INVALID_DATE, "lastDueOn")]


def test_a_combined_loan_is_the_sum_of_its_parts() -> None:
    fund = PlanRequest(Decimal(300000), 24, EQUAL_INSTALLMENT, home_order=HomeOrder.FIRST, start_on=date(2018, 1, 31))
    bank = PlanRequest(Decimal(200000), 36, EQUAL_INSTALLMENT, annual_rate=Decimal("4.9"))
    plan = combined_plan(fund, bank, practice(), RATES, TODAY)
    assert isinstance(plan, CombinedPlan)
    assert len(plan.total.installments) == 36
    second, last = plan.total.installments[1], plan.total.installments[-1]
    assert second.amount == plan.fund.installments[1].amount + plan.commercial.installments[1].amount
    assert (second.due_on, last.amount) == (date(2018, 3, 31), plan.commercial.installments[-1].amount)
    assert plan.total.total_paid == plan.fund.total_paid + plan.commercial.total_paid
    assert sum(row.principal for row in plan.total.installments) == 500000
    assert "借款合同" in plan.commercial.note
    assert ("次年1月1日" in plan.fund.note, "次年1月1日" in plan.total.note) == (True, False)


def test_a_combined_loan_names_the_part_that_is_wrong() -> None:
    bank = PlanRequest(Decimal(0), 36, EQUAL_INSTALLMENT, home_order=HomeOrder.FIRST)
    assert named(combined_plan(MANUAL, bank, practice(), RATES, TODAY)) == [
        (Code.BELOW_MINIMUM, "commercial.principal"),
        (Code.REQUIRED, "commercial.annualRate"),
    ]


HOUSEHOLD = BorrowingRequest(
    balance=Decimal("30921.43"),
    monthly_income=Decimal("8858.00"),
    other_monthly_payments=Decimal("0.00"),
    periods=240,
    method=EQUAL_INSTALLMENT,
    home_order=HomeOrder.FIRST,
)


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({}, "463000.00"),  # 15 times the balance: 463821.45
        ({"balance": Decimal("0.00")}, "0.00"),  # an empty account is no mistake
        ({"balance": Decimal(100000)}, "500000.00"),  # the centre's cap
        ({"monthly_income": Decimal(4000)}, "352000.00"),  # 2000.00 a month at 3.25 %: 352611.94
        ({"monthly_income": Decimal(4000), "other_monthly_payments": Decimal(2500)}, "0.00"),
        (
            {"monthly_income": Decimal(4000), "method": EQUAL_PRINCIPAL},
            "287000.00",
        ),  # 480000 / (1 + 240 x 3.25 % x 31 / 360)
    ],
)
def test_the_least_limit_is_what_one_may_borrow(changes: dict[str, object], amount: str) -> None:
    found = borrowing(replace(HOUSEHOLD, **changes), practice(), RATES, TODAY)  # type: ignore[arg-type] # likewise
    assert isinstance(found, Borrowing)
    assert str(found.amount) == amount


def test_the_limits_are_told_one_by_one() -> None:
    assert borrowing(HOUSEHOLD, practice(), RATES, TODAY) == Borrowing(
        amount=Decimal("463000.00"),
        by_balance=Decimal("463821.45"),
        by_payment=Decimal("780859.14"),
        by_cap=Decimal("500000.00"),
        annual_rate=Decimal("3.25"),
    )


def test_a_day_before_every_known_rate_asks_for_the_rate() -> None:
    found = borrowing(HOUSEHOLD, practice(), RATES, date(1980, 1, 1))
    assert named(found) == [(Code.REQUIRED, "annualRate")]


def test_a_household_out_of_range_is_named_field_by_field() -> None:
    request = BorrowingRequest(Decimal(-1), Decimal(-1), Decimal(-1), 0, RepaymentMethod.FREE)
    fields = [field for _, field in named(borrowing(request, practice(), RATES, TODAY))]
    assert fields == ["balance", "monthlyIncome", "otherMonthlyPayments", "periods", "method", "annualRate"]


@derandomised
@given(
    st.integers(1, 10**6),
    st.integers(0, 10_000),
    st.integers(1, 360),
    st.sampled_from([EQUAL_PRINCIPAL, EQUAL_INSTALLMENT]),
)
def test_the_first_installment_of_the_largest_loan_is_what_one_can_pay(
    fen: int, rate: int, periods: int, method: RepaymentMethod
) -> None:
    payment, annual_rate = Decimal(fen), Decimal(rate) / 1000
    month = practice().loan.longest_month(method)
    principal = principal_for(payment, annual_rate * month, periods, method)
    dates, accrual = DueDates.after(TODAY), practice().loan.accrual_of(method)
    first = share(Plan(principal, annual_rate, periods, method, dates, 360, accrual))
    if method is EQUAL_PRINCIPAL:
        first += principal * annual_rate * 31 / 36000
    assert abs(first - payment) <= Decimal("0.02")


@pytest.mark.parametrize(
    ("couple", "order", "cap"),
    [
        (False, HomeOrder.FIRST, "700000.00"),
        (True, HomeOrder.FIRST, "1000000.00"),
        (False, HomeOrder.SECOND, "500000.00"),
        (True, HomeOrder.SECOND, "800000.00"),
    ],
)
def test_one_and_two_who_borrow_have_caps_of_their_own(couple: bool, order: HomeOrder, cap: str) -> None:
    asked = replace(HOUSEHOLD, home_order=order, annual_rate=None, couple=couple)
    here, there = (borrowing(asked, each, RATES, TODAY) for each in (practice(), example()))
    assert isinstance(here, Borrowing)
    assert isinstance(there, Borrowing)
    assert (str(here.by_cap), str(there.by_cap)) == ("500000.00", cap)


@pytest.mark.parametrize(("order", "by_price"), [(HomeOrder.FIRST, "400000.00"), (HomeOrder.SECOND, "350000.00")])
def test_the_down_payment_is_not_lent(order: HomeOrder, by_price: str) -> None:
    asked = replace(HOUSEHOLD, home_order=order, annual_rate=None, price=Decimal("500000.00"))
    found = borrowing(asked, example(), RATES, TODAY)
    assert isinstance(found, Borrowing)
    assert str(found.by_price) == by_price
    assert found.amount <= Decimal(by_price)
    here = borrowing(asked, practice(), RATES, TODAY)
    assert isinstance(here, Borrowing)
    assert here.by_price is None


@pytest.mark.parametrize(
    ("age", "periods", "expected"), [(48, 240, []), (49, 240, ["periods"]), (17, 240, ["age"]), (None, 240, [])]
)
def test_the_last_installment_comes_before_an_age(age: int | None, periods: int, expected: list[str]) -> None:
    found = borrowing(replace(HOUSEHOLD, age=age, periods=periods), example(), RATES, TODAY)
    assert [each.field for each in found] == expected if isinstance(found, tuple) else not expected


def test_who_has_not_paid_in_for_long_enough_borrows_nothing_there() -> None:
    found = borrowing(replace(HOUSEHOLD, months_contributed=5), example(), RATES, TODAY)
    assert isinstance(found, tuple)
    assert [each.message for each in found] == ["连续缴存满6个月后方可申请贷款，您已连续缴存5个月。"]
    assert isinstance(borrowing(replace(HOUSEHOLD, months_contributed=6), example(), RATES, TODAY), Borrowing)
    assert isinstance(borrowing(replace(HOUSEHOLD, months_contributed=0), practice(), RATES, TODAY), Borrowing)
