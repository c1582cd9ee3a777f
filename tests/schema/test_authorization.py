"""Nobody sees what is not theirs: every field that decides something is asked by everybody, and a field that this page
does not know fails the test."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_required_argument,
)

from tests.conftest import settings_for
from tests.support.servers import ROOT, Bff, Core, running_bff

ANYONE, SIGNED_IN, UNLOCKED = "anyone", "signed in", "unlocked"
RULES = {
    "Query.me": SIGNED_IN,
    "Query.bulletins": ANYONE,
    "Query.privacyPolicy": ANYONE,
    "Query.bulletin": ANYONE,
    "Query.serviceChannels": ANYONE,
    "Query.interestRates": ANYONE,
    "Query.outlets": ANYONE,
    "Query.developments": ANYONE,
    "Query.faqs": ANYONE,
    "Query.repaymentPlan": ANYONE,
    "Query.combinedPlan": ANYONE,
    "Query.prepaymentPlan": ANYONE,
    "Query.borrowingCapacity": ANYONE,
    "Me.name": SIGNED_IN,
    "Me.idNumber": SIGNED_IN,
    "Me.phone": SIGNED_IN,
    "Me.sessions": SIGNED_IN,
    "Me.privacyConsent": SIGNED_IN,
    "Me.account": UNLOCKED,
    "Me.loans": UNLOCKED,
    "Me.withdrawalQuote": UNLOCKED,
    "Me.prepaymentQuote": UNLOCKED,
    "Me.applications": UNLOCKED,
    "Me.application": UNLOCKED,
    "Me.idNumber(reveal: true)": UNLOCKED,
    "Me.phone(reveal: true)": UNLOCKED,
    "Mutation.requestSmsCode": ANYONE,
    "Mutation.register": ANYONE,
    "Mutation.signIn": ANYONE,
    "Mutation.refreshSession": ANYONE,
    "Mutation.resetPassword": ANYONE,
    "Mutation.unlock": SIGNED_IN,
    "Mutation.signOut": SIGNED_IN,
    "Mutation.endSession": SIGNED_IN,
    "Mutation.changePassword": SIGNED_IN,
    "Mutation.givePrivacyConsent": SIGNED_IN,
    "Subscription.applicationProgress": UNLOCKED,
}
"""The rule of each field. What hangs below a field of `Me` is reached through it only, and has its rule."""
APPLICATIONS = "Mutation.apply"
"""Whatever begins so needs an unlocked session."""
PERSONAL = (
    "Me",
    "Account",
    "Loan",
    "Application",
    "WithdrawalQuote",
    "PrepaymentQuote",
    "SignedInSession",
    "PrivacyConsent",
)
"""Types that are a member's own: nothing but `Me` may lead to them."""


@cache
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


def rule_of(coordinate: str) -> str | None:
    return UNLOCKED if coordinate.startswith(APPLICATIONS) else RULES.get(coordinate)


def coordinates() -> list[str]:
    """Every field of the roots and of `Me`, and once more revealed where it can be."""
    found = []
    for name in ("Query", "Me", "Mutation", "Subscription"):
        for field, definition in type_named(name).fields.items():
            found.append(f"{name}.{field}")
            if "reveal" in definition.args:
                found.append(f"{name}.{field}(reveal: true)")
    return found


def type_named(name: str) -> GraphQLObjectType:
    found = schema().type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def document(coordinate: str) -> str:
    """A request for the field with the least that it takes."""
    owner, _, rest = coordinate.partition(".")
    name, _, revealed = rest.partition("(")
    definition = type_named(owner).fields[name]
    arguments = ", ".join(
        f"{argument}: {literal(each.type)}" for argument, each in definition.args.items() if is_required_argument(each)
    )
    asked = name + (f"({revealed}" if revealed else f"({arguments})" if arguments else "") + selection(definition)
    return {
        "Query": f"{{ {asked} }}",
        "Me": f"{{ me {{ {asked} }} }}",
        "Mutation": f"mutation {{ {asked} }}",
        "Subscription": f"subscription {{ {asked} }}",
    }[owner]


def selection(definition: GraphQLField) -> str:
    named = get_named_type(definition.type)
    return " { __typename }" if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) else ""


