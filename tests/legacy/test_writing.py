"""Requests are what zeep would have written, whatever the values; only the secrets are new each time."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import zeep
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bff.legacy.standard.contract import PACKAGED_WSDL
from bff.legacy.standard.declarations import OperationDeclaration, operations_of, ports_of
from bff.legacy.standard.request_writer import RequestWriter
from bff.legacy.standard.ws_security import CREATED, DIGEST, NONCE, UsernameTokenCredentials
from tests.legacy.conftest import PASSWORD

CREDENTIALS = UsernameTokenCredentials("bff", PASSWORD)
CLIENT = zeep.Client(str(PACKAGED_WSDL), wsse=CREDENTIALS.token())
OPERATIONS = operations_of(CLIENT)
BINDINGS = {name: binding for _, binding, _ in ports_of(CLIENT) for name in binding.all()}
HEAD = {"QDBH": "APP", "QQLSH": "a" * 32, "QQSJ": datetime(2018, 10, 25, 9, 30, 0, 120000, UTC)}
NASTY = "<租房> & ]]> \"'\r\n\t 😀"
SAMPLES: dict[str, Any] = {"text": NASTY, "number": 20, "dateTime": datetime(2018, 10, 25, 9, 30, tzinfo=UTC)}

PLAIN = '<xs:element name="QueryAccount"><xs:complexType><xs:sequence>\n    <xs:element name="GRZH" type="Number"/>'
WITH_ATTRIBUTE = PLAIN.replace(
    ' type="Number"/>',
    """><xs:complexType><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="kind" type="xs:string"/>
    </xs:extension></xs:simpleContent></xs:complexType></xs:element>""",
)
XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


def writer(name: str) -> RequestWriter:
    return RequestWriter(CLIENT, BINDINGS[name], name, OPERATIONS[name].head_part, CREDENTIALS)


def arguments(operation: OperationDeclaration, *, all_of_them: bool) -> dict[str, Any]:
    parts = [part for part in operation.request.children if part.required or all_of_them]
    return {part.name: Decimal("10.50") if part.name == "JE" else SAMPLES[part.value_type] for part in parts}


def written_by_zeep(name: str, head: dict[str, Any], body: dict[str, Any]) -> etree._Element:
    service = CLIENT.create_service(str(BINDINGS[name].name), "http://core")
    message: etree._Element = CLIENT.create_message(
        service, name, **body, _soapheaders={OPERATIONS[name].head_part: head}
    )
    return message


def without_secrets(envelope: etree._Element) -> bytes:
    for name in (DIGEST, NONCE, CREATED):
        (element,) = envelope.iter(name)
        element.text = ""
    return etree.tostring(envelope, method="c14n2")


@pytest.mark.parametrize("all_of_them", [True, False])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_request_is_what_zeep_would_write(name: str, all_of_them: bool) -> None:
    body, subject = arguments(OPERATIONS[name], all_of_them=all_of_them), writer(name)
    expected = without_secrets(written_by_zeep(name, HEAD, body))
    for _ in range(2):  # the second one finds its form
        assert without_secrets(etree.fromstring(subject.message(HEAD, body).body)) == expected


SUBJECT = writer("QueryAccount")


@given(number=XML_TEXT)
def test_a_text_arrives_as_it_is(number: str) -> None:
    sent = etree.fromstring(SUBJECT.message(HEAD, {"GRZH": number}).body)
    assert (sent.findtext(".//{*}GRZH") or "") == number


def test_what_one_request_says_is_not_in_the_next() -> None:
    subject = writer("QueryAccount")
    subject.message(HEAD, {"GRZH": "first-number"})
    assert b"first-number" not in subject.message(HEAD | {"QQLSH": "b"}, {"GRZH": "2"}).body


@pytest.mark.parametrize("value", ["\x00", "\x1b", "\ufffe", "\ud800"])
def test_a_character_that_xml_does_not_have_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="GRZH"):
        SUBJECT.message(HEAD, {"GRZH": value})


def test_what_the_wsdl_demands_cannot_be_left_out() -> None:
    for _ in range(2):
        with pytest.raises(zeep.exceptions.ValidationError):
            writer("QueryAccount").message(HEAD, {})


def test_a_list_in_the_place_of_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="collections"):
        SUBJECT.message(HEAD, {"GRZH": ["1", "2"]})


def test_the_digest_is_made_of_nonce_time_and_password() -> None:
    sent = etree.fromstring(SUBJECT.message(HEAD, {"GRZH": "1"}).body)
    nonce, created = base64.b64decode(sent.findtext(f".//{NONCE}") or ""), sent.findtext(f".//{CREATED}") or ""
    digest = hashlib.sha1(nonce + created.encode() + PASSWORD.encode(), usedforsecurity=False).digest()
    assert sent.findtext(f".//{DIGEST}") == base64.b64encode(digest).decode()
    assert len(nonce) == 16


def test_headers_of_http_are_those_of_zeep() -> None:
    headers = SUBJECT.message(HEAD, {"GRZH": "1"}).headers
    assert headers["SOAPAction"] == '"urn:gjj:core:1/QueryAccount"'
    assert headers["Content-Type"].startswith("text/xml; charset=utf-8")


def test_a_value_without_a_plain_element_is_written_by_zeep_each_time(tmp_path: Path) -> None:
    for each in PACKAGED_WSDL.parent.iterdir():
        text = each.read_text(encoding="utf-8").replace(PLAIN, WITH_ATTRIBUTE)
        (tmp_path / each.name).write_text(text, encoding="utf-8")
    client = zeep.Client(str(tmp_path / PACKAGED_WSDL.name), wsse=CREDENTIALS.token())
    ((binding, operation),) = [(b, o) for _, b, _ in ports_of(client) for o in b.all() if o == "QueryAccount"]
    subject = RequestWriter(client, binding, operation, OPERATIONS[operation].head_part, CREDENTIALS)
    sent = [etree.fromstring(subject.message(HEAD, {"GRZH": number}).body) for number in ("1", "2")]
    assert [each.findtext(".//{*}GRZH") for each in sent] == ["1", "2"]
    assert len({each.findtext(f".//{NONCE}") for each in sent}) == 2
