"""From the bytes of a reply to the one element that the contract allows: parsed without DTD, entities or network,
valid against the XSD, ours by its serial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from bff.legacy.errors import CoreBadReply, CoreFault
from bff.legacy.transport import HttpReply

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ENVELOPE, HEADER, BODY, FAULT = (f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body", "Fault"))

_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_GB = {"gbk", "gb2312", "gb18030", "cp936", "gb_2312-80", "x-gbk"}


def open_reply(operation: str, reply: HttpReply) -> etree._Element:
    """The body's child. Raises CoreFault for a fault with a code, CoreBadReply for everything else."""
    if reply.status not in (200, 500):
        raise CoreBadReply(operation, f"HTTP status {reply.status}")
    envelope = _parse(operation, reply)
    body = envelope.find(BODY) if envelope.tag == ENVELOPE else None
    if body is None or len(body) != 1:
        raise CoreBadReply(operation, "no SOAP 1.1 envelope with one body element")
    child = body[0]
    if child.tag == FAULT:
        raise _fault(operation, child)
    if reply.status != 200:
        raise CoreBadReply(operation, f"HTTP status {reply.status} without a fault")
    return child


def _parse(operation: str, reply: HttpReply) -> etree._Element:
    # A parser of its own for each reply: lxml's are not safe to share between threads, and they are cheap.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(_utf8(operation, reply), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CoreBadReply(operation, "no well-formed XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise CoreBadReply(operation, "a document type declaration")
    return root


def _utf8(operation: str, reply: HttpReply) -> bytes:
    """The body in UTF-8. Old cores declare GBK and mean GB 18030, or declare nothing at all."""
    body = reply.body.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(body)
    name = declared[1].decode().lower() if declared else (reply.charset or "").lower()
    if declared and name == "utf-8":
        return body.lstrip()  # the parser reads it as it is
    encodings = ["gb18030"] if name in _GB else [name] if name else ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1).encode()
    raise CoreBadReply(operation, "an unreadable encoding")


@dataclass(frozen=True, slots=True)
class Encodings:
    """What a reply says that it is written in, by its XML declaration and by its header, and what its bytes can be
    read as; `actual` is null where that is neither."""

    declared: str
    in_header: str
    actual: Literal["ASCII", "UTF-8", "GB 18030"] | None

    @classmethod
    def of(cls, reply: HttpReply) -> Encodings:
        body = reply.body.removeprefix(b"\xef\xbb\xbf")
        found = _DECLARED.match(body)
        return cls(_plain(found[1].decode() if found else ""), _plain(reply.charset or ""), _actual(body))


def _plain(name: str) -> str:
    return "GB 18030" if name.lower() in _GB else name.upper()


def _actual(body: bytes) -> Literal["ASCII", "UTF-8", "GB 18030"] | None:
    for name in ("ASCII", "UTF-8", "GB 18030"):
        try:
            body.decode(name.replace(" ", ""))
        except UnicodeDecodeError:
            continue
        return name
    return None


def _fault(operation: str, fault: etree._Element) -> CoreFault | CoreBadReply:
    code = (fault.findtext("faultcode") or "").strip()
    if not code:
        return CoreBadReply(operation, "a fault without a code")
    return CoreFault(operation, f"fault {code[:64]}")
