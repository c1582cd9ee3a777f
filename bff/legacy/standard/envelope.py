"""SOAP envelopes of replies: from bytes to the one element in the body, parsed without DTD, entities or network."""

from __future__ import annotations

import re

from lxml import etree

from bff.legacy.errors import CoreBadReply, CoreFault
from bff.legacy.standard import charset
from bff.legacy.standard.transport import HttpReply

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ENVELOPE, HEADER, BODY, FAULT = (f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body", "Fault"))

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def open_reply(operation: str, reply: HttpReply) -> etree._Element:
    """Return the body's child. Raises CoreFault for a fault with a code, CoreBadReply for everything else."""
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
    """Return the body in UTF-8, without its XML declaration."""
    try:
        found = charset.read(reply.body, reply.charset)
    except UnicodeError as error:
        raise CoreBadReply(operation, "an unreadable encoding") from error
    return _DECLARATION.sub("", found.text, count=1).lstrip().encode()


def _fault(operation: str, fault: etree._Element) -> CoreFault | CoreBadReply:
    code = (fault.findtext("faultcode") or "").strip()
    if not code:
        return CoreBadReply(operation, "a fault without a code")
    return CoreFault(operation, f"fault {code[:64]}")
