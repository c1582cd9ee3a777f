"""Requests as zeep writes them. It writes one of each form, an operation with certain arguments; its text is kept, and
each request puts its values into it, and a digest of its own."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

import zeep
from lxml import etree
from zeep import xsd
from zeep.wsdl.bindings import Soap11Binding
from zeep.wsse.username import UsernameToken

from bff.legacy.standard.envelope import BODY, HEADER

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
SECRETS = DIGEST, NONCE, CREATED = f"{{{WSSE}}}Password", f"{{{WSSE}}}Nonce", f"{{{WSU}}}Created"

Values = Mapping[str, object]

_MARK = uuid4().hex
_MARKS = re.compile(rf"{_MARK}(\d+);")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile("[&<>\r]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


class Message(NamedTuple):
    """A body and the headers of HTTP that go with it."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of WS-Security's UsernameToken; the password travels as a digest with a nonce and the time."""

    username: str
    password: str

    def token(self) -> UsernameToken:
        return UsernameToken(self.username, self.password, use_digest=True, zulu_timestamp=True)

    def secrets(self) -> dict[str, str]:
        """New ones for one message."""
        nonce, created = os.urandom(16), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        # SHA-1 is what the profile demands; nothing but this message hangs on it.
        digest = hashlib.sha1(nonce + created.encode() + self.password.encode(), usedforsecurity=False).digest()
        return {DIGEST: _base64(digest), NONCE: _base64(nonce), CREATED: created}


class Slot(NamedTuple):
    """A value's place: `type` says how it is written."""

    part: str
    name: str
    type: xsd.AnySimpleType | None = None

    def text(self, values: Mapping[str, Values]) -> str:
        value = values[self.part][self.name]
        text = str(value if self.type is None else self.type.xmlvalue(value))
        if _NOT_XML.search(text):
            raise ValueError(f"{self.name}: a character that XML does not have")
        return text.translate(_ESCAPES) if _ESCAPED.search(text) else text


@dataclass(frozen=True, slots=True)
class Form:
    """Text between which the slots are filled."""

    between: tuple[str, ...]
    slots: tuple[Slot, ...]
    headers: Mapping[str, str]

    def filled(self, values: Mapping[str, Values]) -> Message:
        written = [self.between[0]]
        for slot, then in zip(self.slots, self.between[1:], strict=True):
            written += (slot.text(values), then)
        return Message("".join(written).encode(), self.headers)


@dataclass(frozen=True, slots=True)
class Writer:
    """Of one operation, by its name in the WSDL; `head_part` is what that calls the header, empty without one."""

    client: zeep.Client
    binding: Soap11Binding
    operation: str
    head_part: str
    credentials: Credentials
    _forms: dict[tuple[object, ...], Form | None] = field(default_factory=dict)

    def message(self, head: Values, body: Values) -> Message:
        """Raises what zeep raises for values that do not fit the WSDL."""
        values = {"head": head, "body": body, "security": self.credentials.secrets()}
        key = tuple((name, value is None) for part in (head, body) for name, value in part.items())
        if key not in self._forms:
            self._forms[key] = self._form(head, body)
        form = self._forms[key]
        if form is None:
            envelope, headers = self._written(head, body)
            return Message(_bytes(envelope), headers)
        return form.filled(values)

    def _written(self, head: Values, body: Values) -> tuple[etree._Element, dict[str, str]]:
        arguments = {**body, "_soapheaders": {self.head_part: head} if self.head_part else None}
        envelope, headers = self.binding._create(self.operation, (), arguments, client=self.client, options={})
        return envelope, headers

    def _form(self, head: Values, body: Values) -> Form | None:
        """Null where a value has no element of its own: an attribute, a list, a type with children."""
        envelope, headers = self._written(head, body)
        places = [*self._places(envelope, head, body)]
        given = [name for values in (head, body) for name, value in values.items() if value is not None]
        if sorted(slot.name for _, slot in places) != sorted(given):
            return None
        places += [(element, Slot("security", name)) for name in SECRETS for element in envelope.iter(name)]
        for number, (element, _) in enumerate(places):
            element.text = f"{_MARK}{number};"
        parts = _MARKS.split(_bytes(envelope).decode())
        return Form(tuple(parts[::2]), tuple(places[int(number)][1] for number in parts[1::2]), headers)

    def _places(self, envelope: etree._Element, head: Values, body: Values) -> Iterator[tuple[etree._Element, Slot]]:
        declared = self.binding.get(self.operation).input
        if self.head_part:
            part = dict(declared.header.type.elements)[self.head_part]
            yield from _leaves("head", part, envelope.find(f"{HEADER}/{{*}}{part.qname.localname}"), head)
        yield from _leaves("body", declared.body, envelope.find(f"{BODY}/*"), body)


def _leaves(
    part: str, declared: xsd.Element, above: etree._Element | None, values: Values
) -> Iterator[tuple[etree._Element, Slot]]:
    simple = {
        each.qname.localname: each
        for _, each in declared.type.elements
        if isinstance(each, xsd.Element) and isinstance(each.type, xsd.AnySimpleType)
    }
    for element in () if above is None else above:
        found = simple.get(etree.QName(element).localname)
        if found is not None and values.get(found.attr_name) is not None:
            yield element, Slot(part, found.attr_name, found.type)


def _bytes(envelope: etree._Element) -> bytes:
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
