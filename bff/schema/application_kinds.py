"""What can be applied for (业务类型), and the choices that go with it."""

from __future__ import annotations

from bff.rules.application import Keep
from bff.rules.application_kinds import ApplicationKind, WithdrawalKind
from bff.schema.enums import register

__all__ = ["ApplicationKind", "Keep", "WithdrawalKind"]

KINDS = {
    "LOAN_PREPAYMENT": "Repaying a fund loan ahead of time (贷款提前还款).",
    "FUND_LOAN_REPAYMENT": "For repaying a fund loan (偿还公积金贷款提取).",
    "COMMERCIAL_LOAN_REPAYMENT": "For repaying a bank's housing loan (偿还商业贷款提取).",
    "HOME_PURCHASE": "For a home that was bought, after the first draw (购房后续提取).",
    "HOME_CONSTRUCTION": "For a home that was built or rebuilt, after the first draw (建房后续提取).",
    "RENT": "For rent, after the first draw (租房后续提取).",
    "PROPERTY_FEE": "For the property management fee (物业费提取).",
    "RETIREMENT": "On retirement; closes the account (离退休提取).",
    "UNEMPLOYMENT": "On unemployment; closes the account (下岗失业提取).",
    "DOWN_PAYMENT": "For the down payment of a home with a loan (贷款首付提取).",
}
UNKNOWN = "A kind that this server does not know: a newer release has added it (未知类型)."
register(ApplicationKind, "What can be applied for (业务类型).", {**KINDS, "UNKNOWN": UNKNOWN})
register(
    WithdrawalKind,
    "What can be withdrawn for (提取类型).",
    {name: text for name, text in KINDS.items() if name != "LOAN_PREPAYMENT"},
)
register(
    Keep,
    "What a partial prepayment does to the rest of the loan (提前还款方式).",
    {
        "TERM": "Installments become smaller, the term stays (减少月还款额).",
        "INSTALLMENT": "The term becomes shorter: EQUAL_INSTALLMENT keeps the payment, EQUAL_PRINCIPAL each period's "
        "principal (缩短还款期限；等额本息：月还款额不变；等额本金：每期归还本金不变).",
    },
)
