"""Why a member may not draw now, whatever the amount: one function a reason, each saying what to do and from when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from bff.rules.account import Account, AccountStatus
from bff.rules.application_kinds import WITHDRAWALS, Field, Subject
from bff.rules.dates import add_months
from bff.rules.loan import Loan, LoanStatus
from bff.rules.money import ZERO
from bff.rules.policy.withdrawal_terms import AccountCondition, Condition, PartlyFrozen
from bff.rules.refusal import HOTLINE, IN_DOUBT, Refusal, UserErrorCode, day_in_words
from bff.rules.withdrawals.candidate import Candidate
from bff.rules.withdrawals.facts import ApplicationInFlight, Relation
from bff.rules.withdrawals.frequency import frequency_refusal
from bff.rules.withdrawals.time_window import window_refusal

FROZEN = "您的账户已冻结，解冻后方可办理，请到公积金中心柜台咨询。"
NOT_POSTED = "您有一期还款正在入账，请在入账后（通常为下一个工作日）再申请。"
CLOSED = f"您的账户已销户，不能办理此业务；账户已合并或者转出的，请以现有账户办理。{IN_DOUBT}"
FIRST_DRAW = "首次提取须持证明材料到公积金中心柜台办理，之后即可在线申请。"
STILL_PAID_IN = "您的账户仍在缴存，封存（停缴）后方可申请。请联系缴存单位办理封存；灵活就业人员请到公积金中心柜台办理。"
SEALED = "您的账户已封存（停缴），恢复缴存后方可申请。请联系缴存单位办理启封；灵活就业人员请到公积金中心柜台办理。"
NO_FUND_LOAN = Refusal(
    UserErrorCode.NO_FUND_LOAN,
    f"未查询到您名下还款中的公积金贷款。如您是共同借款人或有疑问，请拨打{HOTLINE}或到公积金中心柜台核实。",
)

SHARED_LOAN_IN_ARREARS = Refusal(
    UserErrorCode.LOAN_IN_ARREARS,
    "您的配偶为借款人、或者您为共同借款人的公积金贷款有逾期欠款，请先将欠款存入该笔贷款的还款账户，扣款入账后即可申请。",
)

WHOSE: Mapping[Relation, str] = {Relation.SPOUSE: "您的配偶", Relation.CO_BORROWER: "您作为共同借款人"}

LOAN_OF_UNKNOWN_STATE = Refusal(
    UserErrorCode.FUND_LOAN_OUTSTANDING,
    f"您名下有一笔公积金贷款，暂未查询到其还款状态，请拨打{HOTLINE}或到公积金中心柜台核实后再申请。",
)

FAMILY_LOANS_NOT_TOLD = Refusal(
    UserErrorCode.FUND_LOAN_OUTSTANDING,
    "暂未查询到您配偶的公积金贷款和您作为共同借款人的公积金贷款情况，请到公积金中心柜台核实。",
)


def refusals(candidate: Candidate) -> Iterator[Refusal]:
    """Every reason at once, in the order in which a clerk would look."""
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
    """Policy key `account`. A status that the core has and this server does not know draws nothing."""
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
    """限制提取: binds every withdrawal, by the core's record alone."""
    until = candidate.facts.basis.barred_until
    if until is None or until < candidate.facts.today:
        return None
    since = until + timedelta(days=1)
    message = f"您的账户限制提取至{day_in_words(until)}，自{day_in_words(since)}起可申请。{IN_DOUBT}"
    return Refusal(UserErrorCode.WITHDRAWALS_BARRED, message, available_from=since)


def frozen_part_refusal(candidate: Candidate) -> Refusal | None:
    """Policy key `partly_frozen`."""
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
    """Policy key `sealed_months`."""
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
    """Policy key `contribution_months`."""
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
    """Common to all withdrawals. Any number will do: passbooks have short ones."""
    if account.bank_account and account.bank_account.number.strip():
        return None
    message = "您尚未登记个人银行账户，请到公积金中心柜台登记后再申请。"
    return Refusal(UserErrorCode.NO_BANK_ACCOUNT, message)


