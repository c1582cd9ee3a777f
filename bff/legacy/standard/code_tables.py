"""Code tables: the core's codes mapped to our enums. A centre with codes of its own adds them here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from bff.rules.account import AccountStatus, ContributionKind, WithdrawalDetailKind
from bff.rules.application import CoreApplicationStatus, Rejection
from bff.rules.application_kinds import ApplicationKind
from bff.rules.documents import DocumentKind
from bff.rules.information import BulletinCategory, ChannelKind
from bff.rules.loan import LoanStatus, RepaymentKind, RepaymentMethod
from bff.rules.rows import RowState
from bff.rules.withdrawals.facts import Relation

Coded = TypeVar("Coded", bound=Enum)


@dataclass(frozen=True, slots=True)
class CodeTable(Generic[Coded]):
    """One code table; `name` is its number in the standard, or its field, for logs and metrics."""

    name: str
    unknown: Coded
    values: Mapping[str, Coded]


ACCOUNT_STATUS = CodeTable(
    "A.6",
    AccountStatus.UNKNOWN,
    {
        "01": AccountStatus.NORMAL,
        "02": AccountStatus.SEALED,
        "03": AccountStatus.CLOSED,
        "04": AccountStatus.CLOSED,
        "05": AccountStatus.CLOSED,
        "06": AccountStatus.FROZEN,
    },
)
CONTRIBUTION_KIND = CodeTable(
    "A.5 in",
    ContributionKind.UNKNOWN,
    {
        "01": ContributionKind.REMITTANCE,
        "02": ContributionKind.BACK_PAYMENT,
        "06": ContributionKind.INTERNAL_TRANSFER,
        "08": ContributionKind.TRANSFER_IN,
        "09": ContributionKind.INTEREST,
        "99": ContributionKind.OTHER,
    },
)
WITHDRAWAL_KIND = CodeTable(
    "A.5 out",
    WithdrawalDetailKind.UNKNOWN,
    {
        "07": WithdrawalDetailKind.TRANSFER_OUT,
        "11": WithdrawalDetailKind.PARTIAL,
        "12": WithdrawalDetailKind.CLOSING,
        "99": WithdrawalDetailKind.OTHER,
    },
)
LOAN_STATUS = CodeTable(
    "DKZT",
    LoanStatus.UNKNOWN,
    {
        "0": LoanStatus.AWAITING_DISBURSEMENT,
        "1": LoanStatus.AWAITING_DISBURSEMENT,
        "2": LoanStatus.REPAYING,
        "3": LoanStatus.SETTLED,
        "4": LoanStatus.BAD_DEBT,
        "5": LoanStatus.OVERDUE,
        "6": LoanStatus.AWAITING_DISBURSEMENT,
        "8": LoanStatus.CANCELLED,
    },
)
RELATION = CodeTable(
    "CDGX",
    Relation.UNKNOWN,
    {"01": Relation.BORROWER, "02": Relation.SPOUSE, "03": Relation.CO_BORROWER},
)
REPAYMENT_METHOD = CodeTable(
    "A.11",
    RepaymentMethod.UNKNOWN,
    {
        "01": RepaymentMethod.EQUAL_INSTALLMENT,
        "02": RepaymentMethod.EQUAL_PRINCIPAL,
        "03": RepaymentMethod.BULLET,
        "04": RepaymentMethod.FREE,
    },
)
REPAYMENT_KIND = CodeTable(
    "A.15",
    RepaymentKind.UNKNOWN,
    {
        "01": RepaymentKind.DISBURSEMENT,
        "02": RepaymentKind.REGULAR,
        "03": RepaymentKind.PREPAYMENT,
        "04": RepaymentKind.OVERDUE,
        "05": RepaymentKind.FUND_WITHDRAWAL,
        "06": RepaymentKind.SETTLEMENT,
        "07": RepaymentKind.EXTENSION,
        "08": RepaymentKind.SHORTENING,
        "09": RepaymentKind.WRITE_OFF,
        "99": RepaymentKind.OTHER,
    },
)
ROW_STATE = CodeTable("A.9", RowState.UNKNOWN, {"01": RowState.STANDS, "02": RowState.REVERSED})
APPLICATION_STATUS = CodeTable(
    "ZT",
    CoreApplicationStatus.UNKNOWN,
    {
        "01": CoreApplicationStatus.ACCEPTED,
        "02": CoreApplicationStatus.ACCEPTED,
        "03": CoreApplicationStatus.APPROVED,
        "04": CoreApplicationStatus.COMPLETED,
        "05": CoreApplicationStatus.REJECTED,
        "06": CoreApplicationStatus.PAYOUT_FAILED,
    },
)
CHANNEL_KIND = CodeTable(
    "QDLX",
    ChannelKind.UNKNOWN,
    {
        "01": ChannelKind.WEBSITE,
        "02": ChannelKind.HOTLINE,
        "03": ChannelKind.OFFICIAL_ACCOUNT,
        "04": ChannelKind.MINI_PROGRAM,
        "05": ChannelKind.APP,
        "06": ChannelKind.KIOSK,
        "07": ChannelKind.COUNTER,
    },
)

APPLICATION_KINDS: Mapping[str, ApplicationKind] = {
    "01": ApplicationKind.LOAN_PREPAYMENT,
    "02": ApplicationKind.FUND_LOAN_REPAYMENT,
    "03": ApplicationKind.COMMERCIAL_LOAN_REPAYMENT,
    "04": ApplicationKind.HOME_PURCHASE,
    "05": ApplicationKind.HOME_CONSTRUCTION,
    "06": ApplicationKind.RENT,
    "07": ApplicationKind.PROPERTY_FEE,
    "08": ApplicationKind.RETIREMENT,
    "09": ApplicationKind.UNEMPLOYMENT,
    "10": ApplicationKind.DOWN_PAYMENT,
}
"""YWLX."""
CODE_OF_APPLICATION_KIND = {kind: code for code, kind in APPLICATION_KINDS.items()}

BULLETIN_CATEGORIES: Mapping[str, BulletinCategory] = {
    "01": BulletinCategory.NOTICE,
    "02": BulletinCategory.POLICY,
    "03": BulletinCategory.GUIDE,
}
"""LMDM."""
CODE_OF_BULLETIN_CATEGORY = {category: code for code, category in BULLETIN_CATEGORIES.items()}

DOCUMENTS: Mapping[DocumentKind, str] = {
    DocumentKind.IDENTITY_CARD: "01",
    DocumentKind.OFFICER_CARD: "02",
    DocumentKind.PASSPORT: "03",
    DocumentKind.PERMANENT_RESIDENCE: "04",
    DocumentKind.RESIDENCE_PERMIT: "99",
    DocumentKind.TRAVEL_PERMIT: "99",
}
"""A.1, which has no code for documents of Hong Kong, Macao and Taiwan."""

SUCCESS, CLOSED, BUSY = "0000", "9001", "9004"
NOT_UNDERSTOOD, NOT_AUTHENTICATED = "9002", "9003"
"""Return codes (FHM) of the core's own state."""
MESSAGE_REFUSED = (NOT_UNDERSTOOD, NOT_AUTHENTICATED)
"""Return codes for mistakes of this server: nothing that a member could correct."""

