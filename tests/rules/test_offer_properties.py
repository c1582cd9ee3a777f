"""What holds for every offer, of thousands of random members under random policies. A failure names its seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import TypeVar

from bff.rules.account import AccountStatus, Balance
from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind, Subject
from bff.rules.money import cents
from bff.rules.policy.model import PolicyOnDay
from bff.rules.policy.withdrawal_terms import (
    AccountCondition,
    AreaLimit,
    Base,
    Cap,
    Condition,
    ForChildren,
    Frequency,
    MonthlyLimit,
    PartlyFrozen,
    Reserve,
    Window,
    WindowStart,
    WithdrawalTerms,
)
from bff.rules.withdrawals.facts import Facts, HomeRegistration, Relation, WithdrawalBasis
from bff.rules.withdrawals.offer import withdrawal_offer
from tests.rules import people

Item = TypeVar("Item")

HOMES = {Subject.PURCHASE, Subject.CONSTRUCTION, Subject.HOME}
HOME_CAPS = (Cap.PRICE_LESS_LOANS_AND_DRAWN, Cap.COST_LESS_DRAWN, Cap.DOWN_PAYMENT_LESS_DRAWN)
LOAN_CAPS = (Cap.REPAID_IN_12_MONTHS, Cap.LOAN_BALANCE)
PRACTICE = people.practice()

CASES = 2000


def of_each_case(check: Callable[[int], None]) -> Callable[[], None]:
    def checked() -> None:
        for seed in range(CASES):
            try:
                check(seed)
            except Exception as error:
                error.add_note(f"The seed is {seed}.")
                raise

    return checked


class Chance(Random):
    """Random facts; None as often as a core leaves something out."""

    def yuan(self) -> Decimal:
        return Decimal(self.choice((0, self.randint(0, 50_000), self.randint(0, 30_000_000)))) / 100

    def day(self) -> date:
        return people.TODAY - timedelta(days=self.randint(0, 900))

    def maybe(self, value: Item) -> Item | None:
        return value if self.random() < 0.6 else None

    def some(self, items: Sequence[Item]) -> tuple[Item, ...]:
        return tuple(item for item in items if self.random() < 0.4)


def terms(chance: Chance, kind: ApplicationKind) -> WithdrawalTerms:
    subject = WITHDRAWALS[kind].subject
    loans = subject in {Subject.FUND_LOAN, Subject.COMMERCIAL_LOAN}
    return WithdrawalTerms(
        article="",
        base=chance.choice(list(Base)),
        floor=Decimal(chance.choice(("0.01", "1", "100", "1000"))),
        account=chance.choice(list(AccountCondition)),
        frequency=chance.choice(list(Frequency)),
        months=chance.randint(1, 24),
        times=chance.randint(1, 3),
        window=Window(chance.randint(1, 24), chance.choice(list(WindowStart))) if subject in HOMES else None,
        conditions=chance.some(list(Condition)),
        caps=chance.some(LOAN_CAPS if loans else HOME_CAPS if subject in HOMES else ()),
        limit=chance.maybe(chance.yuan()),
        limit_a_year=chance.maybe(chance.yuan()),
        area_limit=chance.maybe(AreaLimit(Decimal("2.00"), 12)) if subject in HOMES else None,
        monthly=chance.maybe(MonthlyLimit(chance.yuan(), chance.randint(1, 12), (ForChildren(2, chance.yuan()),)))
        if subject is Subject.RENT
        else None,
        reserve=Reserve(chance.yuan(), chance.randint(0, 6)),
        sealed_months=chance.randint(0, 12),
        contribution_months=chance.randint(0, 12),
        per_household=subject is Subject.HOME and chance.random() < 0.5,
        limits_per_household=subject is Subject.RENT and chance.random() < 0.5,
        partly_frozen=chance.choice(list(PartlyFrozen)),
        shared_with=(Relation.SPOUSE,) if subject is Subject.FUND_LOAN and chance.random() < 0.5 else (),
        closes_account=chance.random() < 0.5,
    )


def homes(chance: Chance) -> tuple[HomeRegistration, ...]:
    return tuple(
        people.home(
            contract_number=f"GF{number}",
            price=chance.yuan(),
            loans=chance.yuan(),
            down_payment=chance.maybe(chance.yuan()),
            first_drawn_on=chance.maybe(chance.day()),
            last_drawn_on=chance.maybe(chance.day()),
            drawn=chance.yuan(),
            drawn_for_down_payment=chance.yuan(),
            area=chance.maybe(chance.yuan()),
            contract_on=chance.maybe(chance.day()),
            certificate_on=chance.maybe(chance.day()),
            property_fee_on=chance.maybe(chance.day()),
        )
        for number in range(chance.randint(0, 2))
    )


def basis(chance: Chance) -> WithdrawalBasis:
    loans = [
        people.commercial_loan(balance=chance.yuan(), repaid_in_12_months=chance.yuan())
        for _ in range(chance.randint(0, 2))
    ]
    return people.basis(
        purchases=homes(chance),
        constructions=homes(chance),
        rent_first_drawn_on=chance.maybe(chance.day()),
        commercial_loans=tuple(loans),
        history={
            kind: people.drawn(chance.day(), str(chance.yuan()), str(chance.yuan()), chance.randint(0, 3))
            for kind in chance.some(list(WITHDRAWALS))
        },
        in_flight=None if chance.random() < 0.8 else people.IN_FLIGHT,
        fund_loan_repaid_in_12_months=chance.yuan(),
        monthly_rent=chance.maybe(chance.yuan()),
        lease_on=chance.maybe(chance.day()),
        children=chance.maybe(chance.randint(0, 4)),
        barred_until=chance.day() if chance.random() < 0.1 else None,
        homes_in_city=chance.maybe(chance.randint(0, 2)),
        contribution_months=chance.maybe(chance.randint(0, 24)),
    )


@cache
def case(seed: int) -> tuple[ApplicationKind, PolicyOnDay, WithdrawalTerms, Facts]:
    chance = Chance(seed)
    kind = chance.choice(list(WITHDRAWALS))
    wanted = terms(chance, kind)
    parts = chance.yuan(), chance.yuan()
    account = people.account(
        status=chance.choice(list(AccountStatus)),
        balance=Balance(*parts, parts[0] + parts[1]),
        sealed_on=chance.maybe(chance.day()),
        bank_account=chance.maybe(people.account().bank_account),
        frozen=chance.maybe((parts[0] + parts[1]) * chance.randint(0, 4) / 4),
    )
    loans = (people.loan(balance=chance.yuan()),) if chance.random() < 0.6 else ()
    return kind, replace(PRACTICE, withdrawals={kind: wanted}), wanted, Facts(account, basis(chance), loans)


@of_each_case
def test_an_offer_stays_within_the_balance_and_every_cap(seed: int) -> None:
    kind, policy, wanted, facts = case(seed)
    offer, balance = withdrawal_offer(kind, policy, facts), facts.account.balance
    limits = [balance.total - wanted.reserve.amount]
    if wanted.base is Base.CARRIED_FORWARD:
        limits.append(balance.carried_forward)
    if wanted.limit is not None:
        limits.append(wanted.limit)
    if wanted.limit_a_year is not None:
        history = facts.basis.history.get(kind)
        limits.append(wanted.limit_a_year - (history.this_year if history else 0))
    if kind is ApplicationKind.FUND_LOAN_REPAYMENT and Cap.REPAID_IN_12_MONTHS in wanted.caps:
        limits.append(facts.basis.fund_loan_repaid_in_12_months)
    if offer.commercial_loan and Cap.LOAN_BALANCE in wanted.caps:
        limits.append(offer.commercial_loan.balance)
    everything = (*facts.basis.purchases, *facts.basis.constructions)
    if Cap.PRICE_LESS_LOANS_AND_DRAWN in wanted.caps:
        limits.append(max((home.price - home.loans - home.drawn for home in everything), default=Decimal(0)))
    if wanted.area_limit:
        limits.append(max((home.area or Decimal(0) for home in everything), default=Decimal(0)) * 24)
    assert 0 <= offer.amount <= balance.total
    if facts.account.usable is not None:
        limits.append(facts.account.usable - wanted.reserve.amount)
    assert offer.amount <= max(min(limits), Decimal(0))


@of_each_case
def test_an_offer_is_a_multiple_of_its_floor_and_says_why_it_is_refused(seed: int) -> None:
    kind, policy, wanted, facts = case(seed)
    offer = withdrawal_offer(kind, policy, facts)
    assert offer.amount % wanted.floor == 0
    assert offer.amount == cents(offer.amount)
    assert offer.amount > 0 or offer.refusals
    assert offer.eligible == (not offer.refusals)
    assert all(refusal.message.endswith("。") for refusal in offer.refusals)
    assert len({refusal.code for refusal in offer.refusals}) == len(offer.refusals)
    assert (offer.interest is None) != wanted.closes_account


@of_each_case
def test_an_offer_never_rises_when_the_balance_falls(seed: int) -> None:
    kind, policy, _, facts = case(seed)
    chance, before = Chance(seed + 1), facts.account.balance
    parts = [cents(part * chance.randint(0, 100) / 100) for part in (before.carried_forward, before.current_year)]
    poorer = replace(facts.account, balance=Balance(parts[0], parts[1], parts[0] + parts[1]))
    offers = [withdrawal_offer(kind, policy, replace(facts, account=each)) for each in (poorer, facts.account)]
    assert offers[0].amount <= offers[1].amount


@of_each_case
def test_a_number_that_is_not_registered_is_never_eligible(seed: int) -> None:
    kind, policy, wanted, facts = case(seed)
    wanted = replace(wanted, conditions=(Condition.REGISTERED_CONTRACT,))
    if WITHDRAWALS[kind].subject in HOMES:
        assert not withdrawal_offer(kind, replace(policy, withdrawals={kind: wanted}), facts, "GF9").eligible
