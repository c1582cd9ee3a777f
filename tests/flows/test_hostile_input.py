"""Nonsense and malice in every text that an operation takes, over each database: a clear error, never a fault of
ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)

from tests.conftest import settings_for
from tests.support.servers import ROOT, Bff, Core, running_bff
from tests.support.services import postgresql_database

HOSTILE = {
    "empty": "",
    "blanks": " \t\u3000\u00a0\n",
    "NUL": "1380000\x000001",
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f\x85\u2028\u2029",
    "lone high surrogate": "\ud800",
    "lone low surrogate": "abc\udfffdef",
    "surrogates the wrong way round": "\udc00\ud800",
    "noncharacters": "\ufffe\uffff\U0001fffe\U0010ffff",
    "direction override": "\u202e赵晓雪\u202c",
    "zero width": "赵\u200b晓\u200d雪\ufeff",
    "homoglyphs": "1380000000О",
    "Arabic digits": "١٣٨٠٠٠٠٠٠٠١",
    "Devanagari digits": "१३८०००००००१",
    "mathematical digits": "𝟏𝟑𝟖𝟎𝟎𝟎𝟎𝟎𝟎𝟎𝟏",
    "superscripts": "²³¹⁰⁰⁰⁰⁰⁰⁰⁰",
    "Roman numerals": "ⅫⅧ",
    "combining marks": "a" + "\u0301" * 5000,
    "beyond the BMP": "𬱖" * 500,
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈",
    "1 MB": "a" * 1_000_000,
    "long digits": "1" * 100_000,
    "long Chinese": "赵" * 100_000,
    "SQL": "' OR '1'='1'; DROP TABLE member; --",
    "SQL with a stacked query": "13800000001'); DELETE FROM audit; --",
    "LIKE": "%_%",
    "XML": "<![CDATA[]]></XINGMING><FHM>0000</FHM>",
    "XML entity": "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    "HTML": "<script>alert(1)</script>",
    "template": "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "format": "%s%n{0}{__class__}%(a)s",
    "path": "../../../../etc/passwd",
    "command": "; rm -rf / | `id` $(id)",
    "header": "a\r\nX-Injected: 1",
    "JNDI": "${jndi:ldap://127.0.0.1/a}",
    "JSON": '{"$gt": ""}',
    "nested JSON": "[" * 5000 + "]" * 5000,
    "GraphQL": '"}) { session { accessToken } } #',
    "NaN": "NaN",
    "infinity": "-Infinity",
    "exponent": "1e999999999",
    "negative zero": "-0.00",
    "many decimals": "0." + "9" * 1000,
    "hexadecimal": "0x1F",
    "underscores": "1_000",
    "date that never was": "2018-02-30",
    "year ten thousand": "10000-01-01",
    "null as text": "null",
    "byte order mark": "\ufeff13800000001",
    "half a percent escape": "%F0%9F%",
    "regular expression": "(a+)+$" + "a" * 50 + "!",
}


def mutations() -> Iterator[tuple[str, str, Any]]:
    """Name, document and arguments of each."""
    kind = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8")).mutation_type
    assert kind is not None
    for name, field in kind.fields.items():
        head = ", ".join(f"${argument}: {each.type}" for argument, each in field.args.items())
        passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
        asked = f"{name}({passed})" if passed else name
        document = f"mutation({head}) {{ {asked} {{ userErrors {{ code field message }} }} }}"
        if field.args:
            yield name, document, field.args


def filled(kind: Any, text: str, **valid: str) -> Any:
    """A value of the shape that the type wants, with `text` wherever there can be text, but for scalars in `valid`."""
    if isinstance(kind, GraphQLNonNull):
        return filled(kind.of_type, text, **valid)
    if isinstance(kind, GraphQLList):
        return [filled(kind.of_type, text, **valid)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {name: filled(each.type, text, **valid) for name, each in kind.fields.items()}
    assert not isinstance(kind, GraphQLObjectType)
    return {"Boolean": True, "Int": 1, "Float": 1.5, **valid}.get(kind.name, text)


PLACES = {
    "Query": "{}",
    "Me": "me {{ {} }}",
    "Account": "me {{ account {{ {} }} }}",
    "Loan": "me {{ loans {{ {} }} }}",
}
"""Where the fields of a type are found. Of the others none takes a text."""


def reads() -> Iterator[tuple[str, str, Any]]:
    """Queries and subscriptions that take a text, likewise."""
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind is schema.mutation_type:
            continue
        for name, field in kind.fields.items():
            if not any(map(has_text, (each.type for each in field.args.values()))):
                continue
            head = ", ".join(f"${argument}: {each.type}" for argument, each in field.args.items())
            asked = f"{name}({', '.join(f'{each}: ${each}' for each in field.args)}) {{ __typename }}"
            if kind is schema.subscription_type:
                yield f"{kind.name}.{name}", f"subscription({head}) {{ {asked} }}", field.args
            else:
                yield f"{kind.name}.{name}", f"query({head}) {{ {PLACES[kind.name].format(asked)} }}", field.args


def has_text(kind: Any) -> bool:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return any(has_text(each.type) for each in named.fields.values())
    return named.name in ("ID", "String")


@contextmanager
def signed_in(core: Core, folder: Path, database: str = "") -> Iterator[Bff]:
    with running_bff(settings_for(core, folder, trusted_proxies="127.0.0.1", database_url=database)) as bff:
        bff.tokens["me"] = bff.sign_in("13800000001")
        yield bff


@pytest.fixture(scope="module")
def app(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    with signed_in(core, tmp_path_factory.mktemp("hostile")) as bff:
        yield bff


@pytest.fixture(scope="module")
def on_postgresql(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    with postgresql_database() as url, signed_in(core, tmp_path_factory.mktemp("hostile"), url) as bff:
        yield bff


MUTATIONS = {name: (document, arguments) for name, document, arguments in mutations()}
READS = {name: (document, arguments) for name, document, arguments in reads()}
SAID = "data: "
DATABASES_DIFFER = ("NUL", "control characters", "noncharacters", "combining marks", "beyond the BMP", "emoji", "SQL")
"""Texts that one database may take and the other not; what else happens to a text comes before the store."""


def asked(app: Bff, document: str, arguments: Any, hostile: str, number: int, **valid: str) -> tuple[int, Any]:
    """Status and body of the answer, of a subscription the first."""
    variables = {argument: filled(each.type, HOSTILE[hostile], **valid) for argument, each in arguments.items()}
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {app.tokens['me']}",
        # Each from an address of its own: what is tested is the input, not the limits.
        "X-Forwarded-For": f"2001:db8:{number:x}::1",
    }
    if document.startswith("subscription"):
        headers["Accept"] = "text/event-stream"
    body = json.dumps({"query": document, "variables": variables}).encode("ascii")
    answer = app.client.post("/graphql", content=body, headers=headers)
    text = answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        text = next(line for line in text.splitlines() if line.startswith(SAID)).removeprefix(SAID)
    return answer.status_code, json.loads(text)


def check_mutation(app: Bff, name: str, hostile: str) -> None:
    number = list(MUTATIONS).index(name) * len(HOSTILE) + list(HOSTILE).index(hostile)
    status, body = asked(app, *MUTATIONS[name], hostile, number)
    assert status in (200, 400, 413), body
    payload = (body.get("data") or {}).get(name) or {}
    problems = [error["extensions"]["code"] for error in body.get("errors", ())]
    codes = problems + [error["code"] for error in payload.get("userErrors", ())]
    assert "INTERNAL_ERROR" not in codes
    assert codes or name in SILENT
    assert all(error["message"] for error in payload.get("userErrors", ()))


def check_read(app: Bff, name: str, hostile: str) -> None:
    status, body = asked(app, *READS[name], hostile, list(HOSTILE).index(hostile))
    assert status in (200, 400, 413), body
    assert {error["extensions"]["code"] for error in body.get("errors", ())} <= REFUSED, body


@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_gets_a_clear_error(app: Bff, name: str, hostile: str) -> None:
    check_mutation(app, name, hostile)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_finds_nothing_or_is_refused(app: Bff, name: str, hostile: str) -> None:
    check_read(app, name, hostile)


def check_texts(app: Bff, name: str, hostile: str) -> None:
    """With figures and days that are in order, since a wrong one is refused before any text is looked at."""
    status, body = asked(app, *MUTATIONS[name], hostile, 0, Money="1500.00", Date="2018-10-01")
    assert status == 200
    assert "errors" not in body, body


APPLYING = [name for name in MUTATIONS if name.startswith("apply")]


@pytest.mark.parametrize("name", APPLYING)
@pytest.mark.parametrize("hostile", DATABASES_DIFFER)
def test_hostile_text_in_an_application_is_no_fault_of_ours(app: Bff, name: str, hostile: str) -> None:
    check_texts(app, name, hostile)


@pytest.mark.services
@pytest.mark.parametrize("name", APPLYING)
@pytest.mark.parametrize("hostile", DATABASES_DIFFER)
def test_hostile_text_in_an_application_is_no_fault_of_ours_over_postgresql(
    on_postgresql: Bff, name: str, hostile: str
) -> None:
    check_texts(on_postgresql, name, hostile)


@pytest.mark.services
@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.parametrize("hostile", DATABASES_DIFFER)
def test_hostile_text_gets_a_clear_error_over_postgresql(on_postgresql: Bff, name: str, hostile: str) -> None:
    check_mutation(on_postgresql, name, hostile)


@pytest.mark.services
@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("hostile", DATABASES_DIFFER)
def test_hostile_text_finds_nothing_or_is_refused_over_postgresql(on_postgresql: Bff, name: str, hostile: str) -> None:
    check_read(on_postgresql, name, hostile)


REFUSED = {"BAD_REQUEST", "BAD_USER_INPUT"}
SILENT = {"endSession"}
"""An ID that is nobody's is answered like one that was ended before."""


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_token_is_no_token(app: Bff, hostile: str) -> None:
    token = bytes(byte for byte in HOSTILE[hostile].encode("utf-8", "surrogatepass") if byte > 31 and byte != 127)
    headers = {"Authorization": b"Bearer ." + token[:4000], "Content-Type": b"application/json"}
    answer = app.client.post("/graphql", content=b'{"query": "{ me { name } }"}', headers=headers)  # type: ignore[arg-type] # raw
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
