"""Reads section `withdrawals` of a policy file: the terms of each kind."""

from __future__ import annotations

from collections.abc import Mapping, Set
from decimal import Decimal
from functools import partial

from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind, Subject
from bff.rules.policy.effective import Effective, timeline
from bff.rules.policy.toml_reader import Table
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
from bff.rules.withdrawals.facts import Relation

_HOMES = {Subject.PURCHASE, Subject.CONSTRUCTION, Subject.HOME}

_CONTRACTS = {Subject.PURCHASE, Subject.CONSTRUCTION}

_LOANS = {Subject.FUND_LOAN, Subject.COMMERCIAL_LOAN}

_LOOK_AT_LOANS = {Condition.NO_ARREARS, Condition.NO_OPEN_FUND_LOAN, Condition.NO_OPEN_FAMILY_FUND_LOAN}

_SUBJECTS_OF_CAP: Mapping[Cap, set[Subject]] = {
    Cap.REPAID_IN_12_MONTHS: _LOANS,
    Cap.LOAN_BALANCE: _LOANS,
    Cap.PRICE_LESS_LOANS_AND_DRAWN: _HOMES,
    Cap.COST_LESS_DRAWN: _HOMES,
    Cap.DOWN_PAYMENT_LESS_DRAWN: _HOMES,
}

_SUBJECTS_OF_CONDITION: Mapping[Condition, set[Subject]] = {
    Condition.REGISTERED_CONTRACT: _HOMES,
    Condition.FIRST_DRAW_AT_COUNTER: {*_HOMES, Subject.RENT},
}


def withdrawals(table: Table) -> Mapping[ApplicationKind, tuple[Effective[WithdrawalTerms | None], ...]]:
    with table:
        return {kind: timeline(table.tables(kind), partial(_withdrawal, kind)) for kind in WITHDRAWALS}


def _withdrawal(kind: ApplicationKind, table: Table) -> WithdrawalTerms | None:
    article = table.text("article")
    if not table.flag("offered"):
        return None
    subject, frequency = WITHDRAWALS[kind].subject, table.member("frequency", Frequency)
    closes_account = table.maybe_flag("closes_account")
    if frequency is Frequency.ONCE_A_HOME and subject not in _CONTRACTS:
        raise table.error("frequency", f"{frequency} does not go with this kind")
    terms = WithdrawalTerms(
        article=article,
        base=table.member("base", Base),
        floor=table.positive("floor"),
        account=table.member("account", AccountCondition),
        frequency=frequency,
        months=table.whole("months", least=1) if frequency is Frequency.MONTHS else 0,
        times=_times(table, frequency),
        conditions=_conditions(table, subject),
        caps=_caps(table, subject),
        limit=table.maybe_amount("limit"),
        limit_a_year=table.maybe_amount("limit_a_year"),
        area_limit=_area_limit(table, subject),
        monthly=_monthly(table, subject),
        reserve=_reserve(table),
        sealed_months=table.maybe_whole("sealed_months"),
        contribution_months=table.maybe_whole("contribution_months"),
        window=_window(table, subject),
        per_household=_flag(table, "per_household", subject, Subject.HOME),
        limits_per_household=_flag(table, "limits_per_household", subject, Subject.RENT),
        partly_frozen=_partly_frozen(table, closes_account),
        shared_with=_shared_with(table, subject),
        closes_account=closes_account,
    )
    if terms.closes_account and not _LOOK_AT_LOANS & {*terms.conditions}:
        raise table.error("conditions", "what closes the account needs NO_ARREARS or NO_OPEN_FUND_LOAN")
    if terms.limits_per_household:
        _limited_by_household(table, terms)
    for key, limit in (("limit", terms.limit), ("limit_a_year", terms.limit_a_year)):
        if limit is not None and limit < terms.floor:
            raise table.error(key, "is below the floor, so nothing could ever be drawn")
    return terms


