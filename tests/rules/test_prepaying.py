"""What a prepayment does to a plan, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bff.rules.application import Keep
from bff.rules.loan import RepaymentMethod
from bff.rules.loans.prepayment_schedule import Prepayment, prepay
from bff.rules.loans.schedule import PLANNED, DueDates, Plan
from tests.rules import formulas
from tests.rules.examples import derandomised
from tests.rules.people import practice


def prepaid(
    amount: str | None,
    keep: Keep = Keep.TERM,
    *,
    on: date = date(2018, 10, 25),
    method: RepaymentMethod = RepaymentMethod.EQUAL_PRINCIPAL,
) -> Prepayment:
    """The manual's loan after period 22: 187167.54 over 98 periods, due on the 14th."""
    dates, accrual = DueDates.after(date(2018, 10, 14)), practice().loan.accrual_of(method)
    plan = Plan(Decimal("187167.54"), Decimal("3.575"), 98, method, dates, 360, accrual, first_period=23)
    return prepay(plan, on, None if amount is None else Decimal(amount), keep)


def test_interest_to_the_day_is_collected_with_it() -> None:
    # 187167.54 x 3.575 % x 11 / 360
    assert prepaid("20000.00").amount_due == Decimal("20204.45")


def test_keeping_the_term_cuts_the_principal_of_a_period_anew() -> None:
    done = prepaid("20000.00")
    first = done.after[0]
    # 167167.54 / 98, and 20 days from 25 October to 14 November
    assert (first.period, first.due_on) == (23, date(2018, 11, 14))
    assert (str(first.principal), str(first.interest)) == ("1705.79", "332.01")
    assert (len(done.after), done.matures_on) == (98, date(2026, 12, 14))


def test_keeping_the_installment_ends_the_loan_earlier() -> None:
    done = prepaid("20000.00", Keep.INSTALLMENT)
    # 167167.54 / 1909.87 is 87.5: ten periods fewer
    assert (str(done.after[0].principal), len(done.after)) == ("1909.87", 88)
    assert done.matures_on == date(2026, 2, 14)


def test_keeping_the_installment_saves_more_interest() -> None:
    assert prepaid("20000.00", Keep.INSTALLMENT).interest_saved > prepaid("20000.00").interest_saved > 0


def test_keeping_the_installment_of_an_equal_installment_loan_keeps_the_payment() -> None:
    done = prepaid("20000.00", Keep.INSTALLMENT, method=RepaymentMethod.EQUAL_INSTALLMENT)
    # 187167.54 over 98 months at 3.575 % / 12; the month in which it is prepaid has 20 days left and pays as much
    assert {str(row.amount) for row in (*done.before[:-1], *done.after[:-1])} == {"2205.05"}
    assert (str(done.after[0].interest), len(done.after) < 98) == ("332.01", True)


def test_keeping_the_term_of_an_equal_installment_loan_cuts_the_payment_anew() -> None:
    done = prepaid("20000.00", method=RepaymentMethod.EQUAL_INSTALLMENT)
    # 167167.54 over 98 months: 1969.42. A whole month costs 498.02, so 1471.40 of principal; 20 days cost 332.01.
    first, *rows, last = done.after
    assert (str(first.principal), str(first.amount)) == ("1471.40", "1803.41")
    assert {str(row.amount) for row in rows} == {"1969.42"}
    assert abs(last.amount - Decimal("1969.42")) < 1


def test_a_payoff_leaves_nothing() -> None:
    done = prepaid(None)
    assert (str(done.amount_due), str(done.balance), done.after) == ("187371.99", "0.00", ())
    assert done.matures_on == date(2018, 10, 25)


def test_history_a_prepays_on_the_due_day_without_interest() -> None:
    day, method = date(2017, 12, 14), RepaymentMethod.EQUAL_PRINCIPAL
    dates, accrual = DueDates.after(day), practice().loan.accrual_of(method)
    plan = Plan(Decimal("260999.96"), Decimal("3.575"), 108, method, dates, 360, accrual, 13)
    done = prepay(plan, day, Decimal("33000.00"), Keep.TERM)
    assert str(done.amount_due) == "33000.00"
    assert [str(x) for x in (done.after[0].principal, done.after[0].interest)] == ["2111.11", "701.89"]


@derandomised
@given(
    st.integers(10**6, 10**8),
    st.integers(2, 120),
    st.sampled_from(PLANNED),
    st.sampled_from(Keep),
    st.integers(0, 27),
    st.integers(1, 99),
)
def test_a_prepayment_saves_interest_and_repays_the_rest(
    fen: int, periods: int, method: RepaymentMethod, keep: Keep, days: int, percent: int
) -> None:
    balance, amount = Decimal(fen) / 100, Decimal(fen * percent // 100) / 100
    due, accrual = date(2018, 10, 14), practice().loan.accrual_of(method)
    plan = Plan(balance, Decimal("3.25"), periods, method, DueDates.after(due), 360, accrual)
    done = prepay(plan, date.fromordinal(due.toordinal() + days), amount, keep)
    interest = formulas.half_up(fen * Fraction(325, 10000) * days / 360)
    assert done.amount_due == amount + Decimal(interest) / 100
    assert sum(row.principal for row in done.after) == done.balance == balance - amount
    assert done.after[-1].balance == 0
    assert len(done.after) <= periods
    # A cent a period may be lost to rounding, and the 31 days of a month in two parts are a day more than a twelfth.
    one_day = balance * Decimal("3.25") / 36000 if method is RepaymentMethod.EQUAL_INSTALLMENT else 0
    assert done.interest_saved >= Decimal(-periods) / 100 - one_day


def test_what_is_repaid_without_a_prepayment_is_by_the_share_that_the_core_bills() -> None:
    dates, accrual = DueDates.after(date(2018, 10, 14)), practice().loan.accrual_of(RepaymentMethod.EQUAL_PRINCIPAL)
    plan = Plan(Decimal("20000.00"), Decimal("3.575"), 10, RepaymentMethod.EQUAL_PRINCIPAL, dates, 360, accrual)
    done = prepay(plan, date(2018, 10, 25), Decimal("5000.00"), Keep.TERM, Decimal("2500.00"))
    assert [str(row.principal) for row in done.before] == ["2500.00"] * 8
    assert (done.principal, done.balance, done.note) == (Decimal("5000.00"), Decimal("15000.00"), "")
