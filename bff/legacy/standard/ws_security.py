"""WS-Security UsernameToken credentials: the password travels as a digest with a nonce and the time."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime

from zeep.wsse.username import UsernameToken

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
SECRETS = DIGEST, NONCE, CREATED = f"{{{WSSE}}}Password", f"{{{WSSE}}}Nonce", f"{{{WSU}}}Created"
"""Elements of the token that are new in each message."""


@dataclass(frozen=True, slots=True)
class UsernameTokenCredentials:
    """The user name and password of this server at the core."""

    username: str
    password: str

    def token(self) -> UsernameToken:
        """Return the token from which zeep writes the header."""
        return UsernameToken(self.username, self.password, use_digest=True, zulu_timestamp=True)

    def secrets(self) -> dict[str, str]:
        """Return digest, nonce and time for one message, by element."""
        nonce, created = os.urandom(16), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        # SHA-1 is what the profile demands; nothing but this message hangs on it.
        digest = hashlib.sha1(nonce + created.encode() + self.password.encode(), usedforsecurity=False).digest()
        return {DIGEST: _base64(digest), NONCE: _base64(nonce), CREATED: created}


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
