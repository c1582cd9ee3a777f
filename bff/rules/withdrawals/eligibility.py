"""Refusals of a withdrawal that do not depend on its amount: the account's state, the conditions of the policy, time
window and frequency."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bff.rules.account import Account, AccountStatus
from bff.rules.application_kinds import WITHDRAWALS
from bff.rules.dates import add_months
from bff.rules.policy.withdrawal_terms import AccountCondition, PartlyFrozen
from bff.rules.refusal import IN_DOUBT, Refusal, UserErrorCode, day_in_words
from bff.rules.withdrawals.candidate import Candidate
from bff.rules.withdrawals.conditions import CONDITIONS
from bff.rules.withdrawals.facts import ApplicationInFlight
from bff.rules.withdrawals.frequency import frequency_refusal
from bff.rules.withdrawals.time_window import window_refusal

FROZEN = "您的账户已冻结，解冻后方可办理，请到公积金中心柜台咨询。"
CLOSED = f"您的账户已销户，不能办理此业务；账户已合并或者转出的，请以现有账户办理。{IN_DOUBT}"
STILL_PAID_IN = "您的账户仍在缴存，封存（停缴）后方可申请。请联系缴存单位办理封存；灵活就业人员请到公积金中心柜台办理。"
SEALED = "您的账户已封存（停缴），恢复缴存后方可申请。请联系缴存单位办理启封；灵活就业人员请到公积金中心柜台办理。"


def refusals(candidate: Candidate) -> Iterator[Refusal]:
    """Yield every refusal, in the order in which a clerk would look."""
    account, terms = candidate.facts.account, candidate.terms
    checks = (
        account_refusal(account, terms.account),
        barred_refusal(candidate),
        frozen_part_refusal(candidate),
        sealed_long_enough(candidate),
        paid_long_enough(candidate),
        bank_account_refusal(account),
        in_flight_refusal(candidate.facts.basis.in_flight),
        *(CONDITIONS[condition](candidate) for condition in terms.conditions),
        window_refusal(candidate),
        frequency_refusal(candidate),
    )
    yield from (refusal for refusal in checks if refusal)


def account_refusal(account: Account, condition: AccountCondition) -> Refusal | None:
    """Check policy key `account`. An account whose status this server does not know is refused."""
    match account.status, condition:
        case AccountStatus.FROZEN, _:
            return Refusal(UserErrorCode.ACCOUNT_FROZEN, FROZEN)
        case AccountStatus.CLOSED, _:
            return Refusal(UserErrorCode.ACCOUNT_CLOSED, CLOSED)
        case AccountStatus.NORMAL, AccountCondition.SEALED:
            return Refusal(UserErrorCode.ACCOUNT_NOT_SEALED, STILL_PAID_IN)
        case AccountStatus.SEALED, AccountCondition.NORMAL:
            return Refusal(UserErrorCode.ACCOUNT_NOT_NORMAL, SEALED)
        case AccountStatus.UNKNOWN, AccountCondition.SEALED:
            return Refusal(UserErrorCode.ACCOUNT_NOT_SEALED, "暂未查询到您的账户状态，请到公积金中心柜台核实。")
        case AccountStatus.UNKNOWN, _:
            return Refusal(UserErrorCode.ACCOUNT_NOT_NORMAL, "暂未查询到您的账户状态，请到公积金中心柜台核实。")
    return None


def barred_refusal(candidate: Candidate) -> Refusal | None:
    """Check the core's bar on withdrawals (限制提取), which binds every kind."""
    until = candidate.facts.basis.barred_until
    if until is None or until < candidate.facts.today:
        return None
    since = until + timedelta(days=1)
    message = f"您的账户限制提取至{day_in_words(until)}，自{day_in_words(since)}起可申请。{IN_DOUBT}"
    return Refusal(UserErrorCode.WITHDRAWALS_BARRED, message, available_from=since)


def frozen_part_refusal(candidate: Candidate) -> Refusal | None:
    """Check policy key `partly_frozen`."""
    account = candidate.facts.account
    if not account.frozen or candidate.terms.partly_frozen is PartlyFrozen.USABLE:
        return None
    if account.status in {AccountStatus.FROZEN, AccountStatus.CLOSED}:
        return None  # which says all
    message = (
        f"您的账户有{account.frozen:.2f}元被冻结，解除冻结后方可申请{WITHDRAWALS[candidate.kind].name}。"
        "请联系作出冻结的法院等机关办理解除冻结，或到公积金中心柜台咨询。"
    )
    return Refusal(UserErrorCode.PARTLY_FROZEN, message, limit=account.frozen)


def sealed_long_enough(candidate: Candidate) -> Refusal | None:
    """Check policy key `sealed_months`."""
    account, months = candidate.facts.account, candidate.terms.sealed_months
    if not months or account.status is not AccountStatus.SEALED:
        return None
    if account.sealed_on is None:
        return Refusal(UserErrorCode.ACCOUNT_NOT_SEALED, "暂未查询到您的账户封存日期，请到公积金中心柜台核实。")
    since = add_months(account.sealed_on, months)
    if candidate.facts.today >= since:
        return None
    message = f"账户封存（{day_in_words(account.sealed_on)}）须满{months}个月，自{day_in_words(since)}起可申请。"
    return Refusal(UserErrorCode.TOO_EARLY, message, available_from=since)


def paid_long_enough(candidate: Candidate) -> Refusal | None:
    """Check policy key `contribution_months`."""
    wanted, found = candidate.terms.contribution_months, candidate.facts.basis.contribution_months
    if not wanted or (found is not None and found >= wanted):
        return None
    if found is None:
        message = "暂未查询到您的连续缴存月数，请到公积金中心柜台核实。"
        return Refusal(UserErrorCode.CONTRIBUTIONS_TOO_SHORT, message)
    message = (
        f"{WITHDRAWALS[candidate.kind].name}须连续缴存满{wanted}个月，您目前连续缴存{found}个月，满{wanted}个月后即可申请；"
        "有漏缴的，请联系缴存单位补缴。"
    )
    return Refusal(UserErrorCode.CONTRIBUTIONS_TOO_SHORT, message, months=wanted)


def bank_account_refusal(account: Account) -> Refusal | None:
    """Check that a bank account is on record, for all withdrawals. Any number will do: passbooks have short ones."""
    if account.bank_account and account.bank_account.number.strip():
        return None
    message = "您尚未登记个人银行账户，请到公积金中心柜台登记后再申请。"
    return Refusal(UserErrorCode.NO_BANK_ACCOUNT, message)


def in_flight_refusal(application: ApplicationInFlight | None) -> Refusal | None:
    """Check that no other application of the account is in flight, for all applications."""
    if application is None:
        return None
    message = f"您有一笔业务（受理编号{application.reference}）正在办理，办结后方可再次申请。"
    return Refusal(UserErrorCode.APPLICATION_IN_PROGRESS, message)
