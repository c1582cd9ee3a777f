"""What is cached, and for how long. What is not here is asked of the core each time: QueryCustomer, because it decides,
and every write.

`fresh` is how long an answer counts as new; after that the core is asked, and only if it is down or closed may the old
one serve, until it is `kept` no longer. A submission never reads from here, and of quotes only that of a prepayment
whose amount is being typed.
"""

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
class Cached(Generic[Record]):
    """The policy of one kind of record. `name` is its key in `extensions.staleness`, `holds` its type; times are
    seconds. Without `stale` a record that is no longer fresh is never served."""

    name: str
    holds: Any
    fresh: float
    kept: float
    stale: bool = True


# Of a member: the key has the account's number and generation. The pages are those that a screen opens with.
ACCOUNT: Cached[Account] = Cached("account", Account, MINUTE, DAY)
CONTRIBUTIONS: Cached[Page[ContributionDetail]] = Cached("contributions", Page[ContributionDetail], MINUTE, DAY)
WITHDRAWALS: Cached[Page[WithdrawalDetail]] = Cached("withdrawals", Page[WithdrawalDetail], MINUTE, DAY)
LOANS: Cached[tuple[Loan, ...]] = Cached("loans", tuple[Loan, ...], MINUTE, DAY)
REPAYMENTS: Cached[Page[Repayment]] = Cached("repayments", Page[Repayment], MINUTE, DAY)
PLAN: Cached[tuple[Installment, ...]] = Cached("plan", tuple[Installment, ...], MINUTE, DAY)

# Account, loans and basis of a quote whose amount is being typed: each digit is a request. Withdrawals' quotes and
# applications read them fresh.
FACTS: Cached[Facts] = Cached("facts", Facts, fresh=5.0, kept=5.0, stale=False)

# So that a screen that watches an application costs the core no more than one call in so many seconds.
APPLICATION: Cached[CoreApplication | None] = Cached(
    "application", CoreApplication | None, fresh=2.0, kept=2.0, stale=False
)
APPLICATIONS: Cached[Page[CoreApplication]] = Cached(
    "applications", Page[CoreApplication], fresh=2.0, kept=2.0, stale=False
)

# Of everybody. What somebody searched for is not worth keeping: the next one searches for something else.
BULLETINS: Cached[Page[BulletinHead]] = Cached("bulletins", Page[BulletinHead], 5 * MINUTE, 7 * DAY)
BULLETIN: Cached[Bulletin | None] = Cached("bulletin", Bulletin | None, 5 * MINUTE, 7 * DAY)
DEVELOPMENTS: Cached[Page[Development]] = Cached("developments", Page[Development], HOUR, 7 * DAY)
CHANNELS: Cached[tuple[ServiceChannel, ...]] = Cached("channels", tuple[ServiceChannel, ...], HOUR, 7 * DAY)
OUTLETS: Cached[tuple[Outlet, ...]] = Cached("outlets", tuple[Outlet, ...], HOUR, 7 * DAY)
FAQS: Cached[tuple[Faq, ...]] = Cached("faqs", tuple[Faq, ...], HOUR, 7 * DAY)
CALENDAR: Cached[Calendar] = Cached("calendar", Calendar, 5 * MINUTE, 7 * DAY)

TABLE: tuple[Cached[Any], ...] = (
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