def in_flight_refusal(application: ApplicationInFlight | None) -> Refusal | None:
    """Common to all applications: one at a time for an account."""
    if application is None:
        return None
    message = f"您有一笔业务（受理编号{application.reference}）正在办理，办结后方可再次申请。"
    return Refusal(UserErrorCode.APPLICATION_IN_PROGRESS, message)


def _active_fund_loan(candidate: Candidate) -> Refusal | None:
    """ACTIVE_FUND_LOAN: the member's, or one that others share with the member, where the policy lets them draw."""
    joined, terms = candidate.facts.joined_loans, candidate.terms
    if candidate.facts.active_loans or any(loan.relation in terms.shared_with for loan in joined):
        return None
    if not joined:
        return NO_FUND_LOAN
    others = "或者其配偶" if Relation.SPOUSE in terms.shared_with else ""
    message = (
        f"您不是贷款的主借款人，按本中心规定，{WITHDRAWALS[candidate.kind].name}由主借款人{others}申请。{IN_DOUBT}"
    )
    return Refusal(UserErrorCode.NO_FUND_LOAN, message)


def _no_arrears(candidate: Candidate) -> Refusal | None:
    """NO_ARREARS, on any of the member's loans out of the fund, or one that others share. What closes the account wants
    to know of each."""
    loans = candidate.facts.open_loans
    if refusal := next((refusal for loan in loans if (refusal := arrears_refusal(loan))), None):
        return refusal
    late = {loan.status for loan in candidate.facts.loans_of_others}
    if late & {LoanStatus.OVERDUE, LoanStatus.BAD_DEBT}:
        return SHARED_LOAN_IN_ARREARS
    unknown = any(loan.status is LoanStatus.UNKNOWN for loan in loans)
    return LOAN_OF_UNKNOWN_STATE if unknown and candidate.terms.closes_account else None


def _no_open_fund_loan(candidate: Candidate) -> Refusal | None:
    """NO_OPEN_FUND_LOAN: none out of the fund that is not settled."""
    loans = candidate.facts.open_loans
    if not loans:
        return None
    owed = sum((loan.balance for loan in loans), ZERO)
    message = (
        f"您的公积金贷款尚未结清（贷款余额{owed:.2f}元），结清后方可申请{WITHDRAWALS[candidate.kind].name}。"
        "结清可在“贷款提前还款”中办理。"
    )
    return Refusal(UserErrorCode.FUND_LOAN_OUTSTANDING, message, limit=owed)


def _no_open_family_fund_loan(candidate: Candidate) -> Refusal | None:
    """NO_OPEN_FAMILY_FUND_LOAN: none of the member, of the spouse or with others. How much others owe is theirs."""
    if own := _no_open_fund_loan(candidate):
        return own
    if candidate.facts.basis.shared_loans is None:
        return FAMILY_LOANS_NOT_TOLD
    others = candidate.facts.open_loans_of_others
    if not others:
        return None
    message = (
        f"{WHOSE.get(others[0].relation, '您参与还款')}的公积金贷款尚未结清，结清后方可申请"
        f"{WITHDRAWALS[candidate.kind].name}。结清由该笔贷款的借款人在“贷款提前还款”中办理。{IN_DOUBT}"
    )
    return Refusal(UserErrorCode.FUND_LOAN_OUTSTANDING, message)


def arrears_refusal(loan: Loan) -> Refusal | None:
    if loan.status not in {LoanStatus.OVERDUE, LoanStatus.BAD_DEBT} and loan.overdue is None:
        return None
    owed = f"{loan.overdue.amount:.2f}元" if loan.overdue else ""
    limit = loan.overdue.amount if loan.overdue else None
    end = f"（尾号{loan.repayment_account[-4:]}）" if loan.repayment_account and len(loan.repayment_account) > 4 else ""
    message = f"您的公积金贷款有逾期欠款{owed}，请先将欠款存入还款账户{end}，扣款入账后即可申请。"
    return Refusal(UserErrorCode.LOAN_IN_ARREARS, message, limit=limit)


