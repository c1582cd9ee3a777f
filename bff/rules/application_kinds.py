"""The ten kinds of application: for each withdrawal its name, its subject and the fields of its form. Amounts, caps and
conditions are the policy's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ApplicationKind(StrEnum):
    """Kinds of application. UNKNOWN stands for a kind that a newer release wrote, and is never written."""

    LOAN_PREPAYMENT = "LOAN_PREPAYMENT"
    FUND_LOAN_REPAYMENT = "FUND_LOAN_REPAYMENT"
    COMMERCIAL_LOAN_REPAYMENT = "COMMERCIAL_LOAN_REPAYMENT"
    HOME_PURCHASE = "HOME_PURCHASE"
    HOME_CONSTRUCTION = "HOME_CONSTRUCTION"
    RENT = "RENT"
    PROPERTY_FEE = "PROPERTY_FEE"
    RETIREMENT = "RETIREMENT"
    UNEMPLOYMENT = "UNEMPLOYMENT"
    DOWN_PAYMENT = "DOWN_PAYMENT"
    UNKNOWN = "UNKNOWN"


class WithdrawalKind(StrEnum):
    """Kinds that take money out of the account."""

    _ignore_ = "kind"
    for kind in ApplicationKind:
        if kind not in (ApplicationKind.LOAN_PREPAYMENT, ApplicationKind.UNKNOWN):
            vars()[kind.name] = kind.value


class Subject(StrEnum):
    """What a withdrawal is drawn for; a member may have several of it on record, each with limits of its own."""

    NOTHING = "NOTHING"
    FUND_LOAN = "FUND_LOAN"
    COMMERCIAL_LOAN = "COMMERCIAL_LOAN"
    PURCHASE = "PURCHASE"
    CONSTRUCTION = "CONSTRUCTION"
    HOME = "HOME"
    RENT = "RENT"


class Field(StrEnum):
    """Input fields by the names of the API."""

    CONTRACT_NUMBER = "contractNumber"
    FORMER_EMPLOYER = "formerEmployer"
    CERTIFICATE_NUMBER = "certificateNumber"
    APPROVED_ON = "approvedOn"


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of withdrawal; `labels` are the fields of its form with their labels."""

    name: str
    subject: Subject
    labels: Mapping[Field, str]


WITHDRAWALS: Mapping[ApplicationKind, Kind] = {
    ApplicationKind.FUND_LOAN_REPAYMENT: Kind("偿还公积金贷款提取", Subject.FUND_LOAN, {}),
    ApplicationKind.COMMERCIAL_LOAN_REPAYMENT: Kind("偿还商业贷款提取", Subject.COMMERCIAL_LOAN, {}),
    ApplicationKind.HOME_PURCHASE: Kind("购房后续提取", Subject.PURCHASE, {Field.CONTRACT_NUMBER: "购房合同号"}),
    ApplicationKind.HOME_CONSTRUCTION: Kind(
        "建房后续提取", Subject.CONSTRUCTION, {Field.CONTRACT_NUMBER: "建房合同号"}
    ),
    ApplicationKind.RENT: Kind("租房后续提取", Subject.RENT, {}),
    ApplicationKind.PROPERTY_FEE: Kind("物业费提取", Subject.HOME, {}),
    ApplicationKind.RETIREMENT: Kind(
        "离退休提取",
        Subject.NOTHING,
        {
            Field.FORMER_EMPLOYER: "离退休单位",
            Field.CERTIFICATE_NUMBER: "离退休证号",
            Field.APPROVED_ON: "批准日期",
        },
    ),
    ApplicationKind.UNEMPLOYMENT: Kind("下岗失业提取", Subject.NOTHING, {Field.CERTIFICATE_NUMBER: "失业证号"}),
    ApplicationKind.DOWN_PAYMENT: Kind("贷款首付提取", Subject.PURCHASE, {}),
}
