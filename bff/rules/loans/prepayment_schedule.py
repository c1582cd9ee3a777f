"""The repayment plan after a prepayment: interest to the day, then a new plan for the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bff.rules.application import Keep
from bff.rules.loan import Installment
from bff.rules.loans.interest import InterestOn
from bff.rules.loans.schedule import Plan, schedule, share, total_interest
from bff.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class Prepayment:
    """Effect of a prepayment. `amount_due` is collected on the day: the principal prepaid, the `interest` since the
    last due date, the `fee`. `interest_saved` compares all interest from that date on; `after` is empty once the
    loan is settled."""

    principal: Decimal
    interest: Decimal
    amount_due: Decimal
    balance: Decimal
    interest_saved: Decimal
    matures_on: date
    before: tuple[Installment, ...]
    after: tuple[Installment, ...]
    note: str
    fee: Decimal = ZERO


def prepay(
    plan: Plan,
    paid_on: date,
    amount: Decimal | None,
    keep: Keep,
    current_share: Decimal | None = None,
    note: str = "",
    interest_on: InterestOn = InterestOn.BALANCE,
    fee: Decimal = ZERO,
) -> Prepayment:
    """Compute the effect. `plan` is what would be repaid after the last due date; `amount` is at most its principal,
    None for the payoff; `current_share` is what each period repays now, where the core says so."""
    before = schedule(plan, current_share)
    principal = plan.principal if amount is None else amount
    interest = interest_due(plan, paid_on, principal, interest_on)
    paid_through = plan.dates.interest_from if interest_on is InterestOn.PREPAID else paid_on
    after = _after(plan, paid_through, plan.principal - principal, keep, current_share)
    return Prepayment(
        principal=principal,
        interest=interest,
        amount_due=principal + interest + fee,
        balance=plan.principal - principal,
        interest_saved=total_interest(before) - interest - total_interest(after),
        matures_on=after[-1].due_on or paid_on if after else paid_on,
        before=before,
        after=after,
        note=note,
        fee=fee,
    )


def interest_due(plan: Plan, on: date, principal: Decimal, interest_on: InterestOn) -> Decimal:
    """Compute the interest that prepaying a principal collects, from the last nominal due date to the day: by days,
    whatever the method."""
    bearing = principal if interest_on is InterestOn.PREPAID else plan.principal
    return plan.accrued(bearing, plan.dates.interest_from, max(on, plan.dates.interest_from))


def _after(
    plan: Plan, paid_through: date, balance: Decimal, keep: Keep, current_share: Decimal | None
) -> tuple[Installment, ...]:
    if balance <= ZERO:
        return ()
    rest = replace(plan, principal=balance, dates=replace(plan.dates, interest_from=paid_through))
    if keep is Keep.TERM:
        return schedule(rest)
    return schedule(rest, share(plan) if current_share is None else current_share, first_in_full=True)
