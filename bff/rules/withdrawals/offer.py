"""Offer of a withdrawal of one kind on a day: the amount, and every reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bff.rules.account import AccountStatus
from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind
from bff.rules.loan import Loan
from bff.rules.money import ZERO
from bff.rules.policy.model import PolicyOnDay
from bff.rules.refusal import Refusal, UserErrorCode
from bff.rules.withdrawals import caps, eligibility
from bff.rules.withdrawals.candidate import Candidate, candidates
from bff.rules.withdrawals.facts import CommercialLoan, Facts


@dataclass(frozen=True, slots=True)
class Offer:
    """Offer of a kind. `amount` is shown even where refusals stand against it; `interest` is paid on top by the
    kinds that close the account. `contract_number` is the registered spelling of the home that is meant, `fund_loan`
    or `commercial_loan` the loan that the kind concerns, `basis` the article that allows it."""

    kind: ApplicationKind
    amount: Decimal
    interest: Decimal | None
    refusals: tuple[Refusal, ...]
    required_fields: tuple[str, ...]
    contract_number: str | None = None
    fund_loan: Loan | None = None
    commercial_loan: CommercialLoan | None = None
    basis: str | None = None

    @property
    def eligible(self) -> bool:
        return not self.refusals


def withdrawal_offer(
    kind: ApplicationKind, policy: PolicyOnDay, facts: Facts, contract_number: str | None = None
) -> Offer:
    """Work out the offer by policy key `withdrawals.<kind>`. `contract_number` is what was entered; a quote has
    none, and is then for the home that gives most. Raises KeyError for the loan prepayment, which is no withdrawal."""
    terms = policy.withdrawals[kind]
    if terms is None:
        return _not_offered(kind)
    offers = [_offer(candidate) for candidate in candidates(kind, terms, facts, contract_number)]
    return max(offers, key=lambda offer: (offer.eligible, offer.amount, -len(offer.refusals)))


def quote_refusal(expected: Decimal, offer: Offer) -> Refusal | None:
    """Refuse an expected amount that is no longer the one that would be paid."""
    if expected == offer.amount:
        return None
    message = f"可提取金额已变为{offer.amount:.2f}元，请核对后重新提交。"
    return Refusal(UserErrorCode.QUOTE_CHANGED, message, "expectedAmount", limit=offer.amount)


def _offer(candidate: Candidate) -> Offer:
    amount, empty = caps.amount_and_refusals(candidate)
    refusals = (*eligibility.refusals(candidate), *empty)
    if not amount and not refusals:
        least = candidate.terms.floor
        refusals = (Refusal(UserErrorCode.NOTHING_AVAILABLE, "目前没有可提取的金额。", limit=least),)
    return Offer(
        kind=candidate.kind,
        amount=amount,
        interest=_interest(candidate) if candidate.terms.closes_account else None,
        refusals=_without_echoes(refusals),
        required_fields=_required_fields(candidate.kind),
        contract_number=candidate.home.contract_number if candidate.home else None,
        fund_loan=candidate.fund_loan,
        commercial_loan=candidate.commercial_loan,
        basis=candidate.terms.article,
    )


def _interest(candidate: Candidate) -> Decimal:
    """Return the interest paid on closing: a closed account has been paid what it had accrued."""
    closed = candidate.facts.account.status is AccountStatus.CLOSED
    return ZERO if closed else candidate.facts.basis.accrued_interest


def _without_echoes(refusals: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    """Keep one refusal a code: a used up limit and the frequency may both say LIMIT_REACHED, the first says it best."""
    first = {refusal.code: refusal for refusal in reversed(refusals)}
    return tuple(refusal for refusal in refusals if first[refusal.code] is refusal)


def _not_offered(kind: ApplicationKind) -> Offer:
    refusal = Refusal(UserErrorCode.NOT_OFFERED, f"本中心暂未开办{WITHDRAWALS[kind].name}业务。")
    return Offer(kind, ZERO, None, (refusal,), _required_fields(kind))


def _required_fields(kind: ApplicationKind) -> tuple[str, ...]:
    return tuple(field.value for field in WITHDRAWALS[kind].labels)
