"""A centre's policy and the periods in which each part of it is in force. Amounts are yuan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from bff.rules.account import AccountStatus
from bff.rules.application import Keep
from bff.rules.application_kinds import ApplicationKind
from bff.rules.datum import Datum
from bff.rules.loan import RepaymentMethod
from bff.rules.loans.interest import Accrual, InterestOn
from bff.rules.policy.effective import Effective, in_force
from bff.rules.policy.toml_reader import PolicyError
from bff.rules.policy.withdrawal_terms import WithdrawalTerms

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class PrepaymentFee:
    """`per_cent` of the principal that is prepaid, or so many `yuan` each time; until the loan is `within_months` old,
    always with 0."""

    per_cent: Decimal
    yuan: Decimal
    within_months: int


@dataclass(frozen=True, slots=True)
class PrepaymentTerms:
    """Policy key `prepayment`. `months_before_payoff` is for what settles the loan; `days_around_due`, `fee` and
    `amount_due_confirmed`, principal, interest and fee in all, are for both; others for partial prepayments. 0 and null
    stand for no such rule."""

    minimum: Decimal
    months_between: int
    months_after_disbursement: int
    keep: tuple[Keep, ...]
    repayment_account_required: bool
    article: str
    multiple: Decimal | None = None
    times_a_year: int = 0
    times_in_all: int = 0
    months_before_payoff: int = 0
    days_around_due: int = 0
    amount_due_confirmed: bool = False
    interest_on: InterestOn = InterestOn.BALANCE
    fee: PrepaymentFee | None = None


@dataclass(frozen=True, slots=True)
class LoanPolicy:
    """Policy key `loan`; `day_count` is the days of a year that interest divides by, `accrual` has the methods that
    have a plan."""

    day_count: int
    accrual: Mapping[RepaymentMethod, Accrual]

    def accrual_of(self, method: RepaymentMethod) -> Accrual:
        return self.accrual.get(method, Accrual.ACTUAL_DAYS)

    def longest_month(self, method: RepaymentMethod) -> Decimal:
        """Return the factor from a rate in per cent a year to a month's interest, of 31 days where days count."""
        by_days = self.accrual_of(method) is Accrual.ACTUAL_DAYS
        return Decimal(31) / (100 * self.day_count) if by_days else Decimal(1) / 1200


class Supplement(StrEnum):
    """What of a household, or of its home, may raise the cap of a loan."""

    SEVERAL_CHILDREN = "SEVERAL_CHILDREN"
    GREEN_BUILDING = "GREEN_BUILDING"
    COMPLETED_HOME = "COMPLETED_HOME"
    TALENT = "TALENT"


@dataclass(frozen=True, slots=True)
class LoanCapSupplement:
    """So many `per_cent` of the cap on top for who has one of these, and no more for more than one."""

    reasons: tuple[Supplement, ...]
    per_cent: Decimal


@dataclass(frozen=True, slots=True)
class CalculatorLimits:
    """Policy key `calculators`: what the public calculators take, and how much one may borrow. 0 and null stand for no
    such rule; `loan_cap` is for who has no other cap, down payments are per cent of the price. The supplements add up
    to `loan_cap_supplement_most` per cent."""

    least_principal: Decimal
    most_principal: Decimal
    most_periods: int
    most_annual_rate: Decimal
    balance_multiple: Decimal
    payment_share: Decimal
    loan_cap: Decimal
    loan_floor: Decimal
    loan_cap_couple: Decimal | None = None
    loan_cap_second: Decimal | None = None
    loan_cap_second_couple: Decimal | None = None
    down_payment_first: Decimal | None = None
    down_payment_second: Decimal | None = None
    loan_cap_supplements: tuple[LoanCapSupplement, ...] = ()
    loan_cap_supplement_most: Decimal | None = None
    oldest_at_maturity: int = 0
    contribution_months: int = 0


@dataclass(frozen=True, slots=True)
class PrivacyPolicy:
    """Policy key `privacy`: the version of the privacy policy, and whether registering and signing in demand consent
    to it."""

    version: str
    consent_required: bool


@dataclass(frozen=True, slots=True)
class PolicyOnDay:
    """Policy in force on one day. A kind without terms is not offered; without `privacy` there is nothing to consent
    to. `payout_days` is policy key `payout.returned_within_days`: for so long a bank may send a payment back.
    `registrable` is policy key `registration.accounts`: the states of an account whose owner may register."""

    centre: str
    withdrawals: Mapping[ApplicationKind, WithdrawalTerms | None]
    prepayment: PrepaymentTerms | None
    loan: LoanPolicy
    payout_days: int
    registrable: tuple[AccountStatus, ...]
    calculators: CalculatorLimits
    privacy: PrivacyPolicy | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    source: str
    centre: str
    withdrawals: Mapping[ApplicationKind, tuple[Effective[WithdrawalTerms | None], ...]]
    prepayment: tuple[Effective[PrepaymentTerms | None], ...]
    loan: tuple[Effective[LoanPolicy], ...]
    payout_days: tuple[Effective[int], ...]
    registrable: tuple[Effective[tuple[AccountStatus, ...]], ...]
    calculators: tuple[Effective[CalculatorLimits], ...]
    privacy: tuple[Effective[PrivacyPolicy], ...] = ()
    datum: Datum = Datum.WGS_84
    """Of the coordinates that the core gives, whatever the day."""

    def on(self, day: date) -> PolicyOnDay:
        """Return what is in force on a day. Raises PolicyError where nothing is, in a section other than the kinds,
        `prepayment` and `privacy`."""
        return PolicyOnDay(
            centre=self.centre,
            withdrawals={kind: in_force(entries, day) for kind, entries in self.withdrawals.items()},
            prepayment=in_force(self.prepayment, day),
            loan=self._certain("loan", self.loan, day),
            payout_days=self._certain("payout", self.payout_days, day),
            registrable=self._certain("registration", self.registrable, day),
            calculators=self._certain("calculators", self.calculators, day),
            privacy=in_force(self.privacy, day),
        )

    def _certain(self, key: str, entries: tuple[Effective[Value], ...], day: date) -> Value:
        value = in_force(entries, day)
        if value is None:
            raise PolicyError(self.source, key, f"nothing is in force on {day}")
        return value
