"""Applications: what is sent to the core, its states there and in the server's journal, and the core's reasons for
rejecting one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bff.rules.application_kinds import ApplicationKind


class CoreApplicationStatus(StrEnum):
    """State of an application in the core. REJECTED is a decision, PAYOUT_FAILED a payment that the bank did not
    make or sent back."""

    ACCEPTED = "ACCEPTED"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    PAYOUT_FAILED = "PAYOUT_FAILED"
    UNKNOWN = "UNKNOWN"


class ApplicationStatus(StrEnum):
    """State of an application as the member sees it. CONFIRMING: sent, and not known whether the core has it.
    NOT_RECEIVED: the core was asked, and never had it. COMPLETED may still turn PAYOUT_FAILED. UNKNOWN stands for a
    state that a newer release wrote, and is never written."""

    CONFIRMING = "CONFIRMING"
    NOT_RECEIVED = "NOT_RECEIVED"
    ACCEPTED = "ACCEPTED"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    PAYOUT_FAILED = "PAYOUT_FAILED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_final(self) -> bool:
        return self in (ApplicationStatus.COMPLETED, ApplicationStatus.REJECTED, ApplicationStatus.PAYOUT_FAILED)

    @property
    def is_open(self) -> bool:
        """Tell whether the core may be asked about the application, and its answer be recorded."""
        return not self.is_final and self is not ApplicationStatus.UNKNOWN


class Rejection(StrEnum):
    """The core's reason for rejecting an application; OTHER holds every reason without a value here."""

    PERSON_UNKNOWN = "PERSON_UNKNOWN"
    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
    LOAN_UNKNOWN = "LOAN_UNKNOWN"
    RECORD_UNKNOWN = "RECORD_UNKNOWN"
    ACCOUNT_FROZEN = "ACCOUNT_FROZEN"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    ACCOUNT_STATUS = "ACCOUNT_STATUS"
    APPLICATION_IN_PROGRESS = "APPLICATION_IN_PROGRESS"
    BALANCE_INSUFFICIENT = "BALANCE_INSUFFICIENT"
    TOO_EARLY = "TOO_EARLY"
    LIMIT_REACHED = "LIMIT_REACHED"
    CONTRACT_NOT_REGISTERED = "CONTRACT_NOT_REGISTERED"
    FIRST_TIME_AT_COUNTER = "FIRST_TIME_AT_COUNTER"
    LOAN_IN_ARREARS = "LOAN_IN_ARREARS"
    NO_LOAN = "NO_LOAN"
    NO_BANK_ACCOUNT = "NO_BANK_ACCOUNT"
    SERIAL_REUSED = "SERIAL_REUSED"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    INSTALLMENT_UNPOSTED = "INSTALLMENT_UNPOSTED"
    WITHDRAWALS_BARRED = "WITHDRAWALS_BARRED"
    PARTLY_FROZEN = "PARTLY_FROZEN"
    OTHER = "OTHER"


class Keep(StrEnum):
    """What a partial prepayment keeps: the term, or the installment."""

    TERM = "TERM"
    INSTALLMENT = "INSTALLMENT"


@dataclass(frozen=True, slots=True)
class Submission:
    """Application as it is sent to the core. `serial` is the server's idempotency key, `amount_due` what the member
    confirmed of a prepayment."""

    serial: str
    account_number: str
    kind: ApplicationKind
    amount: Decimal
    loan_number: str | None = None
    keep: Keep | None = None
    payoff: bool = False
    contract_number: str | None = None
    former_employer: str | None = None
    certificate_number: str | None = None
    approved_on: date | None = None
    amount_due: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Step of an application in the core; `at` is null where the core has no time for it."""

    status: CoreApplicationStatus
    status_code: str
    at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class CoreApplication:
    """Application as the core has it; `reference` is its acceptance number, `stages` oldest first."""

    serial: str
    reference: str
    account_number: str
    kind: ApplicationKind | None
    amount: Decimal
    interest: Decimal | None
    status: CoreApplicationStatus
    status_code: str
    accepted_at: datetime | None
    stages: tuple[Stage, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Step:
    """Entry of an application's history; `at` is aware."""

    status: ApplicationStatus
    at: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class Application:
    """Application in the server's journal; `history` oldest step first."""

    id: str
    kind: ApplicationKind
    status: ApplicationStatus
    amount: Decimal
    interest: Decimal | None
    reference: str | None
    submitted_at: datetime
    entered: Mapping[str, str]
    history: tuple[Step, ...]