def _limited_by_household(table: Table, terms: WithdrawalTerms) -> None:
    if terms.monthly is None and terms.limit_a_year is None:
        raise table.error("limits_per_household", "goes with monthly or limit_a_year")
    if terms.monthly and terms.monthly.most_months > 12:
        raise table.error("monthly.most_months", "is 12 at most for a household: the core tells its draws of a year")


def _times(table: Table, frequency: Frequency) -> int:
    counted = frequency is Frequency.CALENDAR_YEAR and table.has("times")
    return table.whole("times", least=1) if counted else 1


def _conditions(table: Table, subject: Subject) -> tuple[Condition, ...]:
    conditions = table.members("conditions", Condition)
    for condition in conditions:
        if subject not in _SUBJECTS_OF_CONDITION.get(condition, {subject}):
            raise table.error("conditions", f"{condition} does not go with this kind")
    return conditions


def _caps(table: Table, subject: Subject) -> tuple[Cap, ...]:
    caps = table.members("caps", Cap)
    for cap in caps:
        if subject not in _SUBJECTS_OF_CAP[cap]:
            raise table.error("caps", f"{cap} does not go with this kind")
    return caps


def _given(table: Table, key: str, subject: Subject, subjects: Set[Subject]) -> bool:
    """Tell whether an optional key is there. Raises PolicyError where it does not go with the kind."""
    given = table.has(key)
    if given and subject not in subjects:
        raise table.error(key, "does not go with this kind")
    return given


def _area_limit(table: Table, subject: Subject) -> AreaLimit | None:
    if not _given(table, "area_limit", subject, _HOMES):
        return None
    with table.table("area_limit") as limit:
        return AreaLimit(limit.positive("yuan"), limit.whole("times", least=1))


def _window(table: Table, subject: Subject) -> Window | None:
    if not _given(table, "window", subject, _HOMES):
        return None
    with table.table("window") as window:
        return Window(window.whole("months", least=1), window.member("after", WindowStart))


def _monthly(table: Table, subject: Subject) -> MonthlyLimit | None:
    if not _given(table, "monthly", subject, {Subject.RENT}):
        return None
    with table.table("monthly") as monthly:
        limit = MonthlyLimit(
            yuan=monthly.positive("yuan"),
            most_months=monthly.whole("most_months", least=1),
            children=tuple(map(_for_children, monthly.maybe_tables("children"))),
            yuan_a_year=monthly.maybe_positive("yuan_a_year"),
        )
        if any((each.yuan_a_year is None) is not (limit.yuan_a_year is None) for each in limit.children):
            raise monthly.error("yuan_a_year", "is wanted for all, or for none")
        return limit


def _for_children(table: Table) -> ForChildren:
    with table:
        return ForChildren(
            table.whole("at_least", least=1), table.positive("yuan"), table.maybe_positive("yuan_a_year")
        )


def _flag(table: Table, key: str, subject: Subject, only: Subject) -> bool:
    return _given(table, key, subject, {only}) and table.flag(key)


def _shared_with(table: Table, subject: Subject) -> tuple[Relation, ...]:
    if not _given(table, "shared_with", subject, {Subject.FUND_LOAN}):
        return ()
    relations = table.members("shared_with", Relation)
    if not relations or not set(relations) <= {Relation.SPOUSE, Relation.CO_BORROWER}:
        raise table.error("shared_with", "names SPOUSE, CO_BORROWER or both")
    return relations


def _partly_frozen(table: Table, closes_account: bool) -> PartlyFrozen:
    """Read `partly_frozen`. What closes the account pays all of it, and so waits until nothing is frozen."""
    usual = PartlyFrozen.NOTHING if closes_account else PartlyFrozen.USABLE
    given = table.maybe_member("partly_frozen", PartlyFrozen, usual)
    if closes_account and given is PartlyFrozen.USABLE:
        raise table.error("partly_frozen", "what closes the account pays all of it: NOTHING")
    return given


def _reserve(table: Table) -> Reserve:
    if not table.has("reserve"):
        return Reserve(Decimal(0), 0)
    with table.table("reserve") as reserve:
        return Reserve(reserve.amount("amount"), reserve.whole("months_of_contributions"))
