"""What is no GraphQL request is refused with a 4xx that says why, and the next request is answered as ever."""

from __future__ import annotations

import gzip
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from bff.server import DocumentLimits
from tests.conftest import settings_for
from tests.graphql.small import client_of
from tests.support.raw import POST, connected, read_until
from tests.support.servers import Bff, Core, running_bff

JSON, GRAPHQL, EVENTS = "application/json", "application/graphql-response+json", "text/event-stream"
TYPENAME = b'{"query": "{ __typename }"}'


def post(bff: Bff, body: bytes, content_type: str = JSON, accept: str = JSON, token: str = "") -> Any:
    headers = {"Content-Type": content_type, "Accept": accept, "Authorization": f"Bearer {token or 'nobody'}"}
    return bff.client.post("/graphql", content=body, headers=headers)


@pytest.fixture(scope="module")
def token(bff: Bff) -> str:
    return bff.sign_in("13800000001")


ODD = {
    "nothing": b"",
    "null": b"null",
    "true": b"true",
    "a number": b"1",
    "a string": b'"{ __typename }"',
    "a list": b"[]",
    "a batch": b"[" + TYPENAME + b"," + TYPENAME + b"]",
    "no query": b"{}",
    "query null": b'{"query": null}',
    "query a number": b'{"query": 1}',
    "query a list": b'{"query": ["{ __typename }"]}',
    "query an object": b'{"query": {}}',
    "variables a list": b'{"query": "{ __typename }", "variables": []}',
    "variables a string": b'{"query": "{ __typename }", "variables": "{}"}',
    "variables a number": b'{"query": "{ __typename }", "variables": 0}',
    "operationName a number": b'{"query": "{ __typename }", "operationName": 1}',
    "operationName a list": b'{"query": "{ __typename }", "operationName": []}',
    "extensions a list": b'{"query": "{ __typename }", "extensions": [1]}',
    "extensions a string": b'{"query": "{ __typename }", "extensions": "x"}',
    "id a number": b'{"id": 1}',
    "documentId a list": b'{"documentId": []}',
    "persistedQuery a string": b'{"extensions": {"persistedQuery": "x"}}',
    "persistedQuery without a hash": b'{"extensions": {"persistedQuery": {"version": 1}}}',
    "persistedQuery of version 2": b'{"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "%s"}}}'
    % (b"a" * 64),
    "persistedQuery with no hash": b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "abc"}}}',
    "a byte order mark": b"\xef\xbb\xbf" + TYPENAME,
    "UTF-16": TYPENAME.decode().encode("utf-16"),
    "GBK": '{"query": "{ __typename } # 公积金"}'.encode("gbk"),
    "bad UTF-8": b'{"query": "{ __typename } # \xff"}',
    "half a surrogate": b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    "a bare surrogate": b'{"query": "{ __typename }", "variables": {"a": "\xed\xa0\x80"}}',
    "NaN": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    "Infinity": b'{"query": "{ __typename }", "variables": {"a": -Infinity}}',
    "single quotes": b"{'query': '{ __typename }'}",
    "a comma too many": b'{"query": "{ __typename }",}',
    "a control character": b'{"query": "{ __type\x00name }"}',
    "half of it": TYPENAME[:-3],
    "two of them": TYPENAME * 2,
    "100 000 open lists": b"[" * 100_000,
    "3000 nested lists": b'{"query": "{ __typename }", "variables": {"a": %s%s}}' % (b"[" * 3000, b"]" * 3000),
    "a number of 5000 digits": b'{"query": "{ __typename }", "variables": {"a": %s}}' % (b"9" * 5000),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "a form": b"query=%7B__typename%7D",
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_an_odd_body_is_the_clients_mistake(bff: Bff, body: bytes) -> None:
    answer = post(bff, body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert "data" not in answer.json()


FINE = {
    "duplicated keys: the last counts": b'{"query": "{ nonsense }", "query": "{ __typename }"}',
    "unknown keys": b'{"query": "{ __typename }", "more": [1]}',
    "nulls": b'{"query": "{ __typename }", "variables": null, "operationName": null, "extensions": null, "id": null}',
    "an empty operationName": b'{"query": "{ __typename }", "operationName": ""}',
    "variables that nobody declared": b'{"query": "{ __typename }", "variables": {"a": 1}}',
    "a whole surrogate pair": b'{"query": "{ __typename }", "variables": {"a": "\\ud83c\\udfe0"}}',
    "500 nested lists": b'{"query": "{ __typename }", "variables": {"a": %s%s}}' % (b"[" * 500, b"]" * 500),
    "Chinese": '{"query": "{ __typename } # 公积金"}'.encode(),
}


@pytest.mark.parametrize("body", FINE.values(), ids=FINE.keys())
def test_an_unusual_body_is_answered(bff: Bff, body: bytes) -> None:
    assert post(bff, body).json() == {"data": {"__typename": "Query"}}


VALUES = [
    "1e400", "9" * 400, "-0", "true", "[]", "{}", "[[[[[1]]]]]", '"\\u0000"', '"\\uffff"', '"1e999999999"', '"NaN"',
    '"' + "9" * 5000 + '"', '{"a": {"b": 1}}', "1.5", '""', '"９９"', "[null]",
]  # fmt: skip


USES = {
    "Int": "query ($v: Int) { me { account { contributions(first: $v) { totalCount } } } }",
    "String": "query ($v: String) { me { account { contributions(after: $v) { totalCount } } } }",
    "Date": "query ($v: Date) { me { account { contributions(from: $v) { totalCount } } } }",
    "ID": "query ($v: ID!) { me { application(id: $v) { id } } }",
    "Money": "query ($v: Money) { me { prepaymentQuote(amount: $v) { eligible } } }",
    "Boolean": "query ($v: Boolean!) { me @include(if: $v) { name } __typename }",
    "input": "mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }",
    "part": "mutation ($v: String!) { signIn(input: {username: $v, loginPassword: $v}) { userErrors { code } } }",
}


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
@pytest.mark.parametrize("kind", USES)
def test_an_odd_value_of_a_variable_is_answered(bff: Bff, token: str, kind: str, value: str) -> None:
    answer = post(bff, f'{{"query": "{USES[kind]}", "variables": {{"v": {value}}}}}'.encode(), token=token)
    assert answer.status_code in (200, 400)
    assert "GRAPHQL_VALIDATION_FAILED" not in answer.text
    assert "INTERNAL_ERROR" not in answer.text


def test_a_body_that_is_too_large_is_refused(bff: Bff) -> None:
    answer = post(bff, b'{"query": "%s"}' % (b"#" * 1_000_000))
    assert answer.status_code == 413
    assert "131072 bytes" in answer.json()["errors"][0]["message"]


def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(bff: Bff) -> None:
    chunks = (b"#" * 10_000 for _ in range(100))
    answer = bff.client.post("/graphql", content=chunks, headers={"Content-Type": JSON})
    assert answer.status_code == 413


def test_a_body_that_drips_is_given_up(core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(core, tmp_path, request_timeout=0.3)) as bff, connection_to(bff) as drip:
        drip.sendall(head(len(TYPENAME)) + TYPENAME[:5])
        begun = time.monotonic()
        assert drip.recv(100).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - begun < 30


def test_a_client_that_leaves_in_the_middle_of_its_body_hurts_nobody(
    bff: Bff, caplog: pytest.LogCaptureFixture
) -> None:
    with connection_to(bff) as leaving:
        leaving.sendall(head(len(TYPENAME)) + TYPENAME[:5])
    assert post(bff, TYPENAME).status_code == 200
    assert "Exception" not in caplog.text


def connection_to(bff: Bff) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(bff.url.rsplit(":", 1)[1])), timeout=20)


