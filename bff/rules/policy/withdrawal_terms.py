"""Terms of a kind of withdrawal in a policy: what may be drawn, how often, and under which conditions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bff.rules.withdrawals.facts import Relation


class Base(StrEnum):
    """Part of the balance that a withdrawal may touch."""

    TOTAL = "TOTAL"
    CARRIED_FORWARD = "CARRIED_FORWARD"


class AccountCondition(StrEnum):
    """States of an account that may draw; frozen and closed accounts never may."""

    NORMAL = "NORMAL"
    SEALED = "SEALED"
    NORMAL_OR_SEALED = "NORMAL_OR_SEALED"


class Frequency(StrEnum):
    """How often a kind may be drawn. MONTHS counts from the last withdrawal of the kind, or for the home. The
    others, except for ONCE, allow one in each period of the calendar; a FUND_YEAR begins on 1 July."""

    MONTHS = "MONTHS"
    CALENDAR_MONTH = "CALENDAR_MONTH"
    CALENDAR_QUARTER = "CALENDAR_QUARTER"
    CALENDAR_YEAR = "CALENDAR_YEAR"
    FUND_YEAR = "FUND_YEAR"
    ONCE = "ONCE"
    ONCE_A_HOME = "ONCE_A_HOME"


class PartlyFrozen(StrEnum):
    """Part of the balance that may be drawn while another is frozen."""

    USABLE = "USABLE"
    NOTHING = "NOTHING"


class Cap(StrEnum):
    """Limits that follow from what is on record."""

    REPAID_IN_12_MONTHS = "REPAID_IN_12_MONTHS"
    LOAN_BALANCE = "LOAN_BALANCE"
    PRICE_LESS_LOANS_AND_DRAWN = "PRICE_LESS_LOANS_AND_DRAWN"
    COST_LESS_DRAWN = "COST_LESS_DRAWN"
    DOWN_PAYMENT_LESS_DRAWN = "DOWN_PAYMENT_LESS_DRAWN"


class Condition(StrEnum):
    """Conditions on what is on record."""

    ACTIVE_FUND_LOAN = "ACTIVE_FUND_LOAN"
    NO_ARREARS = "NO_ARREARS"
    NO_OPEN_FUND_LOAN = "NO_OPEN_FUND_LOAN"
    NO_OPEN_FAMILY_FUND_LOAN = "NO_OPEN_FAMILY_FUND_LOAN"
    COMMERCIAL_LOAN = "COMMERCIAL_LOAN"
    HOUSING_LOAN = "HOUSING_LOAN"
    REGISTERED_CONTRACT = "REGISTERED_CONTRACT"
    FIRST_DRAW_AT_COUNTER = "FIRST_DRAW_AT_COUNTER"
    NO_HOME_IN_CITY = "NO_HOME_IN_CITY"


@dataclass(frozen=True, slots=True)
class ForChildren:
    """Limits for members with `at_least` so many children under age: `yuan` a month, and `yuan_a_year`."""

    at_least: int
    yuan: Decimal
    yuan_a_year: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MonthlyLimit:
    """Limit of rent: `yuan` for each month that is not drawn yet, for `most_months` of them at most, and no more
    than `yuan_a_year` in a calendar year."""

    yuan: Decimal
    most_months: int
    children: tuple[ForChildren, ...]
    yuan_a_year: Decimal | None = None


class WindowStart(StrEnum):
    """Day of a home from which a time window is counted."""

    CONTRACT = "CONTRACT"
    CERTIFICATE = "CERTIFICATE"


@dataclass(frozen=True, slots=True)
class Window:
    """Time in which a home can be drawn for: so many months after a day of its own."""

    months: int
    after: WindowStart


@dataclass(frozen=True, slots=True)
class Reserve:
    """Balance that has to stay: a fixed sum and so many months of contributions."""

    amount: Decimal
    months_of_contributions: int


@dataclass(frozen=True, slots=True)
class AreaLimit:
    """Limit by floor area: `yuan` a square metre, `times` over: 2.00 a month, 12 times for a year."""

    yuan: Decimal
    times: int


@dataclass(frozen=True, slots=True)
class WithdrawalTerms:
    """Policy key `withdrawals.<kind>`; `months` goes with Frequency.MONTHS, `times` with Frequency.CALENDAR_YEAR,
    `limit` is for one draw. `per_household`: a withdrawal for the home by any of those who registered it counts.
    `limits_per_household`: `monthly` and `limit_a_year` of rent are those of a household, less what its others drew.
    `shared_with`: who draws for a fund loan beside its borrower, all of them up to what was repaid."""

    article: str
    base: Base
    floor: Decimal
    account: AccountCondition
    frequency: Frequency
    months: int
    times: int
    conditions: tuple[Condition, ...]
    caps: tuple[Cap, ...]
    limit: Decimal | None
    limit_a_year: Decimal | None
    area_limit: AreaLimit | None
    monthly: MonthlyLimit | None
    reserve: Reserve
    sealed_months: int
    contribution_months: int
    window: Window | None
    per_household: bool
    limits_per_household: bool
    partly_frozen: PartlyFrozen
    shared_with: tuple[Relation, ...]
    closes_account: bool
