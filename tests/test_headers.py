"""Headers of every answer, and who else's pages may ask."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bff.app import create_app
from bff.server import security_headers as headers
from bff.settings import Settings
from tests.support.raw import UPGRADE, connected, read_to_end
from tests.support.servers import ROOT, Bff, Core

APP = "https://app.example.cn"
QUERY = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
def client(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(core_url=core.url, data_dir=tmp_path_factory.mktemp("own")))) as client:
        yield client


@pytest.fixture(scope="module")
def shared(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """With pages of another site."""
    settings = Settings(core_url=core.url, data_dir=tmp_path_factory.mktemp("shared"), cors_origins=(APP,))
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/graphql"),
        ("GET", "/graphql?query={__typename}"),
        ("GET", "/graphql"),
        ("PUT", "/graphql"),
        ("GET", "/nowhere"),
        ("GET", "/healthz"),
    ],
)
def test_every_answer_tells_browsers_to_do_nothing_with_it(client: TestClient, method: str, path: str) -> None:
    found = client.request(method, path, json=QUERY if method == "POST" else None).headers
    assert {name: found.get(name) for name in headers.SECURITY} == {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def test_graphiql_keeps_its_own_policy(core: Core, tmp_path: Path) -> None:
    with TestClient(create_app(Settings(core_url=core.url, data_dir=tmp_path, development=True))) as client:
        found = client.get("/graphiql/config.json").headers
    assert "script-src 'self'" in found["content-security-policy"]
    assert found["x-frame-options"] == "DENY"


def test_transport_security_is_asked_for_where_there_is_some(client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("/healthz").headers
    secure = client.get("https://testserver/healthz").headers
    assert secure["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_transport_security_is_asked_for_behind_a_proxy_that_has_some(client: TestClient) -> None:
    secure = client.get("/healthz", headers={"X-Forwarded-Proto": "https"}).headers
    assert secure["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_an_error_outside_of_graphql_says_nothing_and_has_the_headers() -> None:
    def broken(_: Request) -> None:
        raise RuntimeError("the secret of the machine")

    app = Starlette(
        routes=[Route("/", broken)], middleware=headers.middleware(()), exception_handlers={Exception: headers.failed}
    )
    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL_ERROR"}
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def preflight(client: TestClient, origin: str) -> dict[str, str]:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = client.options("/graphql", headers=asked)
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control")}


def test_no_other_sites_page_may_ask_by_default(client: TestClient) -> None:
    assert preflight(client, APP) == {}
    assert "access-control-allow-origin" not in client.post("/graphql", json=QUERY, headers={"Origin": APP}).headers


def test_a_page_that_the_settings_name_may_ask(shared: TestClient) -> None:
    found = preflight(shared, APP)
    assert found["access-control-allow-origin"] == APP
    assert found["access-control-allow-methods"] == "GET, POST"
    assert {"Authorization", "Content-Type"} <= set(found["access-control-allow-headers"].split(", "))
    assert "access-control-allow-credentials" not in found
    answer = shared.post("/graphql", json=QUERY, headers={"Origin": APP})
    assert answer.headers["access-control-allow-origin"] == APP


@pytest.mark.parametrize("origin", ["https://other.example.cn", "http://app.example.cn", f"{APP}.evil.example", "null"])
def test_another_page_may_not(shared: TestClient, origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(shared, origin)


FRONT_ENDS = ["http://localhost:5173", "http://127.0.0.1:3000", "https://localhost:8443", "http://[::1]:8080"]
OTHERS = ["https://localhost.evil.example", "http://127.0.0.1.evil.example", "http://localhost:1@evil.example", "null"]


@pytest.fixture(scope="module")
def developing(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(core_url=core.url, data_dir=tmp_path_factory.mktemp("dev"), development=True)
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize("origin", FRONT_ENDS)
def test_in_development_a_page_on_another_port_may_ask(developing: TestClient, client: TestClient, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "authorization,content-type,apollographql-client-name"
    answer = developing.options("/graphql", headers=asked)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
    assert "apollographql-client-name" in answer.headers["access-control-allow-headers"]
    answer = developing.post("/graphql", json=QUERY, headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert opens(developing, {"Origin": origin})
    assert preflight(client, origin) == {}
    assert not opens(client, {"Origin": origin})


@pytest.mark.parametrize("origin", OTHERS)
def test_in_development_no_other_page_may(developing: TestClient, origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(developing, origin)
    assert not opens(developing, {"Origin": origin})


def test_a_mini_program_is_admitted_by_the_origin_that_the_page_names(core: Core, tmp_path: Path) -> None:
    """WeChat sends its own for every mini program, and a Referer with the program's ID."""
    page = (ROOT / "docs" / "how-to" / "connect-a-client.md").read_text("utf-8")
    (named,) = re.findall(r"^\$ BFF_CORS_ORIGINS=(\S+) bff serve$", page, re.MULTILINE)
    settings = Settings(core_url=core.url, data_dir=tmp_path, cors_origins=named)
    sent = {
        "Origin": "https://servicewechat.com",
        "Referer": "https://servicewechat.com/wx0000000000000000/1/page.html",
    }
    with TestClient(create_app(settings)) as client:
        assert opens(client, sent)
        assert client.post("/graphql", json=QUERY, headers=sent).status_code == 200


