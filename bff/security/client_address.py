"""The client's address behind trusted proxies, and the network that attempts and limits are counted by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a request. `address` is its own, behind trusted proxies only."""

    address: str
    user_agent: str
    request_id: str

    @property
    def network(self) -> str:
        return network_of(self.address)


def network_of(address: str) -> str:
    """Return what one client cannot change at will: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def address_of(connection: HTTPConnection, trusted: Iterable[str]) -> str:
    """Return the client's address of a connection, as `client_address` has it."""
    forwarded = ",".join(connection.headers.getlist("x-forwarded-for"))  # some proxies add a line of their own
    return client_address(connection.client.host if connection.client else "", forwarded, trusted)


def client_address(peer: str, forwarded: str | None, trusted: Iterable[str]) -> str:
    """Return the client's address: the last hop of X-Forwarded-For that is no trusted proxy, if the peer is one.

    A hop that is no address ends the search at the proxy that sent it: no client chooses the name that it is counted
    by.
    """
    address = _plain(peer)
    if address is None:
        return peer
    proxies = [ip_network(each, strict=False) for each in trusted]
    if not proxies:
        return address
    for hop in map(_plain, reversed((forwarded or "").split(","))):
        if hop is None or not any(ip_address(address) in proxy for proxy in proxies):
            break
        address = hop
    return address


@lru_cache(maxsize=1024)
def _plain(hop: str) -> str | None:
    """Return 1.2.3.4 also for 1.2.3.4:5678 and ::ffff:1.2.3.4, 2001:db8::1 also for [2001:db8::1]:5678; null for what
    is no address."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.partition("%")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)