def head(length: int, more: str = "") -> bytes:
    lines = ["POST /graphql HTTP/1.1", "Host: here", f"Content-Type: {JSON}", f"Content-Length: {length}"]
    return ("\r\n".join(lines) + f"\r\n{more}\r\n").encode()


# ----- media types ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
        "text/plain,application/json",
        "application/jsonfoo",
        "application/graphql",
        "application/json; charset=gbk",
        "",
    ],
)
def test_only_json_runs_so_no_foreign_page_can_send_it(bff: Bff, content_type: str) -> None:
    answer = post(bff, TYPENAME, content_type)
    assert answer.status_code == 415
    assert "data" not in answer.json()


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", "identity, gzip", "nonsense", "GZIP"])
@pytest.mark.parametrize("body", [TYPENAME, gzip.compress(TYPENAME)], ids=["plain", "compressed"])
def test_a_body_that_claims_to_be_compressed_is_refused_with_the_reason(bff: Bff, coding: str, body: bytes) -> None:
    answer = bff.client.post("/graphql", content=body, headers={"Content-Type": JSON, "Content-Encoding": coding})
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    (error,) = answer.json()["errors"]
    assert error["message"].startswith(f"The body is read as it is, not as Content-Encoding '{coding.lower()}'")


@pytest.mark.parametrize("coding", ["", "identity", "Identity"])
def test_a_body_may_say_that_it_is_plain(bff: Bff, coding: str) -> None:
    answer = bff.client.post("/graphql", content=TYPENAME, headers={"Content-Type": JSON, "Content-Encoding": coding})
    assert answer.json() == {"data": {"__typename": "Query"}}


