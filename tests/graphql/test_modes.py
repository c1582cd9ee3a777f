"""What development shows and a server in earnest does not; what an error may say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import get_introspection_query
from starlette.testclient import TestClient

from bff.app import create_app
from bff.server.error_formatting import WITHOUT_DETAILS, WRONG_INPUT
from bff.settings import Settings
from tests.conftest import settings_for
from tests.graphql.shapes import family
from tests.graphql.small import client_of
from tests.support.servers import Core


@pytest.fixture(scope="module")
def earnest(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """As `bff serve` runs, for as many mistakes as it takes."""
    settings = settings_for(core, tmp_path_factory.mktemp("earnest"), development=False)
    with TestClient(create_app(settings)) as client:
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
    (error,) = ask(earnest, query, **variables)["errors"]
    assert error["message"] == WITHOUT_DETAILS[error["extensions"]["code"]]
    assert error.keys() == {"message", "locations", "extensions"}


REQUIRED = "mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }"
MONEY = "query ($v: Money) { me { prepaymentQuote(amount: $v) { eligible } } }"
AMOUNT = '金额须为不带符号、最多两位小数的数字字符串，如 "2126.00"。'


def test_a_missing_field_of_an_input_is_not_named(earnest: TestClient, development: TestClient) -> None:
    (error,) = ask(earnest, REQUIRED, v={})["errors"]
    assert (error["message"], error["extensions"]) == (WRONG_INPUT, {"code": "BAD_USER_INPUT"})
    assert "required field 'username'" in ask(development, REQUIRED, v={})["errors"][0]["message"]


def test_a_null_where_none_may_be_is_not_explained_while_it_runs(earnest: TestClient) -> None:
    query = "query ($v: Boolean) { rates: interestRates @include(if: $v) { effectiveFrom } __typename }"
    (error,) = ask(earnest, query, v=None)["errors"]
    assert error["message"] in WITHOUT_DETAILS.values()


@pytest.mark.parametrize("query", [MONEY, "{ me { prepaymentQuote(amount: 12.5) { eligible } } }"])
def test_an_amount_that_is_no_text_is_the_clients_mistake(earnest: TestClient, query: str) -> None:
    (error,) = ask(earnest, query, v=12.5)["errors"]
    assert error["message"] == AMOUNT


@pytest.mark.parametrize("which", ["by hand", "mistakes", "values", "variables"])
def test_no_mistake_is_told_with_a_word_of_the_schema(earnest: TestClient, which: str) -> None:
    headers = {"Content-Type": "application/json"}
    said = set()
    for shape in family(which).values():
        for error in earnest.post("/graphql", content=shape.body(), headers=headers).json().get("errors", []):
            said.add((error["extensions"]["code"], error["message"]))
    schema = {message for code, message in said if code in WITHOUT_DETAILS and message[0] < "\u4e00"}
    assert schema <= set(WITHOUT_DETAILS.values())


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
