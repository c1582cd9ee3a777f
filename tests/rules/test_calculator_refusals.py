"""Each refusal of the calculators, whole: its text, its field and the limit behind it, and what is just allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bff.rules.loan import RepaymentMethod
from bff.rules.loans.borrowing_capacity import Borrowing, borrowing, principal_for
from bff.rules.loans.calculators import CombinedPlan, PlanRequest, combined_plan, repayment_plan
from bff.rules.loans.prepayment_calculator import prepayment_plan
from bff.rules.loans.prepayment_schedule import Prepayment
from bff.rules.policy.rates import HomeOrder
from bff.rules.refusal import Refusal
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.typed_values import NO_AMOUNT, WRONG_AMOUNT, WRONG_DAY, WRONG_RATE
from tests.rules.people import TODAY, example, practice
from tests.rules.test_calculators import EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, HOUSEHOLD, MANUAL, PREPAID, RATES

LEAST_RATE, MOST = Decimal("0.5"), "100000000.00"


def below(field: str, text: str, least: str) -> Refusal:
    return Refusal(Code.BELOW_MINIMUM, text, field, limit=Decimal(least))


def above(field: str, text: str, most: str) -> Refusal:
    return Refusal(Code.ABOVE_MAXIMUM, text, field, limit=Decimal(most))


def invalid(field: str, text: str, code: Code = Code.INVALID_INPUT) -> Refusal:
    return Refusal(code, text, field)


ONE_RATE = invalid("annualRate", "年利率和住房套数只能填写一项。")
NO_RATE = invalid("annualRate", "请输入年利率，或选择首套、二套住房。", Code.REQUIRED)
NO_METHOD = invalid("method", "还款方式只能为等额本息或等额本金。")
BY_RATE = {"home_order": None}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"principal": Decimal("999.99")}, below("principal", "贷款金额不能小于1000.00元。", "1000")),
        ({"principal": Decimal("100000000.01")}, above("principal", f"贷款金额不能大于{MOST}元。", MOST)),
        ({"principal": WRONG_AMOUNT}, WRONG_AMOUNT.of("principal")),
        ({"periods": 0}, below("periods", "贷款期数不能小于1期。", "1")),
        ({"periods": 361}, above("periods", "贷款期数不能大于360期。", "360")),
        ({"method": RepaymentMethod.FREE}, NO_METHOD),
        (BY_RATE, NO_RATE),
        ({"annual_rate": Decimal(3)}, ONE_RATE),
        ({"annual_rate": Decimal("15.001"), **BY_RATE}, above("annualRate", "年利率不能大于15%。", "15")),
        ({"annual_rate": Decimal("-0.1"), **BY_RATE}, below("annualRate", "年利率不能小于0%。", "0")),
        ({"annual_rate": WRONG_RATE, **BY_RATE}, WRONG_RATE.of("annualRate")),
        ({"start_on": date(1989, 12, 31)}, invalid("startOn", "起息日须在1990年至2100年之间。", Code.INVALID_DATE)),
        ({"start_on": date(2101, 1, 1)}, invalid("startOn", "起息日须在1990年至2100年之间。", Code.INVALID_DATE)),
        ({"start_on": WRONG_DAY}, WRONG_DAY.of("startOn")),
        ({"start_on": date(1990, 1, 1)}, invalid("startOn", "没有该日期的利率，请直接输入年利率。", Code.INVALID_DATE)),
        ({"due_day": 0}, below("dueDay", "还款日不能小于1日。", "1")),
        ({"due_day": 32}, above("dueDay", "还款日不能大于31日。", "31")),
    ],
)
def test_a_plan_is_refused_with_the_reason(changes: dict[str, Any], refusal: Refusal) -> None:
    assert repayment_plan(replace(MANUAL, **changes), practice(), RATES, TODAY) == (refusal,)


@pytest.mark.parametrize(
    "changes",
    [
        {"principal": Decimal("1000.00")},
        {"periods": 1},
        {"periods": 360},
        {"due_day": 1},
        {"due_day": 31},
        {"due_day": None},
        {"annual_rate": Decimal(0), **BY_RATE},
        {"annual_rate": LEAST_RATE, **BY_RATE},
        {"annual_rate": Decimal(15), **BY_RATE},
        {"start_on": date(1990, 1, 1), "annual_rate": Decimal(3), **BY_RATE},
        {"start_on": date(2100, 12, 31), "annual_rate": Decimal(3), **BY_RATE},
    ],
)
def test_the_ends_of_a_range_belong_to_it(changes: dict[str, Any]) -> None:
    assert not isinstance(repayment_plan(replace(MANUAL, **changes), practice(), RATES, TODAY), tuple)


BETWEEN = "提前还款日须不早于上期还款日，且早于下期还款日。"
OTHER_DAY = "上期还款日须为当月15日（当月没有15日的，为月末），请核对上期还款日和还款日。"


@pytest.mark.parametrize(
    ("changes", "refusals"),
    [
        (
            {"balance": Decimal(0), "amount": None},
            [below("balance", "贷款余额不能小于0.01元。", "0.01")],
        ),
        ({"balance": Decimal("100000000.01")}, [above("balance", f"贷款余额不能大于{MOST}元。", MOST)]),
        ({"balance": NO_AMOUNT, "amount": Decimal(MOST)}, [NO_AMOUNT.of("balance")]),
        (
            {"balance": NO_AMOUNT, "amount": Decimal("100000000.01")},
            [NO_AMOUNT.of("balance"), above("amount", f"提前还款金额不能大于{MOST}元。", MOST)],
        ),
        ({"remaining_periods": 0}, [below("remainingPeriods", "剩余期数不能小于1期。", "1")]),
        ({"remaining_periods": 361}, [above("remainingPeriods", "剩余期数不能大于360期。", "360")]),
        ({"annual_rate": Decimal(3)}, [ONE_RATE]),
        ({"annual_rate": Decimal(16), **BY_RATE}, [above("annualRate", "年利率不能大于15%。", "15")]),
        ({"amount": Decimal(0)}, [below("amount", "提前还款金额不能小于0.01元。", "0.01")]),
        ({"amount": Decimal("187167.54")}, [above("amount", "提前还款金额不能大于187167.53元。", "187167.53")]),
        ({"amount": WRONG_AMOUNT}, [WRONG_AMOUNT.of("amount")]),
        (
            {"last_due_on": date(2101, 1, 1)},
            [invalid("lastDueOn", "上期还款日须在1990年至2100年之间。", Code.INVALID_DATE)],
        ),
        (
            {"last_due_on": WRONG_DAY, "paid_on": WRONG_DAY},
            [WRONG_DAY.of("lastDueOn"), WRONG_DAY.of("paidOn")],
        ),
        ({"due_day": 15}, [invalid("dueDay", OTHER_DAY, Code.INVALID_DATE)]),
        ({"paid_on": date(2018, 11, 14)}, [invalid("paidOn", BETWEEN, Code.INVALID_DATE)]),
        (
            {"last_due_on": date(1999, 2, 14), "paid_on": date(1999, 2, 25)},
            [invalid("lastDueOn", "没有该日期的利率，请直接输入年利率。", Code.INVALID_DATE)],
        ),
    ],
)
def test_a_prepayment_is_refused_with_the_reasons(changes: dict[str, Any], refusals: list[Refusal]) -> None:
    assert prepayment_plan(replace(PREPAID, **changes), practice(), RATES) == tuple(refusals)


@pytest.mark.parametrize(
    "changes",
    [
        {"remaining_periods": 1},
        {"remaining_periods": 360},
        {"amount": Decimal("0.01")},
        {"amount": Decimal("187167.53")},
        {"annual_rate": Decimal("3.575"), **BY_RATE},
    ],
)
def test_the_ends_of_a_prepayments_ranges_belong_to_them(changes: dict[str, Any]) -> None:
    assert isinstance(prepayment_plan(replace(PREPAID, **changes), practice(), RATES), Prepayment)


def test_a_prepayment_that_crosses_the_first_known_rate_is_refused() -> None:
    first = min(each for each in (date(year, 1, 1) for year in range(1990, 2018)) if RATES.rates_on(each))
    across = replace(PREPAID, last_due_on=date(first.year - 1, 12, 14), paid_on=first)
    assert prepayment_plan(across, practice(), RATES) == (
        invalid("lastDueOn", "没有该日期的利率，请直接输入年利率。", Code.INVALID_DATE),
    )


FUND = PlanRequest(Decimal(300000), 24, EQUAL_PRINCIPAL, home_order=HomeOrder.FIRST)
BANK = PlanRequest(Decimal(200000), 36, EQUAL_PRINCIPAL, annual_rate=Decimal("4.9"))


def combined(fund: PlanRequest, bank: PlanRequest) -> CombinedPlan:
    plan = combined_plan(fund, bank, practice(), RATES, TODAY)
    assert isinstance(plan, CombinedPlan)
    return plan


def test_both_parts_of_a_combined_loan_fall_due_on_the_funds_days() -> None:
    plan = combined(replace(FUND, start_on=date(2018, 1, 10), due_day=20), BANK)
    days = [[row.due_on for row in each.installments[:3]] for each in (plan.fund, plan.commercial, plan.total)]
    assert days == [[date(2018, 1, 20), date(2018, 2, 20), date(2018, 3, 20)]] * 3
    assert plan.commercial.installments[-1].due_on == date(2020, 12, 20)
    assert [row.period for row in plan.total.installments] == list(range(1, 37))


def test_a_combined_loan_without_a_start_takes_todays_rate_and_has_no_days() -> None:
    plan = combined(FUND, BANK)
    assert {row.due_on for row in plan.total.installments} == {None}
    assert (plan.fund.annual_rate, plan.commercial.annual_rate) == (Decimal("2.75"), Decimal("4.9"))


def test_months_of_a_combined_loan_are_sums_of_both_parts() -> None:
    plan = combined(replace(FUND, start_on=date(2018, 1, 10)), BANK)
    first, second, total = (each.installments[0] for each in (plan.fund, plan.commercial, plan.total))
    assert total.balance == first.balance + second.balance == Decimal("481944.44")
    assert (total.principal, total.interest) == (first.principal + second.principal, first.interest + second.interest)


def test_a_combined_loan_names_the_funds_part_and_tells_its_days_once() -> None:
    wrong = replace(FUND, principal=Decimal(0), due_day=32)
    assert combined_plan(wrong, BANK, practice(), RATES, TODAY) == (
        below("fund.principal", "贷款金额不能小于1000.00元。", "1000"),
        above("fund.dueDay", "还款日不能大于31日。", "31"),
    )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"balance": Decimal("-0.01")}, below("balance", "账户余额不能小于0元。", "0")),
        ({"balance": Decimal("100000000.01")}, above("balance", f"账户余额不能大于{MOST}元。", MOST)),
        ({"monthly_income": Decimal("-0.01")}, below("monthlyIncome", "家庭月收入不能小于0元。", "0")),
        (
            {"other_monthly_payments": Decimal("-0.01")},
            below("otherMonthlyPayments", "其他月还款不能小于0元。", "0"),
        ),
        ({"periods": 0}, below("periods", "贷款期数不能小于1期。", "1")),
        ({"periods": 361}, above("periods", "贷款期数不能大于360期。", "360")),
        ({"price": Decimal("-0.01")}, below("price", "房屋总价不能小于0元。", "0")),
        ({"price": Decimal("100000000.01")}, above("price", f"房屋总价不能大于{MOST}元。", MOST)),
        ({"age": 17}, below("age", "借款人年龄不能小于18岁。", "18")),
        ({"age": 101}, above("age", "借款人年龄不能大于100岁。", "100")),
        ({"method": RepaymentMethod.FREE}, NO_METHOD),
        ({"annual_rate": Decimal(3)}, ONE_RATE),
        ({"annual_rate": Decimal(16), **BY_RATE}, above("annualRate", "年利率不能大于15%。", "15")),
    ],
)
def test_a_household_is_refused_with_the_reason(changes: dict[str, Any], refusal: Refusal) -> None:
    assert borrowing(replace(HOUSEHOLD, **changes), practice(), RATES, TODAY) == (refusal,)


@pytest.mark.parametrize(
    "changes",
    [
        {"balance": Decimal(0)},
        {"monthly_income": Decimal(0)},
        {"price": Decimal(0)},
        {"periods": 1},
        {"age": 18},
        {"age": 100},
        {"annual_rate": Decimal("3.25"), **BY_RATE},
    ],
)
def test_the_ends_of_a_households_ranges_belong_to_them(changes: dict[str, Any]) -> None:
    assert isinstance(borrowing(replace(HOUSEHOLD, **changes), practice(), RATES, TODAY), Borrowing)


@pytest.mark.parametrize(("age", "most"), [(49, 228), (67, 12), (68, 0), (70, 0)])
def test_an_age_leaves_so_many_periods(age: int, most: int) -> None:
    text = f"借款人年龄与贷款年限之和不能超过68岁，按您的年龄最长可贷{most}期。"
    found = borrowing(replace(HOUSEHOLD, age=age), example(), RATES, TODAY)
    assert found == (above("periods", text, str(most)),)


@pytest.mark.parametrize(("months", "told"), [(5, 5), (0, 0), (-3, 0)])
def test_contributions_that_are_too_short_are_told_with_the_months(months: int, told: int) -> None:
    text = f"连续缴存满6个月后方可申请贷款，您已连续缴存{told}个月。"
    found = borrowing(replace(HOUSEHOLD, months_contributed=months), example(), RATES, TODAY)
    assert found == (Refusal(Code.CONTRIBUTIONS_TOO_SHORT, text, "monthsContributed", limit=Decimal(6)),)


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({}, "3.25"),
        ({"home_order": HomeOrder.SECOND}, "3.575"),
        ({"periods": 60}, "2.75"),
        ({"annual_rate": Decimal("2.6"), **BY_RATE}, "2.6"),
    ],
)
def test_what_one_may_borrow_is_worked_out_at_the_rate_that_was_asked_for(changes: dict[str, Any], rate: str) -> None:
    found = borrowing(replace(HOUSEHOLD, **changes), practice(), RATES, TODAY)
    assert isinstance(found, Borrowing)
    assert str(found.annual_rate) == rate


@pytest.mark.parametrize(
    ("payment", "periods", "method", "largest"),
    [
        (1000, 10, EQUAL_PRINCIPAL, "9708.73"),  # 10000 / 1.03 = 9708.7378…
        (100, 9, EQUAL_PRINCIPAL, "876.33"),  # 900 / 1.027 = 876.3388…
        (1000, 6, EQUAL_INSTALLMENT, "5937.50"),  # 5937.5006…
        (1000, 10, EQUAL_INSTALLMENT, "9836.96"),  # 9836.9608…
    ],
)
def test_the_largest_loan_is_rounded_down_to_the_cent(
    payment: int, periods: int, method: RepaymentMethod, largest: str
) -> None:
    assert str(principal_for(Decimal(payment), Decimal("0.003"), periods, method)) == largest
