"""The WSDL and its XSD: which operations there are, what a request holds, how a reply is written. Both ways are
checked against the XSD."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

NS = "urn:gjj:core:1"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
WSDL = {"wsdl": "http://schemas.xmlsoap.org/wsdl/", "soap": "http://schemas.xmlsoap.org/wsdl/soap/"}


NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Nil:
    """Written as xsi:nil; None leaves the element out."""


NIL = Nil()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler answers. `payload` maps element names, in the XSD's order, to values: text, numbers, dates,
    None to leave out, NIL, a mapping for an element with children, a sequence for a repeated one."""

    payload: Mapping[str, Any] | None = None
    code: str = "0000"
    text: str = "成功"


Handler = Callable[[sqlite3.Connection, Mapping[str, str]], Outcome]


class BadMessage(Exception):
    """A request that the contract does not allow; the text says what."""


@dataclass(frozen=True, slots=True)
class Request:
    operation: str
    serial: str
    channel: str
    arguments: Mapping[str, str]
    envelope: etree._Element


class _Schema(threading.local):
    """One for each thread: lxml keeps the errors of a check in the schema, where the next check forgets them."""

    def __init__(self, xsd: Path) -> None:
        self.xsd = etree.XMLSchema(file=str(xsd))

    def check(self, element: etree._Element) -> None:
        """Raises BadMessage."""
        if not self.xsd.validate(element):
            raise BadMessage(str(self.xsd.error_log[0].message))


@dataclass(frozen=True, slots=True)
class Contract:
    """`operations` maps the last part of a service's path to the names of its operations."""

    wsdl: Path
    xsd: Path
    schema: _Schema
    operations: Mapping[str, frozenset[str]]

    @classmethod
    def load(cls, wsdl: Path) -> Contract:
        tree = etree.parse(wsdl)
        location = str(tree.xpath("string(//*[local-name()='import']/@schemaLocation)"))
        xsd = wsdl.parent / location
        return cls(wsdl, xsd, _Schema(xsd), _operations(tree))

    def read(self, body: bytes, service: str) -> Request:
        """Raises BadMessage for anything but a valid request of one of the service's operations."""
        envelope = _parse(body)
        head = envelope.find(f"{{{SOAP}}}Header/{{{NS}}}Head")
        content = envelope.find(f"{{{SOAP}}}Body")
        if envelope.tag != f"{{{SOAP}}}Envelope" or head is None or content is None or len(content) != 1:
            raise BadMessage("SOAP 1.1 envelope with Head and one body element expected")
        for element in (head, content[0]):
            self.schema.check(element)
        operation = etree.QName(content[0]).localname
        if operation not in self.operations.get(service, ()):
            raise BadMessage(f"no operation {operation} in this service")
        fields = _texts(head)
        return Request(operation, fields["QQLSH"], fields["QDBH"], _texts(content[0]), envelope)

    def write(self, operation: str, serial: str, today: str, outcome: Outcome, opens_at: str | None = None) -> bytes:
        """The reply's envelope. Raises BadMessage when a handler's outcome breaks the XSD."""
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
        reply = etree.SubElement(
            etree.SubElement(envelope, f"{{{SOAP}}}Body"),
            f"{{{NS}}}{operation}Response",
            nsmap={None: NS, "xsi": XSI},
        )
        head = {"QQLSH": serial, "FHM": outcome.code, "FHXX": outcome.text, "KJRQ": today, "KYSJ": opens_at}
        _append(reply, head)
        _append(reply, outcome.payload or {})
        self.schema.check(reply)
        return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def fault(code: str, text: str) -> bytes:
    """A SOAP fault with the contract's CoreFault in its detail."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    element = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    etree.SubElement(element, "faultcode").text = "soap:Server"
    etree.SubElement(element, "faultstring").text = text
    detail = etree.SubElement(etree.SubElement(element, "detail"), f"{{{NS}}}CoreFault", nsmap={None: NS})
    _append(detail, {"GZM": code, "GZXX": text})
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def legible(text: str) -> str:
    """Without the control characters that XML and HTML cannot hold."""
    return NOT_IN_XML.sub("", text)


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadMessage("no well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise BadMessage("a document type declaration is not allowed")
    return root


def _operations(wsdl: etree._ElementTree) -> dict[str, frozenset[str]]:
    found = {}
    for port in wsdl.iterfind(".//wsdl:service/wsdl:port", WSDL):
        location = port.xpath("string(soap:address/@location)", namespaces=WSDL)
        binding = str(port.get("binding")).rpartition(":")[2]
        names = wsdl.iterfind(f".//wsdl:binding[@name='{binding}']/wsdl:operation", WSDL)
        found[str(location).rpartition("/")[2]] = frozenset(str(each.get("name")) for each in names)
    return found


def _texts(element: etree._Element) -> dict[str, str]:
    return {etree.QName(child).localname: (child.text or "").strip() for child in element}


def _append(parent: etree._Element, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        for each in value if isinstance(value, Sequence) and not isinstance(value, str) else (value,):
            if each is not None:
                _fill(etree.SubElement(parent, f"{{{NS}}}{name}"), each)


def _fill(element: etree._Element, value: Any) -> None:
    match value:
        case Nil():
            element.set(f"{{{XSI}}}nil", "true")
        case Mapping():
            _append(element, value)
        case bool():
            element.text = "true" if value else "false"
        case datetime():
            element.text = value.isoformat(timespec="seconds")
        case date():
            element.text = f"{value:%Y%m%d}"
        case int() | Decimal() | str():
            element.text = str(value)
        case _:
            raise TypeError(f"{etree.QName(element).localname}: {type(value).__name__}")
