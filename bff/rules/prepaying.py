"""What a prepayment does to a repayment plan: interest to the day, then a new plan for what is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bff.rules.application import Keep
from bff.rules.loan import Installment
from bff.rules.money import ZERO
from bff.rules.schedule import Plan, schedule, share, total_interest


@dataclass(frozen=True, slots=True)
class Prepayment:
    """`amount_due` is collected on the day: the principal prepaid and the interest on the whole balance since the last
    due date. `interest_saved` compares all interest from that date on; `after` is empty once the loan is settled."""

    principal: Decimal
    interest: Decimal
    amount_due: Decimal
    balance: Decimal
    interest_saved: Decimal
    matures_on: date
    before: tuple[Installment, ...]
    after: tuple[Installment, ...]
    note: str


def prepay(
    plan: Plan,
    paid_on: date,
    amount: Decimal | None,
    keep: Keep,
    current_share: Decimal | None = None,
    note: str = "",
) -> Prepayment:
    """`plan` is what would be repaid after the last due date; `amount` is at most its principal, None for the payoff;
    `current_share` is what each period repays now, where the core says so.
    """
    before = schedule(plan, current_share)
    principal = plan.principal if amount is None else amount
    interest = accrued_interest(plan, paid_on)
    after = _after(plan, paid_on, plan.principal - principal, keep, current_share)
    return Prepayment(
        principal=principal,
        interest=interest,
        amount_due=principal + interest,
        balance=plan.principal - principal,
        interest_saved=total_interest(before) - interest - total_interest(after),
        matures_on=after[-1].due_on or paid_on if after else paid_on,
        before=before,
        after=after,
        note=note,
    )


def accrued_interest(plan: Plan, on: date) -> Decimal:
    """Interest on the whole balance from the last nominal due date to the day: by days, whatever the method."""
    return plan.accrued(plan.principal, plan.dates.interest_from, max(on, plan.dates.interest_from))


def _after(
    plan: Plan, paid_on: date, balance: Decimal, keep: Keep, current_share: Decimal | None
) -> tuple[Installment, ...]:
    if balance <= ZERO:
        return ()
    rest = replace(plan, principal=balance, dates=replace(plan.dates, interest_from=paid_on))
    if keep is Keep.TERM:
        return schedule(rest)
    return schedule(rest, share(plan) if current_share is None else current_share, first_in_full=True)
