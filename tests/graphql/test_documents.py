"""Persisted documents: automatic ones, by the protocol of Apollo's clients, and registered ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from bff.cli.main import main
from bff.server import document_manifest
from bff.server.persisted_documents import DocumentCache
from bff.settings import Settings
from bff.store.keyvalue import in_memory, in_redis
from tests.conftest import settings_for
from tests.graphql.small import client_of
from tests.support.servers import OPERATIONS, ROOT, Core, running_bff
from tests.support.services import redis_url

RATE = "query Rate($year: Int) { rate(year: $year) }"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}


def post(client: TestClient, **body: Any) -> Any:
    answer = client.post("/graphql", json=body)
    assert answer.status_code == 200
    return answer.json()


def code(answer: Any) -> str:
    (error,) = answer["errors"]
    return str(error["extensions"]["code"])


# ----- automatic ------------------------------------------------------------------------------------------------


def test_a_hash_that_nobody_sent_before_is_asked_for() -> None:
    answer = post(client_of(), extensions=persisted(RATE))
    assert answer == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }


def test_a_document_is_known_by_its_hash_once_it_was_sent() -> None:
    client = client_of()
    expected = {"data": {"rate": "3.25 since 2015"}}
    assert post(client, query=RATE, extensions=persisted(RATE), variables={"year": 2015}) == expected
    assert post(client, extensions=persisted(RATE), variables={"year": 2015}) == expected


def test_a_known_hash_may_come_by_get() -> None:
    client = client_of()
    post(client, query=RATE, extensions=persisted(RATE))
    asked = {"extensions": json.dumps(persisted(RATE)), "variables": '{"year": 2012}'}
    assert client.get("/graphql", params=asked).json() == {"data": {"rate": "3.25 since 2012"}}


def test_a_document_without_its_hash_is_not_remembered() -> None:
    client = client_of()
    post(client, query=RATE)
    assert code(post(client, extensions=persisted(RATE))) == "PERSISTED_QUERY_NOT_FOUND"


WRITTEN: dict[str, Callable[[str], str]] = {
    "with its algorithm": lambda digest: f"sha256:{digest}",
    "in capitals": str.upper,
    "both": lambda digest: f"sha256:{digest.upper()}",
}


def as_apollo(written: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": written}}}


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize(
    "body",
    [lambda written: {"documentId": written}, lambda written: {"id": written}, as_apollo],
    ids=["documentId", "id", "Apollo"],
)
def test_a_hash_is_known_however_it_is_written(how: str, body: Callable[[str], dict[str, Any]]) -> None:
    written = body(WRITTEN[how](digest(RATE)))
    expected = {"data": {"rate": "3.25 since 2018"}}
    client = client_of()
    assert code(post(client, **written)) == "PERSISTED_QUERY_NOT_FOUND"
    assert post(client, query=RATE, **written) == expected
    assert post(client, **written) == expected
    assert post(client, id=digest(RATE)) == expected
    assert post(client_of(documents={digest(RATE): RATE}, documents_only=True), **written) == expected
    assert client.post("/graphql", json={"query": "{ me }", **written}).status_code == 400


SHA1 = hashlib.sha1(RATE.encode()).hexdigest()  # noqa: S324 (as graphql-codegen makes it)


@pytest.mark.parametrize("written", [SHA1, f"sha1:{SHA1}"])
def test_a_hash_of_another_kind_is_refused_with_what_to_set(written: str) -> None:
    client, words = client_of(), "looks like a SHA-1, which graphql-codegen makes unless"
    unknown = post(client, documentId=written)
    assert code(unknown) == "PERSISTED_QUERY_NOT_FOUND"
    assert words in unknown["errors"][0]["message"]
    for wrong in (as_apollo(written), {"query": RATE, "documentId": written}):
        answer = client.post("/graphql", json=wrong)
        assert answer.status_code == 400
        assert "hashAlgorithm` is 'sha256'" in answer.json()["errors"][0]["message"]
    assert post(client_of(documents={written: RATE}), documentId=written) == {"data": {"rate": "3.25 since 2018"}}


def test_nobody_can_pass_a_document_off_as_another() -> None:
    client = client_of()
    answer = client.post("/graphql", json={"query": "{ me }", "extensions": persisted(RATE)})
    assert answer.status_code == 400
    assert code(post(client, extensions=persisted(RATE))) == "PERSISTED_QUERY_NOT_FOUND"


def test_a_document_that_is_wrong_is_not_remembered() -> None:
    client = client_of()
    assert code(post(client, query="{ nonsense }", extensions=persisted("{ nonsense }"))) == "GRAPHQL_VALIDATION_FAILED"
    assert code(post(client, extensions=persisted("{ nonsense }"))) == "PERSISTED_QUERY_NOT_FOUND"


def test_the_documents_that_were_used_last_are_remembered() -> None:
    client = client_of(cached_documents=2)
    first, second, third = ("{ rate }", "{ me }", "{ rate me }")
    for text in (first, second):
        post(client, query=text, extensions=persisted(text))
    post(client, extensions=persisted(first))
    post(client, query=third, extensions=persisted(third))
    assert "data" in post(client, extensions=persisted(first))
    assert code(post(client, extensions=persisted(second))) == "PERSISTED_QUERY_NOT_FOUND"


def test_a_document_of_unusual_length_is_not_remembered() -> None:
    client = client_of()
    long = "{ rate } #" + "x" * 40_000
    assert code(post(client, query=long, extensions=persisted(long))) == "OPERATION_TOO_LARGE"
    assert code(post(client, extensions=persisted(long))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.services)])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "memory" else redis_url()


async def test_what_one_process_was_sent_another_knows(url: str) -> None:
    text = f"{{ rate }} # {uuid4()}"
    storages = [in_redis(url), in_redis(url)] if url else [in_memory(10)] * 2
    one, other = (DocumentCache(10, storage) for storage in storages)
    await one.put(digest(text), text)
    assert await other.get(digest(text)) == text
    assert await other.get(digest("{ me }")) is None
    for storage in storages:
        await storage.close()


async def test_a_storage_that_is_away_leaves_each_process_its_own() -> None:
    away = in_redis("redis://127.0.0.1:1/0")
    one, other = DocumentCache(10, away), DocumentCache(10, away)
    await one.put(digest(RATE), RATE)
    assert (await one.get(digest(RATE)), await other.get(digest(RATE))) == (RATE, None)
    await away.close()


def test_a_hash_works_over_a_websocket() -> None:
    client = client_of()
    ticks = "subscription { ticks }"
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        for number, payload in enumerate(
            ({"query": ticks, "extensions": persisted(ticks)}, {"extensions": persisted(ticks)})
        ):
            socket.send_json({"type": "subscribe", "id": str(number), "payload": payload})
            found = [socket.receive_json() for _ in range(3)]
            assert [message.get("payload") for message in found] == [{"data": {"ticks": n}} for n in (1, 2)] + [None]


# ----- registered -----------------------------------------------------------------------------------------------

REGISTERED = {"rate-1": RATE}


@pytest.mark.parametrize("name", ["documentId", "id"])
def test_a_registered_document_is_known_by_its_id(name: str) -> None:
    client = client_of(documents=REGISTERED)
    expected = {"data": {"rate": "3.25 since 2018"}}
    assert post(client, **{name: "rate-1"}) == expected
    assert client.get("/graphql", params={name: "rate-1"}).json() == expected


def test_an_unknown_id_is_refused() -> None:
    assert code(post(client_of(documents=REGISTERED), id="rate-2")) == "PERSISTED_QUERY_NOT_FOUND"


def test_a_registered_document_with_its_text_is_fine() -> None:
    assert "data" in post(client_of(documents=REGISTERED), id="rate-1", query=RATE)


class TestRegisteredOnly:
    def client(self) -> TestClient:
        return client_of(documents={digest(RATE): RATE}, documents_only=True)

    def test_an_id_is_answered(self) -> None:
        assert "data" in post(self.client(), id=digest(RATE))

    def test_a_hash_is_answered(self) -> None:
        assert "data" in post(self.client(), extensions=persisted(RATE))

    def test_the_registered_text_is_answered(self) -> None:
        assert "data" in post(self.client(), query=RATE)

    @pytest.mark.parametrize("text", ["{ rate }", RATE + " ", "{ __typename }", "{ __schema { types { name } } }", "{"])
    def test_any_other_text_is_refused_unread(self, text: str) -> None:
        assert code(post(self.client(), query=text)) == "DOCUMENT_NOT_REGISTERED"

    def test_nothing_can_be_added_by_sending_it_with_its_hash(self) -> None:
        client = self.client()
        assert code(post(client, query="{ me }", extensions=persisted("{ me }"))) == "DOCUMENT_NOT_REGISTERED"
        assert code(post(client, extensions=persisted("{ me }"))) == "PERSISTED_QUERY_NOT_FOUND"

    def test_a_registered_id_does_not_carry_another_text(self) -> None:
        answer = self.client().post("/graphql", json={"id": digest(RATE), "query": "{ me }"})
        assert answer.status_code == 400

    def test_a_websocket_refuses_other_texts_too(self) -> None:
        with self.client().websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
            socket.send_json({"type": "connection_init"})
            socket.receive_json()
            socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": "subscription { ticks }"}})
            message = socket.receive_json()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "DOCUMENT_NOT_REGISTERED")


def test_the_setting_that_refuses_others_needs_the_file() -> None:
    with pytest.raises(ValueError, match="BFF_DOCUMENTS_ONLY needs BFF_DOCUMENTS_FILE"):
        Settings(documents_only=True)


# ----- the command ----------------------------------------------------------------------------------------------

APP = [str(path) for path in sorted((ROOT / "app").glob("[ads]*.graphql"))]  # those that the schema serves so far


def test_register_writes_each_operation_with_its_fragments_by_its_hash(tmp_path: Path) -> None:
    target = tmp_path / "documents.json"
    assert main(["documents", "register", *APP, "--manifest", str(target)]) == 0
    written = json.loads(target.read_text(encoding="utf-8"))
    assert (written["format"], written["version"]) == ("apollo-persisted-query-manifest", 1)
    (sign_in,) = (each for each in written["operations"] if each["name"] == "SignIn")
    assert sign_in["type"] == "mutation"
    assert (sign_in["body"], sign_in["id"]) == (OPERATIONS["SignIn"], digest(OPERATIONS["SignIn"]))
    assert document_manifest.load(target)[sign_in["id"]] == OPERATIONS["SignIn"]


def test_register_keeps_what_older_releases_send(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, new = tmp_path / "documents.json", tmp_path / "new.graphql"
    document_manifest.write(target, {"old": "query Old { __typename }"})
    new.write_text("query New { me { name } }", encoding="utf-8")
    assert main(["documents", "register", str(new), "--manifest", str(target)]) == 0
    assert capsys.readouterr().out == f"2 documents in {target}, 1 of them new\n"
    assert [each.split()[1] for each in document_manifest.load(target).values()] == ["New", "Old"]


def test_registered_hashes_are_kept_in_one_spelling(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.json"
    theirs.write_text(json.dumps({f"sha256:{digest(RATE)}": RATE, digest(RATE): RATE, "rate": RATE}))
    assert document_manifest.load(theirs) == {digest(RATE): RATE, "rate": RATE}
    theirs.write_text(json.dumps({f"sha256:{digest(RATE)}": RATE, digest(RATE): "{ me }"}))
    with pytest.raises(document_manifest.ManifestError, match="stands for two different documents"):
        document_manifest.load(theirs)


def test_register_again_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "documents.json"
    main(["documents", "register", *APP, "--manifest", str(target)])
    before = target.read_bytes()
    main(["documents", "register", *APP, "--manifest", str(target)])
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        {"a1": "query A { me { name } }"},
        {"operations": [{"id": "a1", "body": "query A { me { name } }", "name": "A", "type": "query"}]},
    ],
    ids=["Relay", "Apollo"],
)
def test_register_takes_a_clients_own_manifest_as_it_is(content: Any, tmp_path: Path) -> None:
    target, theirs = tmp_path / "documents.json", tmp_path / "theirs.json"
    theirs.write_text(json.dumps(content), encoding="utf-8")
    assert main(["documents", "register", str(theirs), "--manifest", str(target)]) == 0
    assert document_manifest.load(target) == {"a1": "query A { me { name } }"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("wrong.graphql", "query A { me { nonsense } }", "Cannot query field 'nonsense' on type 'Me'."),
        ("large.graphql", "query A { me { " + "name " * 300 + "} }", "the limit is 250"),
        ("broken.graphql", "query A {", "Syntax Error"),
        ("broken.json", "{", "broken.json"),
        ("list.json", "[]", "neither Apollo's manifest nor a map"),
        ("odd.json", '{"a": 1}', "neither Apollo's manifest nor a map"),
        ("other.json", '{"known": "query Other { __typename }"}', "known stands for two different documents"),
    ],
)
def test_register_refuses_what_could_not_be_answered(
    name: str, content: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, file = tmp_path / "documents.json", tmp_path / name
    document_manifest.write(target, {"known": "query Known { __typename }"})
    file.write_text(content, encoding="utf-8")
    assert main(["documents", "register", str(file), "--manifest", str(target)]) == 1
    assert message in capsys.readouterr().err
    assert document_manifest.load(target) == {"known": "query Known { __typename }"}


def test_a_server_with_the_list_answers_the_app_and_nobody_else(core: Core, tmp_path: Path) -> None:
    target = tmp_path / "documents.json"
    main(["documents", "register", *APP, "--manifest", str(target)])
    with running_bff(settings_for(core, tmp_path, documents_file=target, documents_only=True)) as bff:
        account = {"id": digest(OPERATIONS["AccountInfo"])}
        headers = {"Authorization": f"Bearer {bff.sign_in('13800000001')}"}
        answer = bff.client.get("/graphql", params=account, headers=headers)
        assert answer.json()["data"]["me"]["account"]["balance"]["total"] == "30921.43"
        assert answer.headers["cache-control"] == "no-store"
        assert code(bff.execute("{ __typename }")) == "DOCUMENT_NOT_REGISTERED"
