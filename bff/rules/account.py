"""The individual account (个人账户) and its rows. Amounts are yuan with two places, rates are per cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from bff.rules.dates import Month
from bff.rules.rows import RowState


class AccountStatus(StrEnum):
    NORMAL = "NORMAL"
    SEALED = "SEALED"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"


class ContributionKind(StrEnum):
    """Kind of a credit to the account."""

    REMITTANCE = "REMITTANCE"
    BACK_PAYMENT = "BACK_PAYMENT"
    INTERNAL_TRANSFER = "INTERNAL_TRANSFER"
    TRANSFER_IN = "TRANSFER_IN"
    INTEREST = "INTEREST"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class WithdrawalDetailKind(StrEnum):
    """Kind of a debit of the account."""

    PARTIAL = "PARTIAL"
    CLOSING = "CLOSING"
    TRANSFER_OUT = "TRANSFER_OUT"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class Balance(msgspec.Struct, frozen=True):
    """Balance of an account: carried forward + current year = total (上年结转 + 当年归集 = 合计)."""

    carried_forward: Decimal
    current_year: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Employer:
    number: str
    name: str | None


@dataclass(frozen=True, slots=True)
class ContributionTerms:
    """Monthly contribution, as far as the core says."""

    base: Decimal | None
    employer_rate: Decimal | None
    personal_rate: Decimal | None
    employer_amount: Decimal | None
    personal_amount: Decimal | None
    paid_through: Month | None

    @property
    def monthly_amount(self) -> Decimal | None:
        if self.employer_amount is None or self.personal_amount is None:
            return None
        return self.employer_amount + self.personal_amount


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Account that withdrawals are paid to. The number may be a passbook's: never assume a card."""

    number: str
    bank_name: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """Individual account. `frozen` is the part of the balance that a court or the centre has frozen, `usable` the
    most that can be drawn; null where the core does not say."""

    number: str
    holder: str
    status: AccountStatus
    status_code: str
    opened_on: date | None
    employer: Employer | None
    balance: Balance
    contribution: ContributionTerms
    bank_account: BankAccount | None
    sealed_on: date | None
    last_withdrawn_on: date | None
    closed_on: date | None
    business_date: date
    frozen: Decimal | None = None
    usable: Decimal | None = None


class ContributionDetail(msgspec.Struct, frozen=True):
    """Row of the contribution details (缴存明细). `id` orders rows of one day; `balance` is after the row.
    `reverses` is the `id` of the row that this one reverses, with an amount below zero."""

    id: str
    date: date
    kind: ContributionKind
    kind_code: str
    summary: str | None
    month: Month | None
    amount: Decimal
    balance: Balance
    state: RowState = RowState.STANDS
    reverses: str | None = None


class WithdrawalDetail(msgspec.Struct, frozen=True):
    """Row of the withdrawal details (提取明细). `amount` is what was paid out, `interest` what a closing withdrawal
    paid on top; both are below zero in a reversal."""

    id: str
    date: date
    kind: WithdrawalDetailKind
    kind_code: str
    reason: str | None
    reason_code: str | None
    summary: str | None
    amount: Decimal
    interest: Decimal | None
    balance: Balance
    state: RowState = RowState.STANDS
    reverses: str | None = None
