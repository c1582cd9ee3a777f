"""Reads a centre's policy from its file and refuses, with key and reason, whatever it does not understand."""

from __future__ import annotations

from collections.abc import Mapping, Set
from decimal import Decimal
from functools import partial

from bff.rules.account import AccountStatus
from bff.rules.application import Keep
from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind, Subject
from bff.rules.datum import Datum
from bff.rules.loans.interest import Accrual, InterestOn, PenaltyTerms
from bff.rules.loans.schedule import PLANNED
from bff.rules.policy.model import (
    AccountCondition,
    AreaLimit,
    Base,
    CalculatorLimits,
    Cap,
    Condition,
    ForChildren,
    Frequency,
    LoanPolicy,
    MonthlyLimit,
    PartlyFrozen,
    Policy,
    PrepaymentFee,
    PrepaymentTerms,
    PrivacyPolicy,
    Reserve,
    Window,
    WindowStart,
    WithdrawalTerms,
)
from bff.rules.policy.toml_reader import Effective, Table, parse, timeline
from bff.rules.withdrawals.facts import Relation

LONGEST_VERSION = 40
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


def load_policy(text: str, source: str) -> Policy:
    """`source` names the file in errors. Raises PolicyError with file, key path and reason."""
    with parse(text, source) as file:
        return Policy(
            source=source,
            centre=file.text("centre"),
            datum=file.member("datum", Datum) if file.has("datum") else Datum.WGS_84,
            withdrawals=_withdrawals(file.table("withdrawals")),
            prepayment=timeline(file.tables("prepayment"), _prepayment),
            loan=timeline(file.tables("loan"), _loan),
            deposit_day_count=timeline(file.tables("deposit"), _day_count),
            payout_days=timeline(file.tables("payout"), lambda table: table.whole("returned_within_days")),
            registrable=timeline(file.tables("registration"), _registrable),
            calculators=timeline(file.tables("calculators"), _calculators),
            privacy=timeline(file.tables("privacy"), _privacy) if file.has("privacy") else (),
        )


def _withdrawals(table: Table) -> Mapping[ApplicationKind, tuple[Effective[WithdrawalTerms | None], ...]]:
    with table:
        return {kind: timeline(table.tables(kind), partial(_withdrawal, kind)) for kind in WITHDRAWALS}


def _withdrawal(kind: ApplicationKind, table: Table) -> WithdrawalTerms | None:
    article = table.text("article")
    if not table.flag("offered"):
        return None
    subject, frequency = WITHDRAWALS[kind].subject, table.member("frequency", Frequency)
    closes_account = table.flag("closes_account") if table.has("closes_account") else False
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
        per_household=_per_household(table, subject),
        limits_per_household=_given(table, "limits_per_household", subject, {Subject.RENT})
        and table.flag("limits_per_household"),
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
    """Whether an optional key is there; raises PolicyError where it does not go with the kind."""
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
            children=tuple(map(_for_children, monthly.tables("children") if monthly.has("children") else [])),
            yuan_a_year=_yuan_a_year(monthly),
        )
        if any((each.yuan_a_year is None) is not (limit.yuan_a_year is None) for each in limit.children):
            raise monthly.error("yuan_a_year", "is wanted for all, or for none")
        return limit


def _for_children(table: Table) -> ForChildren:
    with table:
        return ForChildren(table.whole("at_least", least=1), table.positive("yuan"), _yuan_a_year(table))


def _yuan_a_year(table: Table) -> Decimal | None:
    return table.positive("yuan_a_year") if table.has("yuan_a_year") else None


def _per_household(table: Table, subject: Subject) -> bool:
    return _given(table, "per_household", subject, {Subject.HOME}) and table.flag("per_household")


def _shared_with(table: Table, subject: Subject) -> tuple[Relation, ...]:
    if not _given(table, "shared_with", subject, {Subject.FUND_LOAN}):
        return ()
    relations = table.members("shared_with", Relation)
    if not relations or not set(relations) <= {Relation.SPOUSE, Relation.CO_BORROWER}:
        raise table.error("shared_with", "names SPOUSE, CO_BORROWER or both")
    return relations


def _partly_frozen(table: Table, closes_account: bool) -> PartlyFrozen:
    """What closes the account pays all of it, and so waits until nothing is frozen."""
    usual = PartlyFrozen.NOTHING if closes_account else PartlyFrozen.USABLE
    given = table.member("partly_frozen", PartlyFrozen) if table.has("partly_frozen") else usual
    if closes_account and given is PartlyFrozen.USABLE:
        raise table.error("partly_frozen", "what closes the account pays all of it: NOTHING")
    return given


