"""GraphiQL comes from this machine only, and says so in its headers."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bff.server.graphiql import GraphiQLConfig, GraphiQLExample, GraphiQLPerson, Link, routes

CONFIG = GraphiQLConfig(
    endpoint="/api/graphql",
    people=(GraphiQLPerson("段小梅", "13800000001", "Practice-2018", "201810", "贷款"),),
    examples=(GraphiQLExample("账户", "我的账户", "query Account { me { name } }", '{"first": 5}', opened=True),),
    links=(Link("短信", "http://127.0.0.1:8001/inbox"),),
)


@pytest.fixture
def static(tmp_path: Path) -> Path:
    build = tmp_path / "static"
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text("<title>GraphiQL</title>", encoding="utf-8")
    (build / "assets" / "index-1a2b3c.js").write_text("start()", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return build


def client_of(static: Path, config: GraphiQLConfig = CONFIG) -> TestClient:
    return TestClient(Starlette(routes=routes(config, static)))


def test_the_page_is_served_fresh(static: Path) -> None:
    page = client_of(static).get("/graphiql")

    assert page.status_code == 200
    assert page.text == "<title>GraphiQL</title>"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"


def test_a_hashed_asset_is_kept_for_ever(static: Path) -> None:
    asset = client_of(static).get("/graphiql/assets/index-1a2b3c.js")

    assert asset.text == "start()"
    assert "javascript" in asset.headers["content-type"]
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_configuration_is_what_the_caller_passed_in(static: Path) -> None:
    config = client_of(static).get("/graphiql/config.json")

    assert config.headers["content-type"] == "application/json"
    assert config.headers["cache-control"] == "no-store"
    assert config.json() == {
        "endpoint": "/api/graphql",
        "people": [
            {
                "name": "段小梅",
                "username": "13800000001",
                "loginPassword": "Practice-2018",
                "queryPassword": "201810",
                "note": "贷款",
            }
        ],
        "examples": [
            {
                "group": "账户",
                "title": "我的账户",
                "query": "query Account { me { name } }",
                "variables": '{"first": 5}',
                "writes": False,
                "opened": True,
            }
        ],
        "links": [{"text": "短信", "href": "http://127.0.0.1:8001/inbox"}],
    }


def test_nobody_can_be_signed_in_as_unless_the_caller_names_people(static: Path) -> None:
    config = client_of(static, GraphiQLConfig()).get("/graphiql/config.json")

    assert config.json() == {"endpoint": "/graphql", "people": [], "examples": [], "links": []}


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql",
        "/graphiql/config.json",
        "/graphiql/assets/index-1a2b3c.js",
        "/graphiql/assets/missing.js",
    ],
)
def test_every_answer_forbids_other_hosts(static: Path, path: str) -> None:
    headers = client_of(static).get(path).headers
    policy = dict(directive.split(" ", 1) for directive in headers["content-security-policy"].split("; "))

    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'self'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_without_a_build_the_page_says_how_to_get_one(tmp_path: Path) -> None:
    page = client_of(tmp_path).get("/graphiql")

    assert page.status_code == 503
    assert "run `make graphiql`" in page.text
    assert page.headers["cache-control"] == "no-store"


def test_without_a_build_assets_are_missing_and_the_configuration_is_there(tmp_path: Path) -> None:
    client = client_of(tmp_path / "nowhere")

    assert client.get("/graphiql/assets/index-1a2b3c.js").status_code == 404
    assert client.get("/graphiql/config.json").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "%2e%2e",
        "%2e%2e%2findex.html",
        "..%2f..%2fsecret.txt",
        "%2e%2e%5c%2e%2e%5csecret.txt",
        "%2fetc%2fpasswd",
        "index-1a2b3c.js%00",
    ],
)
def test_no_name_of_an_asset_leads_out_of_the_folder(static: Path, name: str) -> None:
    answer = client_of(static).get(f"/graphiql/assets/{name}")

    assert answer.status_code == 404
    assert "secret" not in answer.text
