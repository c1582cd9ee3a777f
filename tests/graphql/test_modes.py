"""What development shows and a server in earnest does not; what an error may say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import get_introspection_query
from starlette.testclient import TestClient

from bff.app import create_app
from bff.settings import Settings
from tests.graphql.small import client_of
from tests.servers import Core


@pytest.fixture(scope="module")
def earnest(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """As `bff serve` runs without any setting but the core's address."""
    with TestClient(create_app(Settings(core_url=core.url, data_dir=tmp_path_factory.mktemp("earnest")))) as client:
        yield client


@pytest.fixture(scope="module")
def development(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(core_url=core.url, data_dir=tmp_path_factory.mktemp("development"), development=True)
    with TestClient(create_app(settings)) as client:
        yield client


def ask(client: TestClient, query: str, **variables: Any) -> Any:
    return client.post("/graphql", json={"query": query, "variables": variables}).json()


@pytest.mark.parametrize("query", [get_introspection_query(), '{ __type(name: "Me") { name } }'])
def test_introspection_is_off(earnest: TestClient, query: str) -> None:
    answer = ask(earnest, query)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
    assert "data" not in answer


def test_introspection_is_there_in_development(development: TestClient) -> None:
    assert ask(development, get_introspection_query())["data"]["__schema"]["queryType"]["name"] == "Query"


def test_typename_is_always_there(earnest: TestClient) -> None:
    assert ask(earnest, "{ __typename }") == {"data": {"__typename": "Query"}}


MISTAKES: list[tuple[str, dict[str, Any]]] = [
    ("{ me { nam } }", {}),
    ("{ me { account { contributions(fist: 1) { totalCount } } } }", {}),
    ("{ mee { name } }", {}),
    ("query ($v: WithdrawalKin!) { me { withdrawalQuote(kind: $v) { eligible } } }", {}),
    ("{ me { withdrawalQuote(kind: RENTT) { eligible } } }", {}),
    ("query ($v: WithdrawalKind!) { me { withdrawalQuote(kind: $v) { eligible } } }", {"v": "RENTT"}),
    ("mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }", {"v": {"usernam": "1"}}),
    ("{ me { ...Naming } } fragment Naming on Mee { name }", {}),
]


@pytest.mark.parametrize(("query", "variables"), MISTAKES)
def test_a_mistake_is_answered_without_naming_what_was_not_asked_for(
    earnest: TestClient, query: str, variables: dict[str, Any]
) -> None:
    messages = [error["message"] for error in ask(earnest, query, **variables)["errors"]]
    assert messages
    assert not any("Did you mean" in message for message in messages)


def test_a_mistake_is_answered_with_a_suggestion_in_development(development: TestClient) -> None:
    found = [ask(development, query, **variables)["errors"][0]["message"] for query, variables in MISTAKES[:6]]
    assert [message for message in found if "Did you mean" not in message] == []


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/config.json"])
def test_graphiql_is_off(earnest: TestClient, path: str) -> None:
    assert earnest.get(path).status_code == 404


def test_graphiql_is_there_in_development_and_signs_nobody_in(development: TestClient) -> None:
    assert development.get("/graphiql/config.json").json()["people"] == []


# ----- errors that are nobody's business ------------------------------------------------------------------------


def test_what_broke_inside_is_masked_and_can_be_found_by_its_id() -> None:
    answer = client_of().post("/graphql", json={"query": "{ broken }"}, headers={"X-Request-ID": "r-1"})
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL_ERROR", "requestId": "r-1"}
    assert "secret" not in answer.text


def test_a_caller_who_cannot_be_told_for_our_own_fault_is_answered_all_the_same() -> None:
    headers = {"Authorization": "broken", "X-Request-ID": "r-2"}
    answer = client_of().post("/graphql", json={"query": "{ rate }"}, headers=headers)
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL_ERROR", "requestId": "r-2"}
    assert (answer.status_code, answer.json()["data"]) == (200, None)


def test_a_stream_is_answered_likewise() -> None:
    headers = {"Authorization": "broken", "Accept": "text/event-stream"}
    answer = client_of().post("/graphql", json={"query": "subscription { ticks }"}, headers=headers)
    assert '"code":"INTERNAL_ERROR"' in answer.text
    assert answer.text.endswith("event: complete\ndata:\n\n")
