"""The ten kinds of application, what the core knows that decides them, and what became of one in the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bff.rules.application_kinds import ApplicationKind
from bff.rules.loan import LoanStatus


class CoreApplicationStatus(StrEnum):
    """Where the core stands with an application. REJECTED is a decision, PAYOUT_FAILED a payment that the bank did not
    make or sent back."""

    ACCEPTED = "ACCEPTED"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    PAYOUT_FAILED = "PAYOUT_FAILED"
    UNKNOWN = "UNKNOWN"


class ApplicationStatus(StrEnum):
    """As the member sees it. CONFIRMING: it was sent, and whether the core has it is not known yet. NOT_RECEIVED: the
    core was asked, and never had it. What is COMPLETED may still turn PAYOUT_FAILED. UNKNOWN stands in for what a newer
    release wrote, and is never written."""

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
        """Whether the core may be asked about it, and its answer be written down."""
        return not self.is_final and self is not ApplicationStatus.UNKNOWN


class Rejection(StrEnum):
    """Why a core refuses, in plain words; OTHER holds what this server has no word for."""

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
    """What a partial prepayment leaves as it is."""

    TERM = "TERM"
    INSTALLMENT = "INSTALLMENT"


@dataclass(frozen=True, slots=True)
class HomeRegistration:
    """A home registered at the counter. `price` is the approved cost for a construction, `area` square metres.

    `contract_on` is the day on which the contract was signed, `certificate_on` that on which the title was registered,
    `property_fee_on` that on which anybody who registered the home last handed in a draw for its property fee.
    """

    contract_number: str
    price: Decimal
    loans: Decimal
    down_payment: Decimal | None
    first_drawn_on: date | None
    last_drawn_on: date | None
    drawn: Decimal
    drawn_for_down_payment: Decimal
    area: Decimal | None = None
    contract_on: date | None = None
    certificate_on: date | None = None
    property_fee_on: date | None = None


@dataclass(frozen=True, slots=True)
class CommercialLoan:
    """A bank's housing loan as registered with the centre; never computed."""

    contract_number: str
    bank_name: str
    repayment_account: str | None
    status: LoanStatus
    status_code: str
    amount: Decimal
    balance: Decimal
    monthly_payment: Decimal
    repaid_in_12_months: Decimal


class Relation(StrEnum):
    """What a member is to a fund loan."""

    BORROWER = "BORROWER"
    SPOUSE = "SPOUSE"
    CO_BORROWER = "CO_BORROWER"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class SharedLoan:
    """A fund loan that is not settled, of a member who may draw for it. What was drawn is by all who may, also what is
    under way."""

    number: str
    relation: Relation
    status: LoanStatus
    status_code: str
    balance: Decimal
    repaid_in_12_months: Decimal
    drawn_in_12_months: Decimal


@dataclass(frozen=True, slots=True)
class DrawHistory:
    """What was withdrawn under one kind before; `this_year` is what was handed in during the calendar year of the
    business date, `last_on` the day of posting. Where the core tells them, `handed_in_on` is the day on which the last
    one was handed in, `times_this_year` how many were in that calendar year."""

    last_on: date
    this_year: Decimal
    total: Decimal
    count: int
    handed_in_on: date | None = None
    times_this_year: int | None = None


@dataclass(frozen=True, slots=True)
class RentDraw:
    """A withdrawal for rent, posted or under way."""

    handed_in_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ApplicationInFlight:
    reference: str
    kind: ApplicationKind | None
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class WithdrawalBasis:
    """What the core knows about a member that decides withdrawals, on its business date.

    What was repaid in 12 months came out of the member's pocket, and nothing was drawn for it yet.
    `contribution_months` are those in a row, up to this month or the last one; `children` are those under age;
    `barred_until` is the last day without withdrawals; `shared_loans` are the member's own, too. `family_rent` is what
    the others of the household drew for rent in twelve months. What is null the core does not tell.
    """

    business_date: date
    purchases: tuple[HomeRegistration, ...]
    constructions: tuple[HomeRegistration, ...]
    rent_first_drawn_on: date | None
    commercial_loans: tuple[CommercialLoan, ...]
    history: Mapping[ApplicationKind, DrawHistory]
    in_flight: ApplicationInFlight | None
    fund_loan_repaid_in_12_months: Decimal
    accrued_interest: Decimal
    monthly_rent: Decimal | None = None
    lease_on: date | None = None
    children: int | None = None
    homes_in_city: int | None = None
    contribution_months: int | None = None
    barred_until: date | None = None
    shared_loans: tuple[SharedLoan, ...] = ()
    family_rent: tuple[RentDraw, ...] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What is sent to the core for one application. `serial` is ours and the key of idempotence, `amount_due` what the
    member confirmed of a prepayment."""

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
    """`at` is null where the core has no moment for it."""

    status: CoreApplicationStatus
    status_code: str
    at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class CoreApplication:
    """An application as the core has it; `reference` is its acceptance number, `stages` oldest first."""

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
    """One entry of an application's history; `at` is aware."""

    status: ApplicationStatus
    at: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class Application:
    """An application in the server's journal, oldest step first."""

    id: str
    kind: ApplicationKind
    status: ApplicationStatus
    amount: Decimal
    interest: Decimal | None
    reference: str | None
    submitted_at: datetime
    entered: Mapping[str, str]
    history: tuple[Step, ...]
