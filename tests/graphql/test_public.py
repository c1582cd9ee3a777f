"""What caches along the way may keep: answers to persisted documents by GET that are the same for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import get_named_type, is_abstract_type
from starlette.testclient import TestClient

from bff.schema import CACHEABLE_FIELDS, PERSONAL_FIELDS, PUBLIC_FIELDS, SHARED_FIELDS, UNCACHEABLE_FIELDS, build_schema
from bff.server import Engine, GraphQLOptions
from bff.server.cacheability import CacheScope
from bff.server.compiled_selections import plain_attribute
from bff.server.engine import GraphQLRequest
from bff.server.persisted_documents import sha256
from tests.graphql.small import client_of
from tests.support.servers import OPERATIONS, Bff

DOCUMENTS = {
    "rate": "query ($year: Int) { rate(year: $year) }",
    "typename": "{ __typename rate }",
    "fragment": "{ ...f ...f } fragment f on Query { ... { a: rate } }",
    "default": "query ($year: Int = 2012) { rate(year: $year) }",
    "literal": "{ rate(year: 2012) }",
    "spread": "{ rate ...f } fragment f on Query { ... { a: rate(year: 2012) } }",
    "me": "{ me }",
    "both": "{ rate me }",
    "hidden": "{ rate ...f } fragment f on Query { ... { b: me } }",
    "alias": "{ rate: me }",
    "caller": "{ caller }",
    "broken": "{ broken }",
    "old": "{ old }",
    "coerced": "query ($year: Int!) { rate(year: $year) }",
    "subscription": "subscription { ticks }",
    "introspection": "{ __schema { queryType { name } } }",
}


@pytest.fixture
def client() -> TestClient:
    return client_of(documents=DOCUMENTS, public_max_age=90, development=True)


def get(client: TestClient, document_id: str, headers: Any = None, **params: str) -> Any:
    return client.get("/graphql", params={"id": document_id, **params}, headers=headers)


@pytest.mark.parametrize("document_id", ["rate", "typename", "fragment"])
def test_a_public_answer_may_be_kept_for_a_while(client: TestClient, document_id: str) -> None:
    answer = get(client, document_id)
    assert answer.headers["cache-control"] == "public, max-age=90"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["vary"] == "Accept, Origin"


@pytest.mark.parametrize(
    ("document_id", "variables", "whose"),
    [
        ("rate", {}, "public"),
        ("rate", {"year": 2012}, "private"),
        ("default", {}, "private"),
        ("literal", {}, "private"),
        ("spread", {}, "private"),
    ],
)
def test_what_anybody_can_make_up_without_end_stays_out_of_caches_that_all_share(
    client: TestClient, document_id: str, variables: Any, whose: str
) -> None:
    answer = get(client, document_id, variables=json.dumps(variables))
    assert "errors" not in answer.json()
    assert answer.headers["cache-control"] == f"{whose}, max-age=90"


@pytest.mark.parametrize("document_id", ["me", "both", "hidden", "alias", "introspection"])
def test_anything_personal_in_it_keeps_an_answer_out_of_caches(client: TestClient, document_id: str) -> None:
    answer = get(client, document_id)
    assert "data" in answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_a_public_field_that_knew_its_caller_would_be_told_nobody(client: TestClient) -> None:
    headers = {"Authorization": "Bearer abc", "Cookie": "a=b"}
    assert get(client, "caller", headers).json() == {"data": {"caller": "nobody"}}


@pytest.mark.parametrize("document_id", ["broken", "coerced", "nobody"])
def test_errors_are_not_kept(client: TestClient, document_id: str) -> None:
    answer = get(client, document_id)
    assert answer.json()["errors"]
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_old_already_is_not_kept_any_longer(client: TestClient) -> None:
    answer = get(client, "old")
    assert answer.json() == {"data": {"old": "3.25"}, "extensions": {"staleness": {"QueryRates": 600}}}
    assert answer.headers["cache-control"] == "no-store"


def test_a_document_by_its_text_is_not_kept(client: TestClient) -> None:
    assert client.get("/graphql", params={"query": "{ rate }"}).headers["cache-control"] == "no-store"


def test_an_answer_to_a_post_is_not_kept(client: TestClient) -> None:
    assert client.post("/graphql", json={"id": "rate"}).headers["cache-control"] == "no-store"


def test_a_stream_is_not_kept(client: TestClient) -> None:
    headers = {"Accept": "text/event-stream"}
    assert get(client, "subscription", headers).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("pattern", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_answer_hears_so_without_it(client: TestClient, pattern: str) -> None:
    etag = get(client, "rate").headers["etag"]
    answer = get(client, "rate", {"If-None-Match": pattern.format(etag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert (answer.headers["etag"], answer.headers["cache-control"]) == (etag, "public, max-age=90")


def test_other_answers_have_other_tags(client: TestClient) -> None:
    tags = {
        get(client, "rate").headers["etag"],
        get(client, "rate", variables='{"year": 2012}').headers["etag"],
        get(client, "rate", {"Accept": "application/graphql-response+json"}).headers["etag"],
    }
    assert len(tags) == 3


def test_an_old_tag_brings_the_new_answer(client: TestClient) -> None:
    answer = get(client, "rate", {"If-None-Match": get(client, "typename").headers["etag"]})
    assert (answer.status_code, answer.json()) == (200, {"data": {"rate": "3.25 since 2018"}})


def test_a_personal_answer_is_sent_whatever_the_client_claims_to_have(client: TestClient) -> None:
    assert get(client, "me", {"If-None-Match": "*"}).status_code == 200


# ----- our own schema -------------------------------------------------------------------------------------------


def test_every_field_is_declared_public_or_personal() -> None:
    query = build_schema()._schema.query_type
    assert query is not None
    assert set(query.fields) == PUBLIC_FIELDS | PERSONAL_FIELDS
    assert PUBLIC_FIELDS.isdisjoint(PERSONAL_FIELDS)


def test_caches_that_all_share_get_no_calculators_searches_or_places() -> None:
    query = build_schema()._schema.query_type
    assert query is not None
    assert SHARED_FIELDS.keys() <= PUBLIC_FIELDS
    kept_out = {(field, name) for field in PUBLIC_FIELDS for name in query.fields[field].args}
    kept_out -= {(field, name) for field, names in SHARED_FIELDS.items() for name in names}
    searches = {("bulletins", "search"), ("developments", "search"), ("faqs", "search"), ("outlets", "search")}
    assert kept_out == {("outlets", "near"), ("interestRates", "on"), *searches} | {
        (field, "input") for field in PUBLIC_FIELDS - SHARED_FIELDS.keys()
    }


def resolved_fields() -> set[str]:
    """Below Query, those that do more than read an attribute."""
    schema = build_schema()._schema
    found, seen, todo = set(), set(), [schema.query_type]
    while todo:
        type_ = todo.pop()
        if type_ is None or type_.name in seen:
            continue
        seen.add(type_.name)
        for name, definition in getattr(type_, "fields", {}).items():
            if plain_attribute(definition) is None:
                found.add(f"{type_.name}.{name}")
            todo.append(get_named_type(definition.type))
        if is_abstract_type(type_):
            todo += schema.get_possible_types(type_)
    return found


def test_every_field_with_a_resolver_is_declared_held_or_never_held() -> None:
    assert resolved_fields() == CACHEABLE_FIELDS | UNCACHEABLE_FIELDS
    assert CACHEABLE_FIELDS.isdisjoint(UNCACHEABLE_FIELDS)


@pytest.mark.parametrize(
    ("query", "whose"),
    [
        ("{ faqs { question } }", CacheScope.PUBLIC),
        ("{ ...f } fragment f on Query { a: faqs { question } ... { bulletins { totalCount } } }", CacheScope.PUBLIC),
        ("{ me { name account { balance { total } } } }", CacheScope.PRIVATE),
        ("{ faqs { question } ...f } fragment f on Query { me { name } }", CacheScope.PRIVATE),
        ("{ faqs { question } me { sessions { id } } }", CacheScope.NONE),
        ("{ me { ...f } } fragment f on Me { ... on Me { x: applications { totalCount } } }", CacheScope.NONE),
        ("query ($r: Boolean!) { me { phone(reveal: $r) } }", CacheScope.NONE),
        ("query ($s: Boolean!) { me { name sessions @include(if: $s) { id } } }", CacheScope.NONE),
        ('{ me { name } __type(name: "Me") { name } }', CacheScope.NONE),
        ("mutation { signOut { userErrors { code } } }", CacheScope.NONE),
        ('subscription { applicationProgress(id: "1") { __typename } }', CacheScope.NONE),
    ],
)
def test_a_document_is_held_only_when_every_field_in_it_is(query: str, whose: CacheScope) -> None:
    options = GraphQLOptions(True, public_fields=PUBLIC_FIELDS, cacheable_fields=CACHEABLE_FIELDS)
    engine = Engine.of(build_schema(), options)
    assert engine.prepare(GraphQLRequest(query)).cache_scope is whose


PUBLIC_OPERATIONS: dict[str, Any] = {
    "Bulletins": {"first": 3},
    "ServiceChannels": {},
    "InterestRates": {},
    "Outlets": {"first": 3},
    "Developments": {"first": 3},
    "Faqs": {"search": None},
}


@pytest.mark.parametrize("name", PUBLIC_OPERATIONS)
def test_the_apps_information_may_be_kept_and_asked_for_again(bff: Bff, name: str) -> None:
    text = OPERATIONS[name]
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}
    bff.client.post("/graphql", json={"query": text, "extensions": persisted})
    asked = {"extensions": json.dumps(persisted), "variables": json.dumps(PUBLIC_OPERATIONS[name])}
    first = bff.client.get("/graphql", params=asked)
    assert "errors" not in first.json()
    assert first.headers["cache-control"] == "public, max-age=60"
    again = bff.client.get("/graphql", params=asked, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