def _reserve(table: Table) -> Reserve:
    if not table.has("reserve"):
        return Reserve(Decimal(0), 0)
    with table.table("reserve") as reserve:
        return Reserve(reserve.amount("amount"), reserve.whole("months_of_contributions"))


def _prepayment(table: Table) -> PrepaymentTerms | None:
    article = table.text("article")
    if not table.flag("offered"):
        return None
    keep = table.members("keep", Keep)
    if not keep:
        raise table.error("keep", "must name at least one")
    terms = PrepaymentTerms(
        minimum=table.amount("minimum"),
        months_between=table.whole("months_between"),
        months_after_disbursement=table.whole("months_after_disbursement"),
        keep=keep,
        repayment_account_required=table.flag("repayment_account_required"),
        article=article,
        multiple=table.positive("multiple") if table.has("multiple") else None,
        times_a_year=table.maybe_whole("times_a_year"),
        times_in_all=table.maybe_whole("times_in_all"),
        months_before_payoff=table.maybe_whole("months_before_payoff"),
        days_around_due=table.maybe_whole("days_around_due"),
        amount_due_confirmed=table.has("amount_due_confirmed") and table.flag("amount_due_confirmed"),
        interest_on=table.member("interest_on", InterestOn) if table.has("interest_on") else InterestOn.BALANCE,
        fee=_fee(table),
    )
    if terms.fee and not terms.amount_due_confirmed:
        raise table.error("fee", "is collected only as the member confirmed it: amount_due_confirmed = true")
    return terms


def _fee(table: Table) -> PrepaymentFee | None:
    if not table.has("fee"):
        return None
    with table.table("fee") as fee:
        if fee.has("per_cent") == fee.has("yuan"):
            raise fee.error("per_cent", "one of per_cent and yuan is wanted")
        share, yuan = _per_cent(fee, "per_cent") or Decimal(0), fee.maybe_amount("yuan") or Decimal(0)
        found = PrepaymentFee(share, yuan, fee.maybe_whole("within_months"))
        return found if share or yuan else None


def _registrable(table: Table) -> tuple[AccountStatus, ...]:
    accounts = table.members("accounts", AccountStatus)
    if not accounts:
        raise table.error("accounts", "must name at least one")
    if AccountStatus.UNKNOWN in accounts:
        raise table.error("accounts", "UNKNOWN is no state of an account but that of not knowing it")
    return accounts


def _privacy(table: Table) -> PrivacyPolicy:
    version = table.text("version").strip()
    if len(version) > LONGEST_VERSION:
        raise table.error("version", f"must have at most {LONGEST_VERSION} characters")
    return PrivacyPolicy(version, table.flag("consent_required"))


def _loan(table: Table) -> LoanPolicy:
    with table.table("penalty") as penalty:
        terms = PenaltyTerms(penalty.positive("factor"), penalty.flag("on_interest"), penalty.whole("grace_days"))
    with table.table("accrual") as accrual:
        by_method = {method: accrual.member(method, Accrual) for method in PLANNED}
    return LoanPolicy(_day_count(table), by_method, terms)


def _day_count(table: Table) -> int:
    basis = table.whole("day_count")
    if basis not in {360, 365}:
        raise table.error("day_count", "must be 360 or 365")
    return basis


def _per_cent(table: Table, key: str) -> Decimal | None:
    share = table.maybe_amount(key)
    if share is not None and share > 100:
        raise table.error(key, "is above 100 per cent")
    return share


def _calculators(table: Table) -> CalculatorLimits:
    limits = CalculatorLimits(
        least_principal=table.positive("least_principal"),
        most_principal=table.positive("most_principal"),
        most_periods=table.whole("most_periods", least=1),
        most_annual_rate=table.positive("most_annual_rate"),
        balance_multiple=table.positive("balance_multiple"),
        payment_share=table.positive("payment_share"),
        loan_cap=table.positive("loan_cap"),
        loan_floor=table.positive("loan_floor"),
        loan_cap_couple=table.maybe_amount("loan_cap_couple"),
        loan_cap_second=table.maybe_amount("loan_cap_second"),
        loan_cap_second_couple=table.maybe_amount("loan_cap_second_couple"),
        down_payment_first=_per_cent(table, "down_payment_first"),
        down_payment_second=_per_cent(table, "down_payment_second"),
        oldest_at_maturity=table.maybe_whole("oldest_at_maturity"),
        contribution_months=table.maybe_whole("contribution_months"),
    )
    if limits.least_principal > limits.most_principal:
        raise table.error("least_principal", "is above most_principal")
    if limits.payment_share > 100:
        raise table.error("payment_share", "is above 100 per cent")
    return limits
