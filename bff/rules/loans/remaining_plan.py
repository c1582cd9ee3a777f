"""The rest of a running loan's repayment plan."""

from __future__ import annotations

from calendar import monthrange
from decimal import Decimal

from bff.rules.dates import add_months
from bff.rules.loan import Loan
from bff.rules.loans.interest import InterestOn
from bff.rules.loans.schedule import DueDates, Plan, share_of
from bff.rules.policy.model import LoanPolicy


def remaining_plan(loan: Loan, policy: LoanPolicy, interest_on: InterestOn = InterestOn.BALANCE) -> Plan:
    """Return the plan of what is still to be repaid of an active loan."""
    periods, first = loan.periods - loan.current_period, loan.current_period + 1
    accrual, dates = policy.accrual_of(loan.method), remaining_dates(loan, interest_on)
    return Plan(
        principal=loan.balance,
        annual_rate=loan.annual_rate,
        periods=periods,
        method=loan.method,
        dates=dates,
        basis=policy.day_count,
        accrual=accrual,
        first_period=first,
        repriced=loan.repriced,
    )


def remaining_dates(loan: Loan, interest_on: InterestOn) -> DueDates:
    """Return the due dates of the remaining plan, and the day from which interest is still to be paid."""
    contract = DueDates.after(loan.disbursed_on, due_day_of(loan))
    anchor = contract.due(loan.current_period)
    if loan.next_installment:
        anchor = add_months(loan.next_installment.due_on, -1, on=contract.day)
    billed_through = loan.billed_through or (anchor if loan.current_period else loan.disbursed_on)
    if interest_on is InterestOn.PREPAID:
        return DueDates(anchor, contract.day, billed_through)
    # A prepayment collects the interest up to its own day.
    return DueDates(anchor, contract.day, max(billed_through, loan.last_prepaid_on or billed_through))


def due_day_of(loan: Loan) -> int:
    """Return the day of the month on which installments fall due. Where the core does not name it, the day of the
    next installment; a month's last day may be cut short, and the day before it tells."""
    if loan.due_day:
        return loan.due_day
    before = (loan.billed_through if loan.current_period else None) or loan.disbursed_on
    if loan.next_installment is None:
        return before.day
    due_on = loan.next_installment.due_on
    is_last = due_on.day == monthrange(due_on.year, due_on.month)[1]
    return max(due_on.day, before.day) if is_last else due_on.day


def current_share(loan: Loan, plan: Plan) -> Decimal | None:
    """Return the share that the core bills each period: after prepayments it does not follow from the contract any
    more."""
    return share_of(plan, loan.next_installment) if loan.next_installment else None