REJECTIONS: Mapping[str, Rejection] = {
    "1001": Rejection.PERSON_UNKNOWN,
    "1002": Rejection.ACCOUNT_UNKNOWN,
    "1003": Rejection.LOAN_UNKNOWN,
    "1004": Rejection.RECORD_UNKNOWN,
    "2001": Rejection.ACCOUNT_FROZEN,
    "2002": Rejection.ACCOUNT_CLOSED,
    "2003": Rejection.ACCOUNT_STATUS,
    "2004": Rejection.APPLICATION_IN_PROGRESS,
    "2005": Rejection.BALANCE_INSUFFICIENT,
    "2006": Rejection.TOO_EARLY,
    "2007": Rejection.LIMIT_REACHED,
    "2008": Rejection.CONTRACT_NOT_REGISTERED,
    "2009": Rejection.FIRST_TIME_AT_COUNTER,
    "2010": Rejection.LOAN_IN_ARREARS,
    "2011": Rejection.NO_LOAN,
    "2012": Rejection.NO_BANK_ACCOUNT,
    "2013": Rejection.SERIAL_REUSED,
    "2014": Rejection.BELOW_MINIMUM,
    "2015": Rejection.INSTALLMENT_UNPOSTED,
    "2016": Rejection.WITHDRAWALS_BARRED,
    "2017": Rejection.PARTLY_FROZEN,
    "2099": Rejection.OTHER,
}
"""Return codes (FHM) of business refusals."""
