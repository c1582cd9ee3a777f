"""Bytes and refusals of one network, counted before anything is parsed; the members behind one address pass."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from bff.schema import build_schema
from bff.security.network_rate_limiter import NetworkLimit
from bff.security.operation_rate_limiter import Buckets, OperationRateLimiter
from bff.server import Engine, GraphQLOptions
from bff.server.admission import Unlimited
from bff.server.engine import GraphQLRequest, PreparedOperation
from bff.server.persisted_documents import PersistedDocuments
from bff.settings import Settings
from tests.conftest import settings_for
from tests.graphql.small import client_of
from tests.support.servers import OPERATIONS, Bff, Core, running_bff

BYTES, REFUSALS = 20_000, 5
MEMBERS = 2000
GATEWAY = HTTPConnection({"type": "http", "headers": [], "client": ("198.51.100.1", 1), "query_string": b""})


@pytest.fixture(scope="module")
def limited(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    limits = {"network_bytes_a_minute": BYTES, "network_refusals_a_minute": REFUSALS, "trusted_proxies": "127.0.0.1"}
    with running_bff(settings_for(core, tmp_path_factory.mktemp("limited"), **limits)) as bff:
        yield bff


def post(bff: Bff, address: str, query: str = "{ __typename }", **more: Any) -> httpx2.Response:
    headers = {"X-Forwarded-For": address, **more.pop("headers", {})}
    return bff.client.post("/graphql", json={"query": query, **more}, headers=headers)


def metric(bff: Bff, limit: str) -> float:
    return bff.services.metrics.registry.get_sample_value("bff_limited_total", {"limit": limit}) or 0.0


def exhaust_refusals(bff: Bff, address: str) -> None:
    for number in range(REFUSALS):
        assert "errors" in post(bff, address, f"{{ nope{number} }}").json()


def test_a_network_that_sends_too_many_bytes_is_told_when_to_go_on(limited: Bff) -> None:
    before = metric(limited, "network_bytes")
    variables = {"v": "x" * 6000}
    answers = [post(limited, "198.51.100.1", variables=variables) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    (error,) = answers[-1].json()["errors"]
    seconds = error["extensions"]["retryAfterSeconds"]
    assert (error["extensions"]["code"], answers[-1].headers["retry-after"]) == ("RATE_LIMITED", str(seconds))
    assert 1 <= seconds <= 60
    assert metric(limited, "network_bytes") == before + 1


def test_others_are_answered_meanwhile(limited: Bff) -> None:
    for _ in range(4):
        post(limited, "198.51.100.2", variables={"v": "x" * 6000})
    assert post(limited, "198.51.100.3", variables={"v": "x" * 6000}).status_code == 200


def test_addresses_of_one_ipv6_network_count_together(limited: Bff) -> None:
    answers = [post(limited, f"2001:db8:1:1::{number}", variables={"v": "x" * 6000}) for number in range(1, 5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert post(limited, "2001:db8:1:2::1").status_code == 200


def test_a_body_is_refused_before_it_is_read(limited: Bff) -> None:
    post(limited, "198.51.100.4", variables={"v": "x" * 15_000})
    at = urlsplit(limited.url)
    head = "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 15000\r\n"
    with socket.create_connection((at.hostname, at.port), timeout=10) as raw:
        raw.sendall(f"{head}X-Forwarded-For: 198.51.100.4\r\n\r\n".encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 429 ")


def test_a_body_without_a_length_counts_as_it_comes(limited: Bff) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"query": "{ __typename }", "variables": {"v": "'
        for _ in range(30):
            yield b"x" * 1000
        yield b'"}}'

    headers = {"Content-Type": "application/json", "X-Forwarded-For": "198.51.100.5"}
    limited.client.post("/graphql", content=chunks(), headers=headers)  # which may have come in one piece
    assert limited.client.post("/graphql", content=chunks(), headers=headers).status_code == 429


def test_urls_count_too(limited: Bff) -> None:
    asked = {"query": "{ __typename }", "variables": json.dumps({"v": "x" * 8000})}
    headers = {"X-Forwarded-For": "198.51.100.6"}
    answers = [limited.client.get("/graphql", params=asked, headers=headers) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]


def test_where_too_much_was_refused_no_new_document_is_read(limited: Bff) -> None:
    known = "{ __typename faqs { id } }"
    post(limited, "198.51.100.8", known)
    before = metric(limited, "network_refusals")
    exhaust_refusals(limited, "198.51.100.7")
    answer = post(limited, "198.51.100.7", "{ __typename another: __typename }")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert metric(limited, "network_refusals") == before + 1
    # What was found valid before costs nothing, and the app of all others behind this address sends it.
    assert "errors" not in post(limited, "198.51.100.7", known).json()
    assert post(limited, "198.51.100.9", "{ __typename other: __typename }").status_code == 200


REFUSED: dict[str, dict[str, Any]] = {
    "no JSON": {"content": b"{", "headers": {"Content-Type": "application/json"}},
    "no JSON by its name": {"content": b"{}", "headers": {"Content-Type": "text/plain"}},
    "no document": {"json": {}},
    "a syntax error": {"json": {"query": "{"}},
    "too large": {"json": {"query": "{ " + "a " * 1200 + "}"}},
    "an unknown document": {"json": {"documentId": "nope"}},
    "a wrong variable": {
        "json": {"query": "query ($n: Int!) { bulletins(first: $n) { totalCount } }", "variables": {}}
    },
    "a wrong media type": {"json": {"query": "{ __typename }"}, "headers": {"Accept": "image/png"}},
}


@pytest.mark.parametrize("what", REFUSED)
def test_every_kind_of_refusal_counts(what: str, limited: Bff) -> None:
    address = f"192.0.2.{1 + list(REFUSED).index(what)}"
    asked = dict(REFUSED[what])
    headers = {"X-Forwarded-For": address, **asked.pop("headers", {})}
    for _ in range(REFUSALS):
        assert limited.client.post("/graphql", headers=headers, **asked).status_code != 429
    assert post(limited, address, f"{{ __typename a{address[-1]}: __typename }}").status_code == 429


def test_an_unknown_id_is_not_looked_up_where_too_much_was_refused(limited: Bff) -> None:
    exhaust_refusals(limited, "198.51.100.10")
    asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    answer = limited.client.post("/graphql", json=asked, headers={"X-Forwarded-For": "198.51.100.10"})
    assert answer.status_code == 429


async def test_one_new_document_is_read_a_turn_of_the_event_loop() -> None:
    turns, read_at = 0, []

    class Noting(Engine):
        def prepare(self, request: GraphQLRequest) -> PreparedOperation:
            read_at.append(turns)
            return super().prepare(request)

    async def counting() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    engine = Noting(build_schema()._schema, GraphQLOptions())
    documents = PersistedDocuments.of(GraphQLOptions(), Unlimited())
    counter = asyncio.create_task(counting())
    asked = (GraphQLRequest(f"{{ __typename a{number}: __typename }}") for number in range(8))
    await asyncio.gather(*(documents.prepare(each, engine, GATEWAY) for each in asked))
    counter.cancel()
    assert len(set(read_at)) == 8


async def test_documents_that_come_at_once_count_before_they_are_read(limited: Bff) -> None:
    headers = {"X-Forwarded-For": "198.51.100.11"}
    async with httpx2.AsyncClient(base_url=limited.url, timeout=60) as client:
        asked = (client.post("/graphql", json={"query": f"{{ no{n} }}"}, headers=headers) for n in range(20))
        answers = await asyncio.gather(*asked)
    assert Counter(each.status_code for each in answers) == {200: REFUSALS, 429: 20 - REFUSALS}


def test_messages_over_a_websocket_count_too() -> None:
    admission = NetworkLimit(Buckets(2000), Buckets(0), (), lambda _: None)
    client = client_of(admission=admission)
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as web:
        web.send_json({"type": "connection_init"})
        assert web.receive_json() == {"type": "connection_ack"}
        web.send_json({"type": "ping", "payload": {"x": "y" * 3000}})
        with pytest.raises(WebSocketDisconnect) as closed:
            web.receive_json()
    assert closed.value.code == 4429


def test_documents_refused_over_a_websocket_count_too() -> None:
    client = client_of(admission=NetworkLimit(Buckets(0), Buckets(2), (), lambda _: None))
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as web:
        web.send_json({"type": "connection_init"})
        web.receive_json()
        codes = []
        for number in range(3):
            web.send_json({"type": "subscribe", "id": str(number), "payload": {"query": f"{{ nope{number} }}"}})
            codes.append(web.receive_json()["payload"][0]["extensions"]["code"])
    assert codes == ["GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED", "RATE_LIMITED"]


def test_the_defaults_let_the_members_behind_one_gateway_pass() -> None:
    """Each opens the app within the same minute and looks at all that it has."""
    settings, schema = Settings(), build_schema()
    limit = NetworkLimit(
        Buckets(settings.network_bytes_a_minute, lambda: 0.0),
        Buckets(settings.network_refusals_a_minute, lambda: 0.0),
        (),
        lambda _: None,
    )
    pace = OperationRateLimiter(settings.rate_limit_per_minute, settings.network_cost_a_minute, clock=lambda: 0.0)
    engine = Engine.of(schema, GraphQLOptions())
    asked = {name: text for name, text in OPERATIONS.items() if text.startswith("query") or name in SIGNING_IN}
    for _ in range(MEMBERS):
        for name, text in asked.items():
            body = json.dumps({"operationName": name, "query": text, "variables": {"input": {"x": "y" * 200}}})
            assert limit.receives(GATEWAY, len(body)) == 0
        for name in (*SIGNING_IN, *PUBLIC):
            pace.count_signed_out("198.51.100.1", costs(engine, OPERATIONS[name]))


SIGNING_IN = ("SignIn", "RefreshSession")
PUBLIC = ("Bulletins", "Outlets", "ServiceChannels", "InterestRates", "Faqs")


def costs(engine: Engine, text: str) -> int:
    return engine.prepare(GraphQLRequest(text)).cost