@pytest.mark.parametrize(
    ("origin", "admitted"), [(None, True), ("http://testserver", True), (APP, True), ("https://evil.example", False)]
)
def test_a_websocket_is_opened_for_known_pages_and_for_apps(
    shared: TestClient, origin: str | None, admitted: bool
) -> None:
    assert opens(shared, {"Origin": origin} if origin else {}) is admitted


@pytest.mark.parametrize(
    ("origin", "protocol", "status", "word"),
    [
        ("https://servicewechat.com", "graphql-transport-ws", 403, "BFF_CORS_ORIGINS"),
        (APP, "graphql-ws", 400, "graphql-transport-ws"),
    ],
)
def test_a_websocket_that_is_refused_is_told_why(bff: Bff, origin: str, protocol: str, status: int, word: str) -> None:
    with connected(bff) as client:
        lines = (
            UPGRADE.replace(b"graphql-transport-ws", protocol.encode())
            + b"Sec-WebSocket-Key: YWFhYWFhYWFhYWFhYWFhYQ==\r\n"
        )
        client.sendall(lines + f"Origin: {origin}\r\n\r\n".encode())
        answer = read_to_end(client)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert word.encode() in answer.partition(b"\r\n\r\n")[2]


HANDSHAKE = b"GET /graphql HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = b"Sec-WebSocket-Key: YWFhYWFhYWFhYWFhYWFhYQ==\r\n"


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        (HANDSHAKE, 400, "Sec-WebSocket-Version"),
        (HANDSHAKE + KEY + b"Sec-WebSocket-Version: 8\r\n", 426, "Sec-WebSocket-Version"),
        (HANDSHAKE + b"Sec-WebSocket-Version: 13\r\n", 400, "Sec-WebSocket-Key"),
        (HANDSHAKE + KEY + b"Sec-WebSocket-Version: 13\r\n", 400, "graphql-transport-ws"),
        (HANDSHAKE.replace(b"graphql", b"healthz") + KEY + b"Sec-WebSocket-Version: 13\r\n", 403, "/graphql"),
    ],
)
def test_a_handshake_that_fails_is_told_why(bff: Bff, asked: bytes, status: int, word: str) -> None:
    with connected(bff) as client:
        client.sendall(asked + b"\r\n")
        head, _, text = read_to_end(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert word.encode() in text
    assert b"content-length: %d" % len(text) in head


def opens(client: TestClient, headers: dict[str, str]) -> bool:
    try:
        with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"], headers=headers) as socket:
            socket.send_json({"type": "connection_init"})
            return bool(socket.receive_json() == {"type": "connection_ack"})
    except WebSocketDisconnect:
        return False


@pytest.mark.parametrize("origin", ["*", "app.example.cn", "https://app.example.cn/path", "https://*.example.cn"])
def test_an_origin_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(ValueError, match="is no origin such as"):
        Settings(cors_origins=(origin,))


def test_nobody_is_told_what_software_answers(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("bff")), "serve"]
    environment = os.environ | {"BFF_PORT": "0", "BFF_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        listening = re.search(r"http://\S+", process.stdout.readline())
        try:
            assert listening
            answer = httpx2.get(f"{listening[0]}/healthz", timeout=60)
        finally:
            process.terminate()
    assert answer.status_code == 200
    assert "server" not in answer.headers
