"""Messages for members where the core rejects an application: the server's own sentence for each known reason. The
core's words are for clerks, and are shown for unknown reasons alone."""

from __future__ import annotations

from collections.abc import Mapping

from bff.rules.application import Rejection
from bff.rules.loans.prepayment_conditions import NOT_POSTED
from bff.rules.refusal import HOTLINE, IN_DOUBT
from bff.rules.withdrawals.conditions import FIRST_DRAW
from bff.rules.withdrawals.eligibility import CLOSED, FROZEN

IN_PROGRESS = "您有一笔业务正在办理，办结后方可再次申请；可在业务明细中查看进度。"
KEY_REUSED = "本次提交与此前的一次申请重复且内容不同，请返回重新打开页面后提交。"

MESSAGES: Mapping[Rejection, str] = {
    Rejection.PERSON_UNKNOWN: "未查询到您的个人信息，请持身份证件到公积金中心柜台核实。",
    Rejection.ACCOUNT_UNKNOWN: "未查询到您的公积金账户，请持身份证件到公积金中心柜台核实。",
    Rejection.LOAN_UNKNOWN: f"未查询到该笔贷款，请返回重新打开页面后再试。{IN_DOUBT}",
    Rejection.RECORD_UNKNOWN: f"未查询到该笔记录，请返回重新打开页面后再试。{IN_DOUBT}",
    Rejection.ACCOUNT_FROZEN: FROZEN,
    Rejection.ACCOUNT_CLOSED: CLOSED,
    Rejection.ACCOUNT_STATUS: f"您的账户状态不符合此业务的办理条件，请返回查看办理条件。{IN_DOUBT}",
    Rejection.APPLICATION_IN_PROGRESS: IN_PROGRESS,
    Rejection.BALANCE_INSUFFICIENT: "您的账户余额不足，或者有金额被冻结，请返回查看可提取金额后重新提交。",
    Rejection.TOO_EARLY: f"尚未到可申请的日期，请返回查看可申请日期。{IN_DOUBT}",
    Rejection.LIMIT_REACHED: f"申请的金额或者次数超过限额，请返回查看可办理的金额后重新提交。{IN_DOUBT}",
    Rejection.CONTRACT_NOT_REGISTERED: "合同或者住房尚未登记，请先持证明材料到公积金中心柜台登记后再申请。",
    Rejection.FIRST_TIME_AT_COUNTER: FIRST_DRAW,
    Rejection.LOAN_IN_ARREARS: "您的公积金贷款有逾期欠款，请先将欠款存入还款账户，扣款入账后即可申请。",
    Rejection.NO_LOAN: (
        f"未查询到您名下符合条件的贷款。如您是共同借款人或有疑问，请拨打{HOTLINE}或到公积金中心柜台核实。"
    ),
    Rejection.NO_BANK_ACCOUNT: "您尚未登记此业务所用的银行账户，请到公积金中心柜台登记后再申请。",
    Rejection.SERIAL_REUSED: KEY_REUSED,
    Rejection.BELOW_MINIMUM: "申请的金额低于最低限额，请修改金额后重新提交。",
    Rejection.INSTALLMENT_UNPOSTED: NOT_POSTED,
    Rejection.PARTLY_FROZEN: (
        "您的账户有冻结金额，解除冻结后方可申请。请联系作出冻结的法院等机关办理解除冻结，或到公积金中心柜台咨询。"
    ),
    Rejection.WITHDRAWALS_BARRED: f"您的账户在限制提取期内，期满后方可申请。{IN_DOUBT}",
}
"""By all reasons but OTHER."""


def message_of(reason: Rejection, text: str, otherwise: str) -> str:
    """Return the message for a rejection; `text` is the core's, `otherwise` the default where the core gives none."""
    return MESSAGES.get(reason) or text.strip() or otherwise
