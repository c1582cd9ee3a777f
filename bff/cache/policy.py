"""The cache policy of each kind of record: whether it is cached, for how long, and whether it may be served stale.
Writes and customers, which decide, are never cached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bff.rules.account import Account, ContributionDetail, WithdrawalDetail
from bff.rules.application import CoreApplication
from bff.rules.information import Bulletin, BulletinHead, Calendar, Development, Faq, Outlet, ServiceChannel
from bff.rules.loan import Installment, Loan, Repayment
from bff.rules.paging import Page
from bff.rules.withdrawals.facts import Facts

Record = TypeVar("Record")

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class CachePolicy(Generic[Record]):
    """The policy of one kind of record. `name` is its key in `extensions.staleness`. After `fresh` seconds the core is
    asked again; with `stale` the old record is served until it is `kept` no longer, if the core is unavailable."""

    name: str
    type: Any
    fresh: float
    kept: float
    stale: bool = True


# Records of a member: the key has the account number and its generation. Of lists, the pages that a screen opens with.
ACCOUNT: CachePolicy[Account] = CachePolicy("account", Account, MINUTE, DAY)
CONTRIBUTIONS: CachePolicy[Page[ContributionDetail]] = CachePolicy(
    "contributions", Page[ContributionDetail], MINUTE, DAY
)
WITHDRAWALS: CachePolicy[Page[WithdrawalDetail]] = CachePolicy("withdrawals", Page[WithdrawalDetail], MINUTE, DAY)
LOANS: CachePolicy[tuple[Loan, ...]] = CachePolicy("loans", tuple[Loan, ...], MINUTE, DAY)
REPAYMENTS: CachePolicy[Page[Repayment]] = CachePolicy("repayments", Page[Repayment], MINUTE, DAY)
PLAN: CachePolicy[tuple[Installment, ...]] = CachePolicy("plan", tuple[Installment, ...], MINUTE, DAY)

# Account, loans and basis of a quote whose amount is being typed: each digit is a request. Withdrawals' quotes and
# applications read them fresh.
FACTS: CachePolicy[Facts] = CachePolicy("facts", Facts, fresh=5.0, kept=5.0, stale=False)

# So that a screen that watches an application costs the core no more than one call in so many seconds.
APPLICATION: CachePolicy[CoreApplication | None] = CachePolicy(
    "application", CoreApplication | None, fresh=2.0, kept=2.0, stale=False
)
APPLICATIONS: CachePolicy[Page[CoreApplication]] = CachePolicy(
    "applications", Page[CoreApplication], fresh=2.0, kept=2.0, stale=False
)

# Public records. Results of a search are not worth keeping: the next search is another one.
BULLETINS: CachePolicy[Page[BulletinHead]] = CachePolicy("bulletins", Page[BulletinHead], 5 * MINUTE, 7 * DAY)
BULLETIN: CachePolicy[Bulletin | None] = CachePolicy("bulletin", Bulletin | None, 5 * MINUTE, 7 * DAY)
DEVELOPMENTS: CachePolicy[Page[Development]] = CachePolicy("developments", Page[Development], HOUR, 7 * DAY)
CHANNELS: CachePolicy[tuple[ServiceChannel, ...]] = CachePolicy("channels", tuple[ServiceChannel, ...], HOUR, 7 * DAY)
OUTLETS: CachePolicy[tuple[Outlet, ...]] = CachePolicy("outlets", tuple[Outlet, ...], HOUR, 7 * DAY)
FAQS: CachePolicy[tuple[Faq, ...]] = CachePolicy("faqs", tuple[Faq, ...], HOUR, 7 * DAY)
CALENDAR: CachePolicy[Calendar] = CachePolicy("calendar", Calendar, 5 * MINUTE, 7 * DAY)

TABLE: tuple[CachePolicy[Any], ...] = (
    ACCOUNT,
    CONTRIBUTIONS,
    WITHDRAWALS,
    LOANS,
    REPAYMENTS,
    PLAN,
    FACTS,
    APPLICATION,
    APPLICATIONS,
    BULLETINS,
    BULLETIN,
    DEVELOPMENTS,
    CHANNELS,
    OUTLETS,
    FAQS,
    CALENDAR,
)
