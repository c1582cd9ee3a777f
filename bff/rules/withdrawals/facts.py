"""The core's facts on a member that decide withdrawals: homes, loans, earlier withdrawals, the application in
flight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bff.rules.account import Account
from bff.rules.application_kinds import ApplicationKind
from bff.rules.loan import Loan, LoanStatus

ACTIVE = frozenset((LoanStatus.REPAYING, LoanStatus.OVERDUE))
OPEN = frozenset((LoanStatus.AWAITING_DISBURSEMENT, LoanStatus.REPAYING, LoanStatus.OVERDUE))


@dataclass(frozen=True, slots=True)
class HomeRegistration:
    """Home registered at the counter. `price` is the approved cost for a construction, `area` square metres.

    `contract_on` is the day on which the contract was signed, `certificate_on` that on which the title was
    registered, `property_fee_on` that of the last submission for its property fee by anyone who registered the home.
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
    """Housing loan of a bank as registered with the centre; never computed."""

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
    """Role of a member in a fund loan."""

    BORROWER = "BORROWER"
    SPOUSE = "SPOUSE"
    CO_BORROWER = "CO_BORROWER"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class SharedLoan:
    """Fund loan that is not settled, of a member who may draw for it. `drawn_in_12_months` is by all who may,
    including what is in flight."""

    number: str
    relation: Relation
    status: LoanStatus
    status_code: str
    balance: Decimal
    repaid_in_12_months: Decimal
    drawn_in_12_months: Decimal


@dataclass(frozen=True, slots=True)
class DrawHistory:
    """Earlier withdrawals of one kind; `this_year` is what was submitted during the calendar year of the business
    date, `last_on` the day of posting. Where the core tells them, `handed_in_on` is the day of the last submission,
    `times_this_year` the number of them in that calendar year."""

    last_on: date
    this_year: Decimal
    total: Decimal
    count: int
    handed_in_on: date | None = None
    times_this_year: int | None = None


@dataclass(frozen=True, slots=True)
class RentDraw:
    """Withdrawal for rent, posted or in flight."""

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
    shared_loans: tuple[SharedLoan, ...] | None = None
    family_rent: tuple[RentDraw, ...] | None = None


def is_open(loan: Loan | SharedLoan) -> bool:
    """Tell whether a loan is not settled: also before it is paid out, written off or in a state that only the core
    knows."""
    return loan.status in OPEN or (loan.status in {LoanStatus.UNKNOWN, LoanStatus.BAD_DEBT} and loan.balance > 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """The core's facts on a member, read fresh; `loans` are those out of the fund."""

    account: Account
    basis: WithdrawalBasis
    loans: tuple[Loan, ...]

    @property
    def today(self) -> date:
        return self.basis.business_date

    @property
    def active_loans(self) -> tuple[Loan, ...]:
        return tuple(loan for loan in self.loans if loan.status in ACTIVE)

    @property
    def open_loans(self) -> tuple[Loan, ...]:
        return tuple(filter(is_open, self.loans))

    @property
    def loans_of_others(self) -> tuple[SharedLoan, ...]:
        """Loans of the spouse, and loans that the member owes beside their borrower, as far as the core tells them."""
        return tuple(loan for loan in self.basis.shared_loans or () if loan.relation is not Relation.BORROWER)

    @property
    def open_loans_of_others(self) -> tuple[SharedLoan, ...]:
        return tuple(filter(is_open, self.loans_of_others))

    @property
    def joined_loans(self) -> tuple[SharedLoan, ...]:
        """Active loans of another borrower, whose spouse or co-borrower the member is."""
        return tuple(loan for loan in self.loans_of_others if loan.status in ACTIVE)

    @property
    def active_commercial_loans(self) -> tuple[CommercialLoan, ...]:
        return tuple(loan for loan in self.basis.commercial_loans if loan.balance > 0)
