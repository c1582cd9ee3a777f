"""The one door to zeep: it owns the WSDL, the envelope and WS-Security. What comes back is verified by us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import structlog
import zeep
from lxml import etree
from zeep.proxy import AsyncServiceProxy
from zeep.wsse.username import UsernameToken

from bff.legacy.codes import REJECTIONS
from bff.legacy.envelope import open_reply
from bff.legacy.errors import CoreBadData, CoreBusy, CoreClosed, CoreError, CoreRefusedMessage, CoreRejected
from bff.legacy.protection import Limits, Protection
from bff.legacy.reading import Reader
from bff.legacy.transport import Transport
from bff.legacy.watching import Watching
from bff.legacy.xsd import compile_schema
from bff.rules.application import Rejection

PACKAGED_WSDL = Path(__file__).parent / "wsdl" / "core.wsdl"

DONE, CLOSED, BUSY = "0000", "9001", "9004"
OUR_MISTAKE = ("9002", "9003")
"""Message not understood, authentication failed: nothing that a member could mend."""
READING = "Query"
"""How the contract's reading operations begin; whatever else there is counts as a write."""

_timeout: ContextVar[float] = ContextVar("core_timeout")  # zeep stands between the call and the transport

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Contract:
    """The WSDL as zeep reads it and the XSD as lxml compiles it; loading takes a moment, so it is done once."""

    client: zeep.Client
    schema: etree.XMLSchema

    @classmethod
    def load(cls, location: str, username: str, password: str) -> Contract:
        client = zeep.Client(
            location,
            wsse=UsernameToken(username, password, use_digest=True, zulu_timestamp=True),
            # Constants here: zeep's settings context is local to a thread, and tasks share one.
            settings=zeep.Settings(strict=True, raw_response=True, forbid_dtd=True, xml_huge_tree=False),
        )
        return cls(client, compile_schema(location, client.transport.load))


@dataclass(frozen=True, slots=True)
class CoreClient:
    """`now` gives the moment that goes into each request; `count_oddity(kind, what)` counts what a core sends that
    nobody knows, and is given no personal data."""

    contract: Contract
    transport: Transport
    base_url: str | None
    channel: str
    now: Callable[[], datetime]
    count_oddity: Callable[[str, str], None]
    limits: Limits
    watching: Watching = field(default_factory=Watching)
    protection: Mapping[str, Protection] = field(init=False)
    _services: Mapping[str, AsyncServiceProxy] = field(init=False)

    def __post_init__(self) -> None:
        client = self.contract.client
        client.transport = _Post(self.transport, self.watching.headers)
        services = {
            name: AsyncServiceProxy(client, port.binding, address=self._address(port.binding_options["address"]))
            for name, service in client.wsdl.services.items()
            for port in service.ports.values()
        }
        protection = {
            name: Protection(name, self.limits, self.transport.timeout, watching=self.watching) for name in services
        }
        object.__setattr__(self, "_services", services)
        object.__setattr__(self, "protection", protection)

    async def call(self, service: str, operation: str, payload: str, **arguments: object) -> tuple[Reader, Reader]:
        """The reply and its payload element, in this order.

        Raises CoreRejected for a refusal, CoreClosed and CoreBusy for the core's own state, CoreHeldBack where the
        core is spared, and another CoreError for every way in which there was no answer.
        """
        return await self._call(service, operation, payload, arguments, persistent=False)

    async def insist(self, service: str, operation: str, payload: str, **arguments: object) -> tuple[Reader, Reader]:
        """The same, although the service seems to be down."""
        return await self._call(service, operation, payload, arguments, persistent=True)

    async def _call(
        self, service: str, operation: str, payload: str, arguments: Mapping[str, object], *, persistent: bool
    ) -> tuple[Reader, Reader]:
        async def exchange(within: float) -> Reader:
            _timeout.set(within)
            return await self._exchange(service, operation, arguments)

        writes = not operation.startswith(READING)
        reply = await self.protection[service].run(operation, exchange, writes=writes, persistent=persistent)
        return reply, reply.child(payload)

    async def _exchange(self, service: str, operation: str, arguments: Mapping[str, object]) -> Reader:
        serial = uuid4().hex
        head = {"QDBH": self.channel, "QQLSH": serial, "QQSJ": self.now()}
        http = await self._services[service][operation](**arguments, _soapheaders={"head": head})
        element = open_reply(operation, http)
        self._verify(service, operation, element)
        reply = Reader(element, operation, self.count_oddity)
        reply.must_be("QQLSH", serial)
        if (code := reply.text("FHM")) != DONE:
            raise self._refusal(operation, code, reply)
        return reply

    def _verify(self, service: str, operation: str, element: etree._Element) -> None:
        # A reply of another operation would be valid, too.
        if element.tag != self._services[service]._binding.get(operation).output.body.qname:
            raise CoreBadData(operation, "another operation's element")
        if not self.contract.schema.validate(element):
            # The log's message quotes the value, which may be personal: the place is enough.
            error = self.contract.schema.error_log[0]
            raise CoreBadData(operation, f"not valid against the XSD at {error.path}: {error.type_name}")

    def _refusal(self, operation: str, code: str, reply: Reader) -> CoreError:
        if code == CLOSED:
            opens_at = reply.moment("KYSJ") if reply.text_or_none("KYSJ") else None
            return CoreClosed(operation, opens_at)
        if code == BUSY:
            return CoreBusy(operation, "busy")
        if code in OUR_MISTAKE:
            log.error("core_refused_our_message", operation=operation, code=code)
            return CoreRefusedMessage(operation, f"return code {code}")
        if code not in REJECTIONS:
            self.count_oddity("FHM", code)
            log.warning("core_return_code_unmapped", operation=operation, code=code)
        return CoreRejected(operation, REJECTIONS.get(code, Rejection.OTHER), code, reply.text_or_none("FHXX") or "")

    def _address(self, address: str) -> str:
        if self.base_url is None:
            return address
        base, path = urlsplit(self.base_url), urlsplit(address).path
        return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + path, "", ""))


@dataclass(frozen=True, slots=True)
class _Post:
    """What zeep takes for its transport. `more` are headers that go with each message."""

    transport: Transport
    more: Callable[[], Mapping[str, str]]

    async def post_xml(self, address: str, envelope: etree._Element, headers: dict[str, str]) -> Any:
        operation = headers["SOAPAction"].strip('"').rpartition("/")[2]
        body = etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
        return await self.transport.post(operation, address, body, {**headers, **self.more()}, _timeout.get())


async def load_contract(location: str | None, username: str, password: str) -> Contract:
    """In a thread: zeep reads files and URLs synchronously."""
    return await asyncio.to_thread(Contract.load, location or str(PACKAGED_WSDL), username, password)
