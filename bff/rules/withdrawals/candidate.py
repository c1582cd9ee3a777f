"""A possible withdrawal: the policy's terms, the member's facts, and the one home or loan it is drawn for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind, Subject
from bff.rules.loan import Loan
from bff.rules.parsing import same_contract
from bff.rules.policy.withdrawal_terms import WithdrawalTerms
from bff.rules.withdrawals.facts import (
    CommercialLoan,
    DrawHistory,
    Facts,
    HomeRegistration,
    RentDraw,
    SharedLoan,
    WithdrawalBasis,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Possible withdrawal. `home`, `fund_loan` or `commercial_loan` is the subject of the kind, if it is on record;
    `shared` is what the core tells of the fund loan and all who draw for it, or of another member's loan that this
    one shares."""

    kind: ApplicationKind
    terms: WithdrawalTerms
    facts: Facts
    contract_number: str | None = None
    home: HomeRegistration | None = None
    fund_loan: Loan | None = None
    commercial_loan: CommercialLoan | None = None
    shared: SharedLoan | None = None

    @property
    def subject(self) -> Subject:
        return WITHDRAWALS[self.kind].subject

    @property
    def history(self) -> DrawHistory | None:
        return self.facts.basis.history.get(self.kind)

    @property
    def family_rent(self) -> tuple[RentDraw, ...]:
        """Withdrawals of the household's other members against a limit of the household."""
        return (self.facts.basis.family_rent or ()) if self.terms.limits_per_household else ()

    @property
    def last_drawn_on(self) -> date | None:
        """The last withdrawal of the kind, or for the home or the rent that it continues."""
        days = [self.history.last_on if self.history else None]
        if self.home and self.subject in {Subject.PURCHASE, Subject.CONSTRUCTION}:
            days += [self.home.first_drawn_on, self.home.last_drawn_on]
        if self.terms.per_household:
            homes = (*self.facts.basis.purchases, *self.facts.basis.constructions)
            days += [home.property_fee_on for home in homes]
        if self.subject is Subject.RENT:
            days.append(self.facts.basis.rent_first_drawn_on)
        return max((day for day in days if day is not None), default=None)


def candidates(
    kind: ApplicationKind, terms: WithdrawalTerms, facts: Facts, contract_number: str | None
) -> tuple[Candidate, ...]:
    """Return one candidate for each home or loan on record that the kind can be drawn for, or a single one without
    any.

    A `contract_number` keeps the homes registered under it; without one, as for a quote, every home counts.
    """
    bare = Candidate(kind, terms, facts, contract_number)
    match bare.subject:
        case Subject.FUND_LOAN:
            told = {loan.number: loan for loan in facts.basis.shared_loans or ()}
            found = [
                Candidate(kind, terms, facts, fund_loan=own, shared=told.get(own.number)) for own in facts.active_loans
            ]
            joined = [loan for loan in facts.joined_loans if loan.relation in terms.shared_with]
            found += [Candidate(kind, terms, facts, shared=loan) for loan in joined]
        case Subject.COMMERCIAL_LOAN:
            found = [Candidate(kind, terms, facts, commercial_loan=loan) for loan in facts.active_commercial_loans]
        case Subject.PURCHASE | Subject.CONSTRUCTION | Subject.HOME:
            homes = _meant(_homes(bare.subject, facts.basis), contract_number)
            found = [Candidate(kind, terms, facts, contract_number, home) for home in homes]
        case _:
            found = []
    return tuple(found) or (bare,)


def _homes(subject: Subject, basis: WithdrawalBasis) -> tuple[HomeRegistration, ...]:
    if subject is Subject.PURCHASE:
        return basis.purchases
    if subject is Subject.CONSTRUCTION:
        return basis.constructions
    homes = (*basis.purchases, *basis.constructions)
    return tuple(sorted(homes, key=lambda home: home.area or Decimal(0), reverse=True)[:1])


def _meant(homes: Iterable[HomeRegistration], number: str | None) -> list[HomeRegistration]:
    return [home for home in homes if number is None or same_contract(home.contract_number, number)]
