"""The public schema: the whole surface is assembled here."""

from __future__ import annotations

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from bff.schema import failures
from bff.schema.application import ApplicationSubscriptions
from bff.schema.application_mutations import ApplicationMutations
from bff.schema.calculator import CalculatorQuery
from bff.schema.consent import ConsentMutations, ConsentQuery
from bff.schema.information import InformationQuery
from bff.schema.me import MeQuery
from bff.schema.scalars import SCALARS
from bff.schema.session import SessionMutations


@strawberry.type(description="Queries (查询).")
class Query(MeQuery, InformationQuery, CalculatorQuery, ConsentQuery):
    """Each domain brings its root fields."""


PUBLIC_FIELDS = frozenset(
    {
        "borrowingCapacity",
        "bulletin",
        "bulletins",
        "combinedPlan",
        "developments",
        "faqs",
        "interestRates",
        "outlets",
        "prepaymentPlan",
        "privacyPolicy",
        "repaymentPlan",
        "serviceChannels",
    }
)
"""Root fields of Query whose answers are the same for everybody."""
PAGES = ("first", "after")
SHARED_FIELDS = {
    "bulletin": frozenset({"id"}),
    "bulletins": frozenset({"category", *PAGES}),
    "developments": frozenset({"district", *PAGES}),
    "faqs": frozenset[str](),
    "interestRates": frozenset[str](),
    "outlets": frozenset({"district", *PAGES}),
    "privacyPolicy": frozenset[str](),
    "serviceChannels": frozenset[str](),
}
"""Those that caches which all share may keep, as long as no other arguments are given: a search, a place or the figures
of a loan are one person's question."""
PERSONAL_FIELDS = frozenset({"me"})
"""The others. A new field is in one of the two, by hand."""

CACHEABLE_FIELDS = frozenset(
    {
        "Query.bulletin",
        "Query.bulletins",
        "Query.developments",
        "Query.faqs",
        "Query.interestRates",
        "Query.outlets",
        "Query.serviceChannels",
        "Query.me",
        "Me.idNumber",
        "Me.phone",
        "Me.account",
        "Me.loans",
        "Account.contributions",
        "Account.withdrawals",
        "BankAccount.number",
        "Loan.repaymentAccount",
        "Loan.repayments",
    }
)
"""Fields with a resolver whose values say the same again for as long as the core's answers are fresh
(bff/cache/policy): whole answers made of these and of plain attributes are held."""
UNCACHEABLE_FIELDS = frozenset(
    {
        # By this machine's day, and for everybody's own figures.
        "Query.borrowingCapacity",
        "Query.combinedPlan",
        "Query.prepaymentPlan",
        "Query.privacyPolicy",
        "Query.repaymentPlan",
        # From the store, from facts read fresh, or on their way to change.
        "Me.application",
        "Me.applications",
        "Me.prepaymentQuote",
        "Me.privacyConsent",
        "Me.sessions",
        "Me.withdrawalQuote",
        "QuotedLoan.repaymentAccount",
    }
)
"""The others. A new field is in one of the two, by hand."""


@strawberry.type(description="Mutations (变更).")
class Mutation(SessionMutations, ApplicationMutations, ConsentMutations):
    """The mutation type."""


@strawberry.type(
    description="Subscriptions, over Server-Sent Events or a WebSocket (graphql-transport-ws), with the same "
    "answers (订阅)."
)
class Subscription(ApplicationSubscriptions):
    """The subscription type."""


@cache
def build_schema() -> strawberry.Schema:
    """Built once a process; `schema.graphql` is its text."""
    schema = strawberry.Schema(
        query=Query, mutation=Mutation, subscription=Subscription, config=StrawberryConfig(scalar_map=SCALARS)
    )
    failures.describe(schema)
    return schema
