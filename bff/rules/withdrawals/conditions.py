"""Conditions of a withdrawal on what is on record: a function for each value of policy key `conditions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bff.rules.application_kinds import WITHDRAWALS, Field, Subject
from bff.rules.loan import Loan, LoanStatus
from bff.rules.money import ZERO
from bff.rules.policy.withdrawal_terms import Condition
from bff.rules.refusal import HOTLINE, IN_DOUBT, Refusal, UserErrorCode
from bff.rules.withdrawals.candidate import Candidate
from bff.rules.withdrawals.facts import Relation

FIRST_DRAW = "首次提取须持证明材料到公积金中心柜台办理，之后即可在线申请。"

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


def _active_fund_loan(candidate: Candidate) -> Refusal | None:
    """Check ACTIVE_FUND_LOAN: the member's, or a shared one whose sharers the policy lets draw."""
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
    """Check NO_ARREARS on the member's loans out of the fund and on shared ones. What closes the account needs the
    state of each."""
    loans = candidate.facts.open_loans
    if refusal := next((refusal for loan in loans if (refusal := arrears_refusal(loan))), None):
        return refusal
    late = {loan.status for loan in candidate.facts.loans_of_others}
    if late & {LoanStatus.OVERDUE, LoanStatus.BAD_DEBT}:
        return SHARED_LOAN_IN_ARREARS
    unknown = any(loan.status is LoanStatus.UNKNOWN for loan in loans)
    return LOAN_OF_UNKNOWN_STATE if unknown and candidate.terms.closes_account else None


def _no_open_fund_loan(candidate: Candidate) -> Refusal | None:
    """Check NO_OPEN_FUND_LOAN: no loan out of the fund that is not settled."""
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
    """Check NO_OPEN_FAMILY_FUND_LOAN: none of the member, the spouse or with others, without their balances."""
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
    """Check COMMERCIAL_LOAN."""
    if candidate.facts.active_commercial_loans:
        return None
    message = "未查询到您登记的还款中的商业住房贷款，请先持贷款资料到公积金中心柜台登记。"
    return Refusal(UserErrorCode.NO_COMMERCIAL_LOAN, message)


def _housing_loan(candidate: Candidate) -> Refusal | None:
    """Check HOUSING_LOAN: out of the fund, also as a co-borrower, or a bank's."""
    facts = candidate.facts
    if facts.active_loans or facts.joined_loans or facts.active_commercial_loans:
        return None
    message = "未查询到您的住房贷款；商业住房贷款请先到公积金中心柜台登记。"
    return Refusal(UserErrorCode.NO_FUND_LOAN, message)


def _registered_contract(candidate: Candidate) -> Refusal | None:
    """Check REGISTERED_CONTRACT: with the number given, where one was."""
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
    """Check FIRST_DRAW_AT_COUNTER. A home that is not registered is another refusal."""
    if candidate.subject is Subject.RENT:
        done = candidate.facts.basis.rent_first_drawn_on is not None
    else:
        done = candidate.home is None or candidate.home.first_drawn_on is not None
    if done:
        return None
    return Refusal(UserErrorCode.FIRST_TIME_AT_COUNTER, FIRST_DRAW)


def _no_home_in_city(candidate: Candidate) -> Refusal | None:
    """Check NO_HOME_IN_CITY. A home that is registered for a withdrawal is one, whether or not the core counts
    homes."""
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
