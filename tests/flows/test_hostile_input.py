"""Nonsense and malice in every text of every mutation: a clear error, never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
)

from tests.conftest import settings_for
from tests.servers import ROOT, Bff, Core, running_bff

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


def filled(kind: Any, text: str) -> Any:
    """A value of the shape that the type wants, with `text` wherever there can be text."""
    if isinstance(kind, GraphQLNonNull):
        return filled(kind.of_type, text)
    if isinstance(kind, GraphQLList):
        return [filled(kind.of_type, text)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {name: filled(each.type, text) for name, each in kind.fields.items()}
    assert not isinstance(kind, GraphQLObjectType)
    return {"Boolean": True, "Int": 1, "Float": 1.5}.get(kind.name, text)


@pytest.fixture(scope="module")
def app(core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bff]:
    folder = tmp_path_factory.mktemp("hostile")
    with running_bff(settings_for(core, folder, trusted_proxies="127.0.0.1")) as bff:
        bff.tokens["me"] = bff.sign_in("13800000001")
        yield bff


MUTATIONS = {name: (document, arguments) for name, document, arguments in mutations()}


@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_gets_a_clear_error(app: Bff, name: str, hostile: str) -> None:
    document, arguments = MUTATIONS[name]
    variables = {argument: filled(each.type, HOSTILE[hostile]) for argument, each in arguments.items()}
    number = list(MUTATIONS).index(name) * len(HOSTILE) + list(HOSTILE).index(hostile)
    answer = app.client.post(
        "/graphql",
        content=json.dumps({"query": document, "variables": variables}).encode("ascii"),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {app.tokens['me']}",
            # Each from an address of its own: what is tested is the input, not the limits.
            "X-Forwarded-For": f"2001:db8:{number:x}::1",
        },
    )
    assert answer.status_code in (200, 400, 413), answer.text
    body = answer.json()
    payload = (body.get("data") or {}).get(name) or {}
    problems = [error["extensions"]["code"] for error in body.get("errors", ())]
    codes = problems + [error["code"] for error in payload.get("userErrors", ())]
    assert "INTERNAL_ERROR" not in codes
    assert codes or name in SILENT
    assert all(error["message"] for error in payload.get("userErrors", ()))


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