def literal(kind: Any) -> str:
    """A value that the type takes, right or wrong for the business."""
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{literal(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        return "{" + ", ".join(f"{name}: {literal(each.type)}" for name, each in kind.fields.items()) + "}"
    samples = {"Int": "1", "Float": "1.5", "Boolean": "true", "Money": '"1.00"', "Rate": '"3.25"'}
    samples |= {"Date": '"2018-10-25"', "Month": '"2018-10"', "DateTime": '"2018-10-25T00:00:00Z"'}
    return samples.get(kind.name, '"1"')


def codes(bff: Bff, coordinate: str, token: str | None) -> set[str]:
    """The error codes of an answer, streamed or not."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if not coordinate.startswith("Subscription"):
        answer = bff.execute(document(coordinate), token=token)
        return {error["extensions"]["code"] for error in answer.get("errors", ())}
    headers["Accept"] = "text/event-stream"
    with bff.client.stream("POST", "/graphql", json={"query": document(coordinate)}, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                return {error["extensions"]["code"] for error in json.loads(line[6:]).get("errors", ())}
    return set()


DENIED = {"UNAUTHENTICATED", "QUERY_PASSWORD_REQUIRED"}


@pytest.fixture(scope="module")
def guarded(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    with running_bff(settings_for(core, folder)) as bff:
        yield bff


@pytest.mark.parametrize("coordinate", coordinates())
def test_every_field_has_a_rule(coordinate: str) -> None:
    assert rule_of(coordinate) in (ANYONE, SIGNED_IN, UNLOCKED)


@pytest.mark.parametrize("coordinate", coordinates())
def test_a_stranger_gets_what_is_for_anyone(guarded: Bff, coordinate: str) -> None:
    expected = set() if rule_of(coordinate) == ANYONE else {"UNAUTHENTICATED"}
    assert codes(guarded, coordinate, None) & DENIED == expected


@pytest.mark.parametrize("coordinate", coordinates())
def test_a_wrong_token_is_no_token(guarded: Bff, coordinate: str) -> None:
    expected = set() if rule_of(coordinate) == ANYONE else {"UNAUTHENTICATED"}
    assert codes(guarded, coordinate, "x" * 43) & DENIED == expected


@pytest.mark.parametrize("coordinate", coordinates())
def test_a_locked_session_gets_what_is_for_the_signed_in(guarded: Bff, coordinate: str) -> None:
    token = session_for(guarded, coordinate, unlocked=False)
    expected = {"QUERY_PASSWORD_REQUIRED"} if rule_of(coordinate) == UNLOCKED else set()
    assert codes(guarded, coordinate, token) & DENIED == expected


@pytest.mark.parametrize("coordinate", coordinates())
def test_an_unlocked_session_gets_all(guarded: Bff, coordinate: str) -> None:
    assert codes(guarded, coordinate, session_for(guarded, coordinate, unlocked=True)) & DENIED == set()


def session_for(bff: Bff, coordinate: str, *, unlocked: bool) -> str:
    """One for all, but of its own for what ends a session."""
    key = f"{coordinate}{unlocked}" if coordinate == "Mutation.signOut" else str(unlocked)
    if key not in bff.tokens:
        bff.tokens[key] = bff.sign_in("13800000001", unlocked=unlocked)
    return bff.tokens[key]


def leading_to(name: str) -> set[str]:
    return {
        f"{owner}.{field}"
        for owner, kind in schema().type_map.items()
        if isinstance(kind, GraphQLObjectType) and not owner.startswith("__")
        for field, definition in kind.fields.items()
        if getattr(get_named_type(definition.type), "name", "") == name
    }


def test_a_member_s_own_types_are_reached_through_the_member_only() -> None:
    roads = {name: leading_to(name) for name in PERSONAL}
    assert roads["Me"] == {"Query.me"}
    allowed = ("Me.", "ApplicationEdge.", "ApplyPayload.", "Subscription.applicationProgress")
    below = ("Account.", "Loan.", "Application.", "WithdrawalQuote.", "PrepaymentQuote.", "Mutation.apply")
    strays = {
        road
        for name in PERSONAL[1:]
        for road in roads[name]
        if not road.startswith((*allowed, *below)) and not road.split(".")[0].endswith(("Payload", "Edge"))
    }
    assert strays == set()


# ----- other people's things --------------------------------------------------------------------------------------


def test_somebody_else_s_application_is_like_one_that_does_not_exist(fresh_bff: Bff) -> None:
    mine, theirs = fresh_bff.sign_in("13800000001"), fresh_bff.sign_in("13800000002")
    asked = {"idempotencyKey": "key-of-mine", "expectedAmount": "1500.00"}
    made = fresh_bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, mine)
    application_id = made["applyPropertyFeeWithdrawal"]["application"]["id"]
    assert fresh_bff.data("ApplicationRecord", {"id": application_id}, mine)["me"]["application"] is not None
    unknown = fresh_bff.execute("ApplicationRecord", {"id": "0" * 32}, theirs)
    assert fresh_bff.execute("ApplicationRecord", {"id": application_id}, theirs) == unknown
    assert unknown["data"]["me"]["application"] is None
    listed = fresh_bff.data("ApplicationRecords", {"after": None}, theirs)["me"]["applications"]
    assert listed["totalCount"] == 0


def test_somebody_else_s_cursor_shows_one_s_own_rows_only(fresh_bff: Bff, fresh_core: Core) -> None:
    mine, theirs = fresh_bff.sign_in("13800000001"), fresh_bff.sign_in("13800000002")
    my_page = fresh_bff.data("ContributionDetails", {"first": 3}, mine)["me"]["account"]["contributions"]
    asked = {"first": 100, "after": my_page["pageInfo"]["endCursor"]}
    shown = fresh_bff.data("ContributionDetails", asked, theirs)["me"]["account"]["contributions"]["edges"]
    query = "SELECT YWLSH FROM account_detail JOIN person USING (GRZH) WHERE SJHM = '13800000002'"
    with closing(sqlite3.connect(fresh_core.book)) as db:
        own = {row[0] for row in db.execute(query)}
    assert shown
    assert {edge["node"]["id"] for edge in shown} <= own


def test_somebody_else_s_key_is_nobody_s(fresh_bff: Bff) -> None:
    mine, theirs = fresh_bff.sign_in("13800000001"), fresh_bff.sign_in("13800000003")
    made = []
    for token in (mine, theirs):
        asked = {"idempotencyKey": "the same key", "expectedAmount": "1500.00"}
        made.append(fresh_bff.data("ApplyPropertyFeeWithdrawal", {"input": asked}, token))
    ids = {each["applyPropertyFeeWithdrawal"]["application"]["id"] for each in made}
    assert len(ids) == 2