def _commercial_loan(candidate: Candidate) -> Refusal | None:
    """COMMERCIAL_LOAN."""
    if candidate.facts.active_commercial_loans:
        return None
    message = "未查询到您登记的还款中的商业住房贷款，请先持贷款资料到公积金中心柜台登记。"
    return Refusal(UserErrorCode.NO_COMMERCIAL_LOAN, message)


def _housing_loan(candidate: Candidate) -> Refusal | None:
    """HOUSING_LOAN: out of the fund, also as a co-borrower, or a bank's."""
    facts = candidate.facts
    if facts.active_loans or facts.joined_loans or facts.active_commercial_loans:
        return None
    message = "未查询到您的住房贷款；商业住房贷款请先到公积金中心柜台登记。"
    return Refusal(UserErrorCode.NO_FUND_LOAN, message)


def _registered_contract(candidate: Candidate) -> Refusal | None:
    """REGISTERED_CONTRACT: with the number given, where one was."""
    if candidate.home:
        return None
    if candidate.subject is Subject.HOME:
        message = "未查询到您登记的自住住房，请先持不动产权证或购房合同到公积金中心柜台登记。"
        return Refusal(UserErrorCode.CONTRACT_NOT_REGISTERED, message)
    label = WITHDRAWALS[candidate.kind].labels.get(Field.CONTRACT_NUMBER, "购房合同")
    if candidate.contract_number is None:
        message = f"未查询到您登记的{label.removesuffix('号')}，请先持证明材料到公积金中心柜台登记。"
        return Refusal(UserErrorCode.CONTRACT_NOT_REGISTERED, message)
    message = f"{label}与登记的不一致，请核对后重新输入；如登记有误，请到公积金中心柜台更正。"
    return Refusal(UserErrorCode.CONTRACT_NOT_REGISTERED, message, Field.CONTRACT_NUMBER.value)


def _first_draw_at_counter(candidate: Candidate) -> Refusal | None:
    """FIRST_DRAW_AT_COUNTER. Says nothing of a home that is not registered: that is its own refusal."""
    if candidate.subject is Subject.RENT:
        done = candidate.facts.basis.rent_first_drawn_on is not None
    else:
        done = candidate.home is None or candidate.home.first_drawn_on is not None
    if done:
        return None
    return Refusal(UserErrorCode.FIRST_TIME_AT_COUNTER, FIRST_DRAW)


def _no_home_in_city(candidate: Candidate) -> Refusal | None:
    """NO_HOME_IN_CITY. A home that is registered for a draw is one, whether or not the core counts homes."""
    basis = candidate.facts.basis
    registered = len(basis.purchases) + len(basis.constructions)
    name = WITHDRAWALS[candidate.kind].name
    if registered or basis.homes_in_city:
        message = f"您在本市登记有住房，不符合{name}条件；登记有误的，请持无房证明到公积金中心柜台更正。"
        return Refusal(UserErrorCode.HOME_IN_CITY, message)
    if basis.homes_in_city is None:
        message = "暂未查询到您在本市的住房情况，请持无房证明到公积金中心柜台核实。"
        return Refusal(UserErrorCode.HOME_IN_CITY, message)
    return None


CONDITIONS: Mapping[Condition, Callable[[Candidate], Refusal | None]] = {
    Condition.ACTIVE_FUND_LOAN: _active_fund_loan,
    Condition.NO_ARREARS: _no_arrears,
    Condition.NO_OPEN_FUND_LOAN: _no_open_fund_loan,
    Condition.NO_OPEN_FAMILY_FUND_LOAN: _no_open_family_fund_loan,
    Condition.COMMERCIAL_LOAN: _commercial_loan,
    Condition.HOUSING_LOAN: _housing_loan,
    Condition.REGISTERED_CONTRACT: _registered_contract,
    Condition.FIRST_DRAW_AT_COUNTER: _first_draw_at_counter,
    Condition.NO_HOME_IN_CITY: _no_home_in_city,
}
