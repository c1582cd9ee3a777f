"""The housing fund loan (个人住房公积金贷款) and its rows. Amounts are yuan, two places; rates per cent a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

import msgspec

from bff.rules.rows import RowState

Day: TypeAlias = date
"""For the records that call one of their fields `date`."""


class LoanStatus(StrEnum):
    """State of a loan. AWAITING_DISBURSEMENT is granted or being granted, and not paid out; BAD_DEBT is owed,
    whatever the centre still expects."""

    AWAITING_DISBURSEMENT = "AWAITING_DISBURSEMENT"
    REPAYING = "REPAYING"
    OVERDUE = "OVERDUE"
    BAD_DEBT = "BAD_DEBT"
    SETTLED = "SETTLED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class RepaymentMethod(StrEnum):
    EQUAL_INSTALLMENT = "EQUAL_INSTALLMENT"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"
    BULLET = "BULLET"
    FREE = "FREE"
    UNKNOWN = "UNKNOWN"


class RepaymentKind(StrEnum):
    """Kind of a row of the loan details (贷款明细)."""

    DISBURSEMENT = "DISBURSEMENT"
    REGULAR = "REGULAR"
    PREPAYMENT = "PREPAYMENT"
    OVERDUE = "OVERDUE"
    FUND_WITHDRAWAL = "FUND_WITHDRAWAL"
    SETTLEMENT = "SETTLEMENT"
    EXTENSION = "EXTENSION"
    SHORTENING = "SHORTENING"
    WRITE_OFF = "WRITE_OFF"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class NextInstallment:
    """Installment to be billed next; `due_on` is the nominal date, also on a weekend."""

    period: int
    due_on: date
    amount: Decimal
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True)
class Overdue:
    """Arrears on the core's business date; `amount` is the sum of the other three."""

    periods: int
    amount: Decimal
    principal: Decimal
    interest: Decimal
    penalty: Decimal


@dataclass(frozen=True, slots=True)
class Repricing:
    """New rate from a 1 January on, and the rate before it."""

    on: date
    rate_before: Decimal


@dataclass(frozen=True, slots=True)
class Loan:
    """Loan out of the fund. `current_period` is the last period billed, `billed_through` the nominal date up to
    which interest is billed; `repriced` is there where the core says that the rate changed this year."""

    number: str
    contract_number: str
    bank_name: str | None
    repayment_account: str | None
    status: LoanStatus
    status_code: str
    method: RepaymentMethod
    method_code: str
    amount: Decimal
    balance: Decimal
    annual_rate: Decimal
    periods: int
    current_period: int
    disbursed_on: date
    matures_on: date | None
    due_day: int | None
    settled_on: date | None
    billed_through: date | None
    last_prepaid_on: date | None
    unposted_installments: int
    next_installment: NextInstallment | None
    overdue: Overdue | None
    prepaid_this_year: int | None = None
    prepaid_in_all: int | None = None
    repriced: Repricing | None = None


class Repayment(msgspec.Struct, frozen=True):
    """Row of the loan details (贷款明细). `date` is the day it was posted, `due_on` the nominal one; `balance` is
    after the row. Amounts are below zero in a reversal, whose `reverses` is the `id` of the row that it reverses."""

    id: str
    date: Day
    due_on: Day | None
    kind: RepaymentKind
    kind_code: str
    period: int | None
    periods: int
    amount: Decimal
    principal: Decimal
    interest: Decimal
    penalty: Decimal
    balance: Decimal
    state: RowState = RowState.STANDS
    reverses: str | None = None


@dataclass(frozen=True, slots=True)
class Installment:
    """Period of a repayment plan. `due_on` is null where the plan counts whole months without dates."""

    period: int
    due_on: date | None
    amount: Decimal
    principal: Decimal
    interest: Decimal
    balance: Decimal
