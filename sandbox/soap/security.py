"""WS-Security UsernameToken with a digest: who the caller is, and that this message was not sent before."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lxml import etree

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WINDOW = timedelta(minutes=5)
REMEMBERED = 100_000


class NotAuthenticated(Exception):
    """The text says what is wrong, without saying what would be right."""


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str
    _seen: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def check(self, envelope: etree._Element, now: datetime | None = None) -> None:
        """Raises NotAuthenticated."""
        token = envelope.find(f".//{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
        if token is None:
            raise NotAuthenticated("no UsernameToken")
        username, password, nonce = (
            token.findtext(f"{{{WSSE}}}{name}", "") for name in ("Username", "Password", "Nonce")
        )
        created = token.findtext(f"{{{WSU}}}Created", "")
        self._check_age(created, now or datetime.now(UTC))
        raw = _decoded(nonce)
        if not (_same(username, self.username) and _same(password, self._digest(raw, created))):
            raise NotAuthenticated("user name or password is wrong")
        self._check_nonce(raw)

    def _check_age(self, created: str, now: datetime) -> None:
        try:
            at = datetime.fromisoformat(created)
        except ValueError:
            raise NotAuthenticated("Created is missing or no moment") from None
        if at.tzinfo is None or abs(now - at) > WINDOW:
            raise NotAuthenticated("Created is too old or in the future: compare the clocks")

    def _digest(self, nonce: bytes, created: str) -> str:
        # SHA-1 is what the token's profile prescribes.
        digest = hashlib.sha1(nonce + created.encode() + self.password.encode()).digest()  # noqa: S324
        return base64.b64encode(digest).decode()

    def _check_nonce(self, nonce: bytes) -> None:
        """By its bytes: Base64 can write the same ones in several ways."""
        if nonce in self._seen:
            raise NotAuthenticated("this nonce was used before")
        self._seen[nonce] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


def _decoded(nonce: str) -> bytes:
    try:
        return base64.b64decode(nonce, validate=True)
    except ValueError:
        raise NotAuthenticated("the nonce is not Base64") from None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
