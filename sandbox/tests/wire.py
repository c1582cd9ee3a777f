"""A caller that knows the contract only: raw envelopes over http.client, nothing of the core's own code."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

NS = "urn:gjj:core:1"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
XSD = Path(__file__).parents[2] / "bff" / "legacy" / "standard" / "wsdl" / "core.xsd"
USER, PASSWORD = "bff", "practice"
CREATED = "%Y-%m-%dT%H:%M:%SZ"

DUAN, GAO, LU, YANG, LI = "990140300001", "990100500002", "990120700003", "990020400004", "990060900005"
ZHAO, MA, MAIMAITI, ZHANG, WANG = "990180800006", "990080300007", "990110200008", "990130900009", "990010600010"
CHEN, SUN, ZHOU, HE = "990931100011", "990090400012", "990090300013", "990150300014"
PEOPLE = (DUAN, GAO, LU, YANG, LI, ZHAO, MA, MAIMAITI, ZHANG, WANG, CHEN, SUN, ZHOU, HE)
DUAN_LOAN, MA_LOAN, CHEN_OLD_LOAN, CHEN_LOAN = "210161200001", "210150700002", "210010500003", "210130600004"
LOANS = (DUAN_LOAN, MA_LOAN, CHEN_OLD_LOAN, CHEN_LOAN)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reply(self) -> etree._Element:
        """The body's only element."""
        body = etree.fromstring(self.body).find(f"{{{SOAP}}}Body")
        assert body is not None
        assert len(body) == 1
        return body[0]

    def get(self, path: str) -> str | None:
        """The text at a path of element names, as "ZHXX/GRZHYE"; null where there is no such element."""
        return self.reply.findtext(in_contract(path))

    def count(self, path: str) -> int:
        return len(self.reply.findall(in_contract(path)))

    def all(self, path: str) -> list[str]:
        return [element.text or "" for element in self.reply.findall(in_contract(path))]

    @property
    def core_fault(self) -> str | None:
        """GZM of the fault, null when the answer is none."""
        return etree.fromstring(self.body).findtext(
            f"{{{SOAP}}}Body/{{{SOAP}}}Fault/detail/{{{NS}}}CoreFault/{{{NS}}}GZM"
        )


@dataclass(frozen=True, slots=True)
class Wire:
    """A core at an address."""

    url: str

    def connect(self, timeout: float = 30) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=timeout)

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, timeout: float = 30
    ) -> Answer:
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def form(self, path: str, body: str, headers: dict[str, str] | None = None) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, body.encode(), kind | (headers or {}))

    def post(self, service: str, body: bytes, timeout: float = 30) -> Answer:
        return self.request("POST", f"/services/{service}", body, {"Content-Type": "text/xml; charset=utf-8"}, timeout)

    def call(self, service: str, operation: str, **arguments: str | int) -> Answer:
        return self.post(service, envelope(operation, arguments))

    def control(self, method: str, path: str, value: object = None) -> Answer:
        body = b"" if value is None else json.dumps(value).encode()
        return self.request(method, f"/control/{path}", body)

    def misbehave(self, *rules: dict[str, object]) -> None:
        assert self.control("PUT", "faults", list(rules)).status == 200

    def move_clock(self, to: str) -> None:
        assert self.control("PUT", "clock", {"date": to}).status == 200


def in_contract(path: str) -> str:
    return "/".join(f"{{{NS}}}{name}" for name in path.split("/"))


def token(
    user: str = USER,
    password: str = PASSWORD,
    *,
    nonce: str | None = None,
    created: str | None = None,
    digest: str | None = None,
) -> str:
    """A Security header with a digest over the nonce's bytes, unless one is given."""
    nonce = base64.b64encode(secrets.token_bytes(16)).decode() if nonce is None else nonce
    created = f"{datetime.now(UTC):{CREATED}}" if created is None else created
    if digest is None:
        raw = base64.b64decode(nonce) + created.encode() + password.encode()
        digest = base64.b64encode(hashlib.sha1(raw).digest()).decode()  # noqa: S324 (the profile's)
    return (
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"><wsse:UsernameToken>'
        f'<wsse:Username>{user}</wsse:Username><wsse:Password Type="{PROFILE}">{digest}</wsse:Password>'
        f"<wsse:Nonce>{nonce}</wsse:Nonce><wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>"
    )


def envelope(
    operation: str, arguments: Mapping[str, str | int], *, security: str | None = None, serial: str | None = None
) -> bytes:
    """A request by the contract; `security` null makes a fresh and valid token."""
    content = "".join(f"<{name}>{value}</{name}>" for name, value in arguments.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{SOAP}"><soap:Header>'
        f'<Head xmlns="{NS}"><QDBH>APP</QDBH><QQLSH>{serial or uuid.uuid4().hex}</QQLSH>'
        f"<QQSJ>2018-10-25T10:00:00</QQSJ></Head>{token() if security is None else security}</soap:Header>"
        f'<soap:Body><{operation} xmlns="{NS}">{content}</{operation}></soap:Body></soap:Envelope>'
    ).encode()
