"""Paths with a slash at their end are answered as those without, and nobody is sent anywhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from bff.app import create_app
from bff.settings import Settings
from tests.support.servers import Bff, Core

QUERY = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
def client(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(core_url=core.url, data_dir=tmp_path_factory.mktemp("paths"), development=True)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("slashes", ["/", "//"])
@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_a_request_with_a_slash_is_answered_and_not_sent_on(client: TestClient, host: str, slashes: str) -> None:
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    answer = client.post(f"/graphql{slashes}", json=QUERY, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


def test_no_route_redirects(client: TestClient) -> None:
    routes = [each.path.replace("{name}", "x") for each in client.app.routes if isinstance(each, Route)]  # type: ignore[attr-defined]
    assert {"/graphql", "/graphiql", "/graphiql/config.json", "/healthz", "/readyz"} <= set(routes)
    for method in ("GET", "POST"):
        for path in [*routes, "/nowhere", "/", "//evil.example", "/graphiql/assets"]:
            plain, with_slash = client.request(method, path), client.request(method, f"{path}/")
            assert "location" not in {**plain.headers, **with_slash.headers}
            if path != "/readyz":  # of the moment
                assert with_slash.status_code == plain.status_code


def test_a_websocket_with_a_slash_is_opened(client: TestClient) -> None:
    with client.websocket_connect("/graphql/", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}


def test_a_real_server_does_so_too(bff: Bff) -> None:
    answer = bff.client.post("/graphql/", json=QUERY, follow_redirects=False)
    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})
