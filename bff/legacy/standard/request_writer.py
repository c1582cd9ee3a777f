"""Request messages as zeep writes them, from templates: zeep writes one message for each set of arguments, and each
request fills its values and a digest of its own into the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import uuid4

import zeep
from lxml import etree
from zeep import xsd
from zeep.wsdl.bindings import Soap11Binding

from bff.legacy.standard.envelope import BODY, HEADER
from bff.legacy.standard.ws_security import SECRETS, UsernameTokenCredentials

Values = Mapping[str, object]

_MARK = uuid4().hex
_MARKS = re.compile(rf"{_MARK}(\d+);")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile("[&<>\r]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


class RequestMessage(NamedTuple):
    """A body and the HTTP headers that belong to it."""

    body: bytes
    headers: Mapping[str, str]


class TemplateSlot(NamedTuple):
    """A gap for one value; `type` is the XSD type that gives the value its lexical form."""

    part: str
    name: str
    type: xsd.AnySimpleType | None = None

    def text(self, values: Mapping[str, Values]) -> str:
        """Return the value as escaped text. Raises ValueError for a character that XML does not have."""
        value = values[self.part][self.name]
        text = str(value if self.type is None else self.type.xmlvalue(value))
        if _NOT_XML.search(text):
            raise ValueError(f"{self.name}: a character that XML does not have")
        return text.translate(_ESCAPES) if _ESCAPED.search(text) else text


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """The text of a message with gaps between its parts."""

    between: tuple[str, ...]
    slots: tuple[TemplateSlot, ...]
    headers: Mapping[str, str]

    def fill(self, values: Mapping[str, Values]) -> RequestMessage:
        """Write a message. Raises ValueError as TemplateSlot.text does."""
        written = [self.between[0]]
        for slot, then in zip(self.slots, self.between[1:], strict=True):
            written += (slot.text(values), then)
        return RequestMessage("".join(written).encode(), self.headers)


@dataclass(slots=True)
class RequestWriter:
    """The writer of one operation's requests. `operation` and `head_part` are the WSDL's names, the second empty where
    requests have no header; templates are kept by the arguments that are given."""

    client: zeep.Client
    binding: Soap11Binding
    operation: str
    head_part: str
    credentials: UsernameTokenCredentials
    _templates: dict[tuple[object, ...], MessageTemplate | None] = field(default_factory=dict)

    def message(self, head: Values, body: Values) -> RequestMessage:
        """Write a request. Raises what zeep raises for values that do not fit the WSDL."""
        values = {"head": head, "body": body, "security": self.credentials.secrets()}
        key = tuple((name, value is None) for part in (head, body) for name, value in part.items())
        if key not in self._templates:
            self._templates[key] = self._template(head, body)
        template = self._templates[key]
        if template is None:
            envelope, headers = self._written(head, body)
            return RequestMessage(_bytes(envelope), headers)
        return template.fill(values)

    def _written(self, head: Values, body: Values) -> tuple[etree._Element, dict[str, str]]:
        arguments = {**body, "_soapheaders": {self.head_part: head} if self.head_part else None}
        envelope, headers = self.binding._create(self.operation, (), arguments, client=self.client, options={})
        return envelope, headers

    def _template(self, head: Values, body: Values) -> MessageTemplate | None:
        """Build a template; null where a value has no element of its own: an attribute, a list, a type with
        children."""
        envelope, headers = self._written(head, body)
        places = [*self._places(envelope, head, body)]
        given = [name for values in (head, body) for name, value in values.items() if value is not None]
        if sorted(slot.name for _, slot in places) != sorted(given):
            return None
        places += [(element, TemplateSlot("security", name)) for name in SECRETS for element in envelope.iter(name)]
        for number, (element, _) in enumerate(places):
            element.text = f"{_MARK}{number};"
        parts = _MARKS.split(_bytes(envelope).decode())
        return MessageTemplate(tuple(parts[::2]), tuple(places[int(number)][1] for number in parts[1::2]), headers)

    def _places(
        self, envelope: etree._Element, head: Values, body: Values
    ) -> Iterator[tuple[etree._Element, TemplateSlot]]:
        declared = self.binding.get(self.operation).input
        if self.head_part:
            part = dict(declared.header.type.elements)[self.head_part]
            yield from _leaves("head", part, envelope.find(f"{HEADER}/{{*}}{part.qname.localname}"), head)
        yield from _leaves("body", declared.body, envelope.find(f"{BODY}/*"), body)


def _leaves(
    part: str, declared: xsd.Element, parent: etree._Element | None, values: Values
) -> Iterator[tuple[etree._Element, TemplateSlot]]:
    simple = {
        each.qname.localname: each
        for _, each in declared.type.elements
        if isinstance(each, xsd.Element) and isinstance(each.type, xsd.AnySimpleType)
    }
    for element in () if parent is None else parent:
        found = simple.get(etree.QName(element).localname)
        if found is not None and values.get(found.attr_name) is not None:
            yield element, TemplateSlot(part, found.attr_name, found.type)


def _bytes(envelope: etree._Element) -> bytes:
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
