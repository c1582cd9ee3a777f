"""The expiry of TLS certificates: the core's, and ours for it."""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import UTC, datetime
from pathlib import Path

SOON = 30
"""Days before its expiry from which on a certificate is reported."""

_TIME = rb"(?:\x17\x0d(\d{12})|\x18\x0f(\d{14}))Z"
_VALIDITY = re.compile(rb"\x30." + _TIME + _TIME, re.DOTALL)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def last_moment(der: bytes) -> datetime | None:
    """Return the end of a certificate's validity, the second time of its Validity (RFC 5280, 4.1.2.5)."""
    found = _VALIDITY.search(der)
    if found is None:
        return None
    short, long = found[3], found[4]
    # A two-digit year from 50 on belongs to the 1900s there, and strptime has its border at 69.
    text = long.decode() if long else ("19" if short >= b"50" else "20") + short.decode()
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def end_of_file(file: Path) -> datetime | None:
    """Return the end of validity of the first certificate in a PEM file."""
    found = _PEM.search(file.read_text(encoding="ascii", errors="replace"))
    return last_moment(ssl.PEM_cert_to_DER_cert(found[0])) if found else None


async def handshake(host: str, port: int, context: ssl.SSLContext, within: float) -> tuple[datetime | None, str]:
    """Return the end of validity of the server's certificate, and the protocol. Raises OSError, of which ssl's errors
    are kinds."""
    async with asyncio.timeout(within):
        _, writer = await asyncio.open_connection(host, port, ssl=context, ssl_handshake_timeout=within)
    try:
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return last_moment(tls.getpeercert(binary_form=True) or b""), tls.version() or ""
    finally:
        writer.transport.abort()


def unverified() -> ssl.SSLContext:
    """Return a context that accepts any certificate, to read one that was refused; nothing is sent over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
