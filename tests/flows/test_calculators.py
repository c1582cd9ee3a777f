"""The calculators through the front door: the manual's rows, the sums, and what is refused."""

from __future__ import annotations

from typing import Any

from tests.support.servers import Bff, Core

MANUAL = {
    "principal": "194807.02",
    "periods": 102,
    "method": "EQUAL_PRINCIPAL",
    "homeOrder": "SECOND",
    "startOn": "2018-06-14",
    "dueDay": 14,
}
COMBINED = """query ($input: CombinedPlanInput!) { combinedPlan(input: $input) {
  fund { annualRate totalPaid } commercial { annualRate totalPaid }
  total { annualRate totalPaid totalInterest installments { period dueOn amount balance } }
} }"""
CAPACITY = """query ($input: BorrowingCapacityInput!) { borrowingCapacity(input: $input) {
  amount byBalance byPayment byCap annualRate
} }"""
HOUSEHOLD = {
    "balance": "30921.43",
    "monthlyIncome": "8858.00",
    "otherMonthlyPayments": "0.00",
    "periods": 240,
    "method": "EQUAL_INSTALLMENT",
    "homeOrder": "FIRST",
}


def test_the_manuals_loan_rows_come_out_of_the_front_door(bff: Bff, core: Core) -> None:
    core.calls()
    plan = bff.data("RepaymentPlan", {"input": MANUAL})["repaymentPlan"]
    rows = plan["installments"]
    assert [row["interest"] for row in rows[:4]] == ["580.36", "593.83", "587.95", "563.29"]
    assert rows[3] == {
        "period": 4,
        "dueOn": "2018-10-14",
        "amount": "2473.16",
        "principal": "1909.87",
        "interest": "563.29",
        "balance": "187167.54",
    }
    assert (plan["annualRate"], len(rows), rows[-1]["dueOn"], rows[-1]["balance"]) == (
        "3.575",
        102,
        "2026-12-14",
        "0.00",
    )
    assert core.calls() == {}


def test_without_a_start_the_rate_is_that_of_the_business_date_and_no_row_has_a_day(bff: Bff, core: Core) -> None:
    core.calls()
    asked = {"principal": "500000.00", "periods": 360, "method": "EQUAL_INSTALLMENT", "homeOrder": "FIRST"}
    plan = bff.data("RepaymentPlan", {"input": asked})["repaymentPlan"]
    assert core.calls() == {"QueryCalendar": 1}
    assert (plan["annualRate"], plan["installments"][0]["amount"]) == ("3.25", "2176.03")
    assert {row["dueOn"] for row in plan["installments"]} == {None}


def test_a_start_changes_the_days_and_no_amount_of_equal_installments(bff: Bff) -> None:
    asked = {"principal": "500000.00", "periods": 360, "method": "EQUAL_INSTALLMENT", "annualRate": "2.60"}
    without, with_days = (
        bff.data("RepaymentPlan", {"input": each})["repaymentPlan"]
        for each in (asked, {**asked, "startOn": "2025-06-14"})
    )
    assert (without["totalInterest"], with_days["totalInterest"]) == ("220611.14", "220611.14")
    amounts = [row["amount"] for row in with_days["installments"]]
    assert (amounts[0], set(amounts[:-1]), amounts[-1]) == ("2001.70", {"2001.70"}, "2000.84")


def test_a_rate_of_one_s_own_works_while_the_core_is_away(fresh_bff: Bff, fresh_core: Core) -> None:
    fresh_core.stop()
    asked = {"principal": "500000.00", "periods": 360, "method": "EQUAL_INSTALLMENT", "annualRate": "3.25"}
    plan = fresh_bff.data("RepaymentPlan", {"input": asked})["repaymentPlan"]
    assert plan["installments"][0]["amount"] == "2176.03"


def test_a_prepayment_says_what_is_due_and_what_is_saved(bff: Bff) -> None:
    asked = {
        "balance": "187167.54",
        "remainingPeriods": 98,
        "method": "EQUAL_PRINCIPAL",
        "homeOrder": "SECOND",
        "lastDueOn": "2018-10-14",
        "paidOn": "2018-10-25",
        "amount": "20000.00",
        "keep": "TERM",
    }
    plan = bff.data("PrepaymentPlan", {"input": asked})["prepaymentPlan"]
    assert (plan["amountDue"], plan["balance"], plan["remainingPeriods"]) == ("20204.45", "167167.54", 98)
    assert plan["maturesOn"] == "2026-12-14"
    assert (plan["before"]["installments"][0]["interest"], len(plan["before"]["installments"])) == ("576.19", 98)
    assert plan["after"]["installments"][0]["principal"] == "1705.79"
    settled = bff.data("PrepaymentPlan", {"input": {**asked, "amount": None}})["prepaymentPlan"]
    assert (settled["amountDue"], settled["remainingPeriods"], settled["after"]["installments"]) == ("187371.99", 0, [])


