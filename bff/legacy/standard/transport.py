"""HTTP to the core: connection pool, size limit and timeouts. Knows nothing of SOAP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bff.legacy.errors import CoreBadReply, CoreTimeout, CoreUnreachable


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A reply; `charset` and `date` as the headers have them."""

    status: int
    charset: str | None
    body: bytes
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Transport:
    """`timeout` (seconds) is for a whole call that has no deadline. The call policies bound how many calls are in
    flight."""

    session: aiohttp.ClientSession
    timeout: float
    max_bytes: int

    @classmethod
    def open(cls, *, connect_timeout: float, timeout: float, max_bytes: int, tls: ssl.SSLContext | None) -> Transport:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=tls or True, ttl_dns_cache=60),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept-Encoding"),
        )
        return cls(session, timeout, max_bytes)

    async def close(self) -> None:
        await self.session.close()

    async def post(self, operation: str, url: str, body: bytes, headers: Mapping[str, str], within: float) -> HttpReply:
        """Make one exchange within so many seconds, however slowly the bytes come. Cancelling it closes the
        connection. Raises CoreUnreachable where nothing was sent, CoreTimeout and CoreBadReply."""
        try:
            async with asyncio.timeout(within):
                return await self._exchange(operation, url, body, headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise CoreUnreachable(operation, type(error).__name__) from error
        except TimeoutError as error:
            raise CoreTimeout(operation, f"no answer within {within:.3g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise CoreBadReply(operation, f"connection broke: {type(error).__name__}") from error

    async def _exchange(self, operation: str, url: str, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        async with self.session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            received = bytearray()
            async for chunk in response.content.iter_chunked(1 << 16):
                received += chunk
                if len(received) > self.max_bytes:
                    response.close()
                    raise CoreBadReply(operation, f"reply of more than {self.max_bytes} bytes")
            return HttpReply(response.status, response.charset, bytes(received), response.headers.get("Date"))


def tls_context(ca_file: Path | None, client_cert: Path | None, client_key: Path | None) -> ssl.SSLContext | None:
    """Return a TLS context; null where the machine's own trust store is enough. Raises OSError, of which ssl's errors
    are kinds."""
    if ca_file is None and client_cert is None:
        return None
    context = ssl.create_default_context(cafile=ca_file)
    if client_cert is not None:
        context.load_cert_chain(client_cert, client_key)
    return context