def test_a_body_that_is_compressed_on_its_way_is_refused_with_the_reason(bff: Bff) -> None:
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(TYPENAME), TYPENAME)
    with connected(bff) as client:
        client.sendall(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked)
        answer = read_until(client, b"]}")
    assert answer.startswith(b"HTTP/1.1 415 ")
    assert b"and not transferred as 'gzip, chunked'" in answer


def test_a_415_says_what_is_taken(bff: Bff) -> None:
    assert post(bff, TYPENAME, "text/plain").headers["accept-post"] == JSON


@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", 'APPLICATION/JSON; charset="utf8"'])
def test_json_may_be_spelled_as_media_types_may(bff: Bff, content_type: str) -> None:
    assert post(bff, TYPENAME, content_type).status_code == 200


@pytest.mark.parametrize(
    ("accept", "got"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        (GRAPHQL, GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL}; charset=utf-8, */*;q=0.1", GRAPHQL),
        (f"text/html, {JSON};q=0.2", JSON),
    ],
)
def test_the_answer_is_of_the_type_that_the_client_likes_best(bff: Bff, accept: str, got: str) -> None:
    answer = post(bff, TYPENAME, accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{got}; charset=utf-8")
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", f"{JSON};q=0", f"{JSON};q=x"])
def test_nobody_is_answered_in_a_type_that_they_do_not_take(bff: Bff, accept: str) -> None:
    assert post(bff, TYPENAME, accept=accept).status_code == 406


def test_a_refusal_of_the_document_is_400_in_the_newer_type_and_200_in_the_older(bff: Bff) -> None:
    wrong = b'{"query": "{ nonsense }"}'
    assert [post(bff, wrong, accept=accept).status_code for accept in (JSON, GRAPHQL)] == [200, 400]


def test_a_refusal_is_json_also_when_a_stream_was_asked_for(bff: Bff) -> None:
    answer = post(bff, b'{"query": "{ nonsense }"}', accept=EVENTS)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json; charset=utf-8")
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


# ----- methods --------------------------------------------------------------------------------------------------

MUTATION = "mutation { signOut { userErrors { code } } }"


def test_a_query_may_come_by_get(bff: Bff) -> None:
    asked = {"query": "query A { __typename } query B { b: __typename }", "operationName": "B", "variables": "{}"}
    assert bff.client.get("/graphql", params=asked).json() == {"data": {"b": "Query"}}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, EVENTS])
def test_a_mutation_by_get_is_405(bff: Bff, accept: str) -> None:
    answer = bff.client.get("/graphql", params={"query": MUTATION}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_mutation_by_head_is_405(bff: Bff) -> None:
    assert bff.client.head("/graphql", params={"query": MUTATION}).status_code == 405


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(bff: Bff, method: str) -> None:
    assert bff.client.request(method, "/graphql", content=TYPENAME).status_code == 405


def test_a_subscription_without_a_stream_is_406(bff: Bff) -> None:
    answer = post(bff, b'{"query": "subscription { applicationProgress(id: \\"1\\") { id } }"}')
    assert answer.status_code == 406


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"query": ""},
        {"query": "{ __typename }", "variables": "{"},
        {"query": "{ __typename }", "variables": "[]"},
        {"query": "{ __typename }", "variables": "🏠"},
        {"query": "{ __typename }", "extensions": "1"},
        {"query": "{"},
        {"query": "{ __typename }", "operationName": "Nobody"},
    ],
)
def test_an_odd_url_is_the_clients_mistake(bff: Bff, asked: dict[str, str]) -> None:
    answer = bff.client.get("/graphql", params=asked, headers={"Accept": GRAPHQL})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]


def test_bytes_that_are_no_utf8_in_a_url_are_answered(bff: Bff) -> None:
    assert bff.client.get("/graphql?query=%7B__typename%7D&variables=%ff").status_code == 400


def test_a_request_id_of_the_clients_comes_back_if_it_can_stand_in_a_log(bff: Bff) -> None:
    for given, same in (("req-1.a_B", True), ("x" * 65, False), ("a b", False), ("", False)):
        headers = {"Content-Type": JSON, "X-Request-ID": given}
        answer = bff.client.post("/graphql", content=TYPENAME, headers=headers)
        assert (answer.headers["x-request-id"] == given) is same


# ----- answers --------------------------------------------------------------------------------------------------


def test_an_answer_has_so_many_bytes_at_most() -> None:
    answer = (
        client_of(limits=DocumentLimits(answer_bytes=30))
        .post("/graphql", json={"query": "{ rate other: rate }"})
        .json()
    )
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"] == {
        "code": "OPERATION_TOO_LARGE",
        "limit": "answer_bytes",
        "allowed": 30,
    }


def test_a_mutation_that_was_done_is_answered_whatever_its_size() -> None:
    client = client_of(limits=DocumentLimits(answer_bytes=10))
    assert client.post("/graphql", json={"query": "mutation { rate }"}).json() == {"data": {"rate": "3.10"}}
