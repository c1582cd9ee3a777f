"""Reads a centre's policy file and refuses, with key path and reason, every key and value that it does not know."""

from __future__ import annotations

from decimal import Decimal

from bff.rules.account import AccountStatus
from bff.rules.application import Keep
from bff.rules.datum import Datum
from bff.rules.loans.interest import Accrual, InterestOn
from bff.rules.loans.schedule import PLANNED
from bff.rules.policy.effective import timeline
from bff.rules.policy.model import (
    CalculatorLimits,
    LoanCapSupplement,
    LoanPolicy,
    Policy,
    PrepaymentFee,
    PrepaymentTerms,
    PrivacyPolicy,
    Supplement,
)
from bff.rules.policy.toml_reader import Table, parse
from bff.rules.policy.withdrawal_reader import withdrawals

LONGEST_VERSION = 40


def load_policy(text: str, source: str) -> Policy:
    """Read a policy file. `source` names the file in errors. Raises PolicyError with file, key path and reason."""
    with parse(text, source) as file:
        return Policy(
            source=source,
            centre=file.text("centre"),
            datum=file.maybe_member("datum", Datum, Datum.WGS_84),
            withdrawals=withdrawals(file.table("withdrawals")),
            prepayment=timeline(file.tables("prepayment"), _prepayment),
            loan=timeline(file.tables("loan"), _loan),
            payout_days=timeline(file.tables("payout"), lambda table: table.whole("returned_within_days")),
            registrable=timeline(file.tables("registration"), _registrable),
            calculators=timeline(file.tables("calculators"), _calculators),
            privacy=timeline(file.maybe_tables("privacy"), _privacy),
        )


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
        multiple=table.maybe_positive("multiple"),
        times_a_year=table.maybe_whole("times_a_year"),
        times_in_all=table.maybe_whole("times_in_all"),
        months_before_payoff=table.maybe_whole("months_before_payoff"),
        days_around_due=table.maybe_whole("days_around_due"),
        amount_due_confirmed=table.maybe_flag("amount_due_confirmed"),
        interest_on=table.maybe_member("interest_on", InterestOn, InterestOn.BALANCE),
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
    with table.table("accrual") as accrual:
        by_method = {method: accrual.member(method, Accrual) for method in PLANNED}
    return LoanPolicy(_day_count(table), by_method)


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


def _loan_cap_supplements(table: Table) -> tuple[LoanCapSupplement, ...]:
    found = tuple(map(_loan_cap_supplement, table.maybe_tables("loan_cap_supplements")))
    named = [reason for each in found for reason in each.reasons]
    if len(named) > len(set(named)):
        raise table.error("loan_cap_supplements", "names a reason twice")
    return found


def _loan_cap_supplement(table: Table) -> LoanCapSupplement:
    with table:
        found = LoanCapSupplement(table.members("for", Supplement), table.positive("per_cent"))
        if not found.reasons:
            raise table.error("for", "must name at least one")
        return found


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
        loan_cap_supplements=_loan_cap_supplements(table),
        loan_cap_supplement_most=_per_cent(table, "loan_cap_supplement_most"),
        oldest_at_maturity=table.maybe_whole("oldest_at_maturity"),
        contribution_months=table.maybe_whole("contribution_months"),
    )
    if limits.least_principal > limits.most_principal:
        raise table.error("least_principal", "is above most_principal")
    if limits.payment_share > 100:
        raise table.error("payment_share", "is above 100 per cent")
    return limits
