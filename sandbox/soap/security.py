"""WS-Security UsernameToken with a digest: who the caller is, and that this message was not sent before."""

from __future__ import annotations

import base64
import binascii
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
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict)

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
        digest = self._digest(nonce, created)
        if not (hmac.compare_digest(username, self.username) and hmac.compare_digest(password, digest)):
            raise NotAuthenticated("user name or password is wrong")
        self._check_nonce(nonce)

    def _check_age(self, created: str, now: datetime) -> None:
        try:
            at = datetime.fromisoformat(created)
        except ValueError:
            raise NotAuthenticated("Created is missing or no moment") from None
        if at.tzinfo is None or abs(now - at) > WINDOW:
            raise NotAuthenticated("Created is too old or in the future: compare the clocks")

    def _digest(self, nonce: str, created: str) -> str:
        try:
            raw = base64.b64decode(nonce, validate=True)
        except binascii.Error:
            raise NotAuthenticated("the nonce is not Base64") from None
        # SHA-1 is what the token's profile prescribes.
        digest = hashlib.sha1(raw + created.encode() + self.password.encode()).digest()  # noqa: S324
        return base64.b64encode(digest).decode()

    def _check_nonce(self, nonce: str) -> None:
        if nonce in self._seen:
            raise NotAuthenticated("this nonce was used before")
        self._seen[nonce] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
