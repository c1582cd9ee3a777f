"""Offer of a prepayment on a day: what it would do, and every reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bff.rules.application import Keep
from bff.rules.loan import Loan, LoanStatus
from bff.rules.loans.prepayment_conditions import (
    NOT_POSTED,
    least,
    near_due_refusal,
    partial_possible,
    partial_refusals,
    payoff_refusal,
)
from bff.rules.loans.prepayment_fee import prepayment_fee
from bff.rules.loans.prepayment_schedule import Prepayment, interest_due, prepay
from bff.rules.loans.rate_adjustment import ComingRate, note_of_loan
from bff.rules.loans.remaining_plan import current_share, due_day_of, remaining_plan
from bff.rules.loans.schedule import PLANNED, Plan
from bff.rules.money import ZERO
from bff.rules.policy.model import PolicyOnDay, PrepaymentTerms
from bff.rules.refusal import Refusal, UserErrorCode, day_in_words
from bff.rules.withdrawals.conditions import NO_FUND_LOAN, arrears_refusal
from bff.rules.withdrawals.eligibility import in_flight_refusal
from bff.rules.withdrawals.facts import ApplicationInFlight

NOT_OFFERED = Refusal(UserErrorCode.NOT_OFFERED, "本中心暂未开办网上提前还款业务。")


@dataclass(frozen=True, slots=True)
class PrepaymentOffer:
    """Offer for a loan. `payoff_amount` settles the loan today, balance and interest; `minimum_amount` is the least
    that may be paid in today, which is the payoff where a partial prepayment is not possible; null without an active
    loan. `payoff` says that the amount asked for settles the loan; `effect`, `fee` and `amount_due` (principal,
    interest and fee) are there with an amount that could be paid; `confirmed` says that the member has to confirm
    `amount_due` first."""

    loan: Loan | None
    refusals: tuple[Refusal, ...]
    minimum_amount: Decimal | None = None
    payoff_amount: Decimal | None = None
    payoff: bool = False
    effect: Prepayment | None = None
    fee: Decimal | None = None
    amount_due: Decimal | None = None
    confirmed: bool = False
    basis: str | None = None

    @property
    def eligible(self) -> bool:
        return not self.refusals


def loan_to_prepay(loans: Iterable[Loan]) -> Loan | None:
    """Return the newest loan that is being repaid, else the newest one, so that the screen can show why not."""
    newest = sorted(loans, key=lambda loan: loan.disbursed_on, reverse=True)
    return next(filter(_is_active, newest), newest[0] if newest else None)


def prepayment_offer(
    policy: PolicyOnDay,
    in_flight: ApplicationInFlight | None,
    loan: Loan | None,
    today: date,
    amount: Decimal | None = None,
    keep: Keep = Keep.TERM,
    coming: ComingRate | None = None,
    posted_on: date | None = None,
) -> PrepaymentOffer:
    """Work out the offer by policy key `prepayment`. `amount` is the principal to prepay, or exactly the payoff
    amount; without one the offer says what is possible at all. `today` is the core's business date. The money comes
    from the loan's repayment account: neither the state of the fund account nor the account that withdrawals are
    paid to matters. `posted_on` is when an unposted installment is expected to be posted, where that is known."""
    terms = policy.prepayment
    if terms is None:
        return PrepaymentOffer(loan, (NOT_OFFERED,))
    busy = in_flight_refusal(in_flight)
    if loan is None or not _is_active(loan):
        return PrepaymentOffer(loan, (*filter(None, [busy]), NO_FUND_LOAN), basis=terms.article)
    plan = remaining_plan(loan, policy.loan, terms.interest_on)
    payoff = loan.balance + interest_due(plan, today, loan.balance, terms.interest_on)
    refusals = [busy, _repayment_account_refusal(loan, terms), arrears_refusal(loan), _posting_refusal(loan, posted_on)]
    refusals.append(near_due_refusal(due_day_of(loan), terms, today))
    possible, early = partial_possible(loan, terms, today), payoff_refusal(loan, terms, today)
    if amount == payoff or (amount is None and not possible):
        refusals.append(early)
    elif amount is not None:
        parts = tuple(partial_refusals(loan, terms, today, amount, keep))
        refusals += parts if early else _with_way_out(parts, payoff)
    principal = _principal(loan, amount, payoff)
    fee = None if principal is None else prepayment_fee(principal, loan.disbursed_on, terms, today)
    return PrepaymentOffer(
        loan=loan,
        refusals=tuple(filter(None, refusals)),
        minimum_amount=least(terms) if possible else payoff,
        payoff_amount=payoff,
        payoff=amount == payoff,
        effect=_effect(loan, plan, today, principal, keep, coming, terms, fee),
        fee=fee,
        amount_due=_amount_due(plan, today, principal, terms, fee),
        confirmed=terms.amount_due_confirmed,
        basis=terms.article,
    )


def _is_active(loan: Loan) -> bool:
    return loan.status in {LoanStatus.REPAYING, LoanStatus.OVERDUE} and loan.balance > 0


def _repayment_account_refusal(loan: Loan, terms: PrepaymentTerms) -> Refusal | None:
    """Check policy key `repayment_account_required`."""
    if not terms.repayment_account_required or (loan.repayment_account or "").strip():
        return None
    message = "您的贷款尚未登记还款账户，请到贷款经办银行或公积金中心柜台登记后再申请。"
    return Refusal(UserErrorCode.NO_BANK_ACCOUNT, message)


def _posting_refusal(loan: Loan, posted_on: date | None) -> Refusal | None:
    """Refuse while an installment awaits posting."""
    if not loan.unposted_installments:
        return None
    if posted_on is None:
        return Refusal(UserErrorCode.INSTALLMENT_NOT_POSTED, NOT_POSTED)
    message = f"您有一期还款正在入账，预计自{day_in_words(posted_on)}起（入账后）可申请。"
    return Refusal(UserErrorCode.INSTALLMENT_NOT_POSTED, message, available_from=posted_on)


def _with_way_out(refusals: tuple[Refusal, ...], payoff: Decimal) -> tuple[Refusal, ...]:
    """Add to the first refusal of a partial prepayment that the payoff is possible."""
    if not refusals:
        return ()
    first = replace(refusals[0], message=f"{refusals[0].message}如需结清，请输入结清金额{payoff:.2f}元。")
    return (first, *refusals[1:])


def amount_due_refusal(expected: Decimal | None, offer: PrepaymentOffer) -> Refusal | None:
    """Check policy key `amount_due_confirmed`. A confirmed amount must be the one that would be collected, whether
    the policy asks for it or not."""
    if offer.amount_due is None or expected == offer.amount_due or (expected is None and not offer.confirmed):
        return None
    code = UserErrorCode.REQUIRED if expected is None else UserErrorCode.QUOTE_CHANGED
    fee = f"和手续费{offer.fee:.2f}元" if offer.fee else ""
    message = f"本次应还总额为{offer.amount_due:.2f}元（含计至今日的利息{fee}），请核对并确认后重新提交。"
    return Refusal(code, message, "expectedAmount", limit=offer.amount_due)


def _principal(loan: Loan, amount: Decimal | None, payoff: Decimal) -> Decimal | None:
    """Return the principal that an amount prepays. Returns None for neither a part of the loan nor its payoff."""
    if amount == payoff:
        return loan.balance
    return amount if amount is not None and 0 < amount < loan.balance else None


def _amount_due(
    plan: Plan, today: date, principal: Decimal | None, terms: PrepaymentTerms, fee: Decimal | None
) -> Decimal | None:
    """Compute the amount to collect, without a plan, too: interest counts by days, whatever the method."""
    if principal is None:
        return None
    return principal + interest_due(plan, today, principal, terms.interest_on) + (fee or ZERO)


def _effect(
    loan: Loan,
    plan: Plan,
    today: date,
    principal: Decimal | None,
    keep: Keep,
    coming: ComingRate | None,
    terms: PrepaymentTerms,
    fee: Decimal | None,
) -> Prepayment | None:
    if principal is None or loan.method not in PLANNED or plan.periods < 1:
        return None
    share, note = current_share(loan, plan), note_of_loan(loan, coming)
    return prepay(plan, today, principal, keep, share, note, terms.interest_on, fee or ZERO)