def test_a_loan_due_on_the_31st_goes_on_with_the_31st_after_february(bff: Bff) -> None:
    asked = {
        "balance": "187167.54",
        "remainingPeriods": 98,
        "method": "EQUAL_PRINCIPAL",
        "annualRate": "3.575",
        "lastDueOn": "2018-02-28",
        "paidOn": "2018-03-15",
        "amount": "20000.00",
        "dueDay": 31,
    }
    plan = bff.data("PrepaymentPlan", {"input": asked})["prepaymentPlan"]
    assert [row["dueOn"] for row in plan["before"]["installments"][:2]] == ["2018-03-31", "2018-04-30"]
    assert [row["dueOn"] for row in plan["after"]["installments"][:2]] == ["2018-03-31", "2018-04-30"]


def test_a_combined_loan_is_two_parts_and_their_sum(bff: Bff) -> None:
    fund = {**MANUAL, "principal": "240000.00", "periods": 24}
    bank = {"principal": "120000.00", "periods": 12, "method": "EQUAL_INSTALLMENT", "annualRate": "4.9"}
    plan = bff.data(COMBINED, {"input": {"fund": fund, "commercial": bank}})["combinedPlan"]
    assert (plan["fund"]["annualRate"], plan["commercial"]["annualRate"]) == ("3.025", "4.9")
    assert plan["total"]["annualRate"] is None
    rows = plan["total"]["installments"]
    assert (len(rows), rows[0]["dueOn"], rows[-1]["balance"]) == (24, "2018-07-14", "0.00")
    assert rows[11]["balance"] == "120000.00"  # the bank is repaid, half of the fund's part is left


def test_what_one_may_borrow_is_told_with_each_limit(bff: Bff) -> None:
    assert bff.data(CAPACITY, {"input": HOUSEHOLD})["borrowingCapacity"] == {
        "amount": "463000.00",
        "byBalance": "463821.45",
        "byPayment": "780859.14",
        "byCap": "500000.00",
        "annualRate": "3.25",
    }


def refused(bff: Bff, operation: str, asked: Any) -> list[tuple[str, str]]:
    (error,) = bff.execute(operation, {"input": asked})["errors"]
    extensions = error["extensions"]
    assert extensions["code"] == "BAD_USER_INPUT"
    assert (extensions["field"], error["message"]) == (
        extensions["problems"][0]["field"],
        extensions["problems"][0]["message"],
    )
    return [(each["field"], each["message"]) for each in extensions["problems"]]


def test_a_problem_tells_the_bound_that_was_passed(bff: Bff) -> None:
    asked = {"principal": "1.00", "periods": 361, "method": "BULLET", "startOn": "1900-01-01", "dueDay": 32}
    (error,) = bff.execute("RepaymentPlan", {"input": asked})["errors"]
    found = {each["field"]: each.get("limit") for each in error["extensions"]["problems"]}
    assert found == {
        "principal": "1000.00", "periods": "360", "method": None, "annualRate": None, "startOn": None, "dueDay": "31",
    }  # fmt: skip


def test_all_that_is_wrong_is_told_at_once_with_what_to_do(bff: Bff) -> None:
    asked = {"principal": "1.00", "periods": 361, "method": "BULLET", "startOn": "1900-01-01", "dueDay": 32}
    assert refused(bff, "RepaymentPlan", asked) == [
        ("principal", "贷款金额不能小于1000.00元。"),
        ("periods", "贷款期数不能大于360期。"),
        ("method", "还款方式只能为等额本息或等额本金。"),
        ("annualRate", "请输入年利率，或选择首套、二套住房。"),
        ("startOn", "起息日须在1990年至2100年之间。"),
        ("dueDay", "还款日不能大于31日。"),
    ]


def test_the_other_calculators_tell_so_too(bff: Bff) -> None:
    bank = {"principal": "120000.00", "periods": 2147483647, "method": "EQUAL_INSTALLMENT", "annualRate": "99"}
    asked = {"fund": {**MANUAL, "periods": 0}, "commercial": bank}
    assert [field for field, _ in refused(bff, COMBINED, asked)] == [
        "fund.periods",
        "commercial.periods",
        "commercial.annualRate",
    ]
    assert [field for field, _ in refused(bff, CAPACITY, {**HOUSEHOLD, "annualRate": "3", "periods": 0})] == [
        "periods",
        "annualRate",
    ]
    late = {"balance": "10000.00", "remainingPeriods": 12, "method": "EQUAL_PRINCIPAL", "annualRate": "3"}
    days = {"lastDueOn": "2018-10-14", "paidOn": "2018-11-14", "amount": "10000.00"}
    assert [field for field, _ in refused(bff, "PrepaymentPlan", late | days)] == ["paidOn", "amount"]
