"""Refusals that a person can act on: a stable code, its facts, and a Chinese sentence saying what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


class UserErrorCode(StrEnum):
    """Codes of refusals, never renamed or removed: apps switch on them."""

    INVALID_NAME = "INVALID_NAME"
    INVALID_PHONE = "INVALID_PHONE"
    INVALID_ID_NUMBER = "INVALID_ID_NUMBER"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    INVALID_DATE = "INVALID_DATE"
    INVALID_CONTRACT_NUMBER = "INVALID_CONTRACT_NUMBER"
    INVALID_INPUT = "INVALID_INPUT"
    REQUIRED = "REQUIRED"
    WEAK_PASSWORD = "WEAK_PASSWORD"  # noqa: S105 (a code, no password)
    WRONG_CREDENTIALS = "WRONG_CREDENTIALS"
    WRONG_SMS_CODE = "WRONG_SMS_CODE"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    NOT_ON_RECORD = "NOT_ON_RECORD"
    ALREADY_REGISTERED = "ALREADY_REGISTERED"
    SESSION_EXPIRED = "SESSION_EXPIRED"
    CONSENT_REQUIRED = "CONSENT_REQUIRED"
    ACCOUNT_FROZEN = "ACCOUNT_FROZEN"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    ACCOUNT_NOT_NORMAL = "ACCOUNT_NOT_NORMAL"
    ACCOUNT_NOT_SEALED = "ACCOUNT_NOT_SEALED"
    NO_FUND_LOAN = "NO_FUND_LOAN"
    NO_COMMERCIAL_LOAN = "NO_COMMERCIAL_LOAN"
    LOAN_IN_ARREARS = "LOAN_IN_ARREARS"
    FUND_LOAN_OUTSTANDING = "FUND_LOAN_OUTSTANDING"
    HOME_IN_CITY = "HOME_IN_CITY"
    CONTRIBUTIONS_TOO_SHORT = "CONTRIBUTIONS_TOO_SHORT"
    INSTALLMENT_NOT_POSTED = "INSTALLMENT_NOT_POSTED"
    TOO_EARLY = "TOO_EARLY"
    TOO_LATE = "TOO_LATE"
    WITHDRAWALS_BARRED = "WITHDRAWALS_BARRED"
    PARTLY_FROZEN = "PARTLY_FROZEN"
    LIMIT_REACHED = "LIMIT_REACHED"
    NOTHING_AVAILABLE = "NOTHING_AVAILABLE"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
    CONTRACT_NOT_REGISTERED = "CONTRACT_NOT_REGISTERED"
    FIRST_TIME_AT_COUNTER = "FIRST_TIME_AT_COUNTER"
    APPLICATION_IN_PROGRESS = "APPLICATION_IN_PROGRESS"
    NO_BANK_ACCOUNT = "NO_BANK_ACCOUNT"
    NOT_OFFERED = "NOT_OFFERED"
    QUOTE_CHANGED = "QUOTE_CHANGED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    REFUSED_BY_CORE = "REFUSED_BY_CORE"


HOTLINE = "12329"
"""Of every housing fund centre."""
IN_DOUBT = f"如有疑问，请拨打{HOTLINE}或到公积金中心柜台核实。"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reason why something is not possible. `field` is the input field concerned, `available_from` the first day on
    which it no longer holds, `limit` the amount or number that was passed, `months` how many are asked for,
    `retry_after` the seconds after which to try again."""

    code: UserErrorCode
    message: str
    field: str | None = None
    available_from: date | None = None
    limit: Decimal | None = None
    months: int | None = None
    retry_after: int | None = None


Refusals: TypeAlias = tuple[Refusal, ...]


def required(field: str, label: str) -> Refusal:
    return Refusal(UserErrorCode.REQUIRED, f"请输入{label}。", field)


def day_in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
