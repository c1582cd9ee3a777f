"""The one door to the core: zeep reads the WSDL and gives requests their form. What comes back is verified by us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import structlog
import zeep
from lxml import etree

from bff.legacy.errors import (
    CoreBadData,
    CoreBusy,
    CoreClosed,
    CoreError,
    CoreRefusedMessage,
    CoreRejected,
    CoreUnreachable,
    CoreUnsendable,
    writing,
)
from bff.legacy.instrumentation import CallInstrumentation
from bff.legacy.resilience.call_policy import CallLimits, CallPolicy
from bff.legacy.standard.code_tables import REJECTIONS
from bff.legacy.standard.contract_diff import Operation, operations_of, ports_of
from bff.legacy.standard.envelope import open_reply
from bff.legacy.standard.name_mapping import Names, Place
from bff.legacy.standard.reply_reader import Reader
from bff.legacy.standard.reply_renaming import Renaming, renaming
from bff.legacy.standard.reply_verification import verify, verify_rows
from bff.legacy.standard.request_writer import Credentials, Message, Values, Writer
from bff.legacy.standard.transport import Transport
from bff.legacy.standard.xsd import compile_schema
from bff.rules.application import Rejection

PACKAGED_WSDL = Path(__file__).parent / "wsdl" / "core.wsdl"

DONE, CLOSED, BUSY = "0000", "9001", "9004"
NOT_AUTHENTICATED = "9003"
OUR_MISTAKE = ("9002", NOT_AUTHENTICATED)
"""Message not understood, authentication failed: nothing that a member could mend."""
READING = "Query"
"""How the contract's reading operations begin; whatever else there is counts as a write."""

SERVICES = ("CustomerService", "CollectionService", "LoanService", "ApplicationService", "InformationService")
"""As our own WSDL has them; another one may spread its operations differently."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Contract:
    """The WSDL as zeep reads it and the XSD as lxml compiles it; loading takes a moment, so it is done once.
    `operations` are those of the WSDL, by its own names; `names` says what they are called here."""

    client: zeep.Client
    credentials: Credentials
    schema: etree.XMLSchema
    operations: Mapping[str, Operation]
    names: Names
    renamings: Mapping[str, Renaming]

    @classmethod
    def load(cls, location: str, username: str, password: str, names: Names, loader: zeep.Transport) -> Contract:
        credentials = Credentials(username, password)
        client = zeep.Client(
            location,
            transport=loader,
            wsse=credentials.token(),
            # Constants here: zeep's settings context is local to a thread, and tasks share one.
            settings=zeep.Settings(strict=True, forbid_dtd=True, xml_huge_tree=False),
        )
        operations = operations_of(client)
        renamings = {name: renaming(each.reply, names) for name, each in needed().items()} if names else {}
        return cls(client, credentials, compile_schema(location, loader.load), operations, names, renamings)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Of one operation: where its messages go, who writes them, and the element that answers."""

    address: str
    writer: Writer
    answer: etree.QName


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
    limits: CallLimits
    instrumentation: CallInstrumentation = field(default_factory=CallInstrumentation)
    call_policies: Mapping[str, CallPolicy] = field(init=False)
    _endpoints: Mapping[str, Endpoint] = field(init=False)

    def __post_init__(self) -> None:
        call_policies = {
            name: CallPolicy(name, self.limits, self.transport.timeout, instrumentation=self.instrumentation)
            for name in SERVICES
        }
        object.__setattr__(self, "_endpoints", self._all_endpoints())
        object.__setattr__(self, "call_policies", call_policies)

    def _all_endpoints(self) -> dict[str, Endpoint]:
        """By the operations' own names in the WSDL."""
        client, operations, credentials = self.contract.client, self.contract.operations, self.contract.credentials
        return {
            name: Endpoint(
                self._address(address),
                Writer(client, binding, name, operations[name].head_part, credentials),
                operation.output.body.qname,
            )
            for _, binding, address in ports_of(client)
            for name, operation in binding.all().items()
        }

    def tells(self, operation: str, element: str) -> bool:
        """Whether the WSDL has an element, called so in our contract, anywhere in the reply to an operation."""
        theirs = self.contract.operations.get(self.contract.names.operation(operation))
        name = self.contract.names.element((f"{operation}Response", element))
        return theirs is not None and any(place[-1] == name for place in theirs.reply.places())

    def takes(self, operation: str, element: str) -> bool:
        """Whether the WSDL has an element, called so in our contract, in the request of an operation."""
        theirs = self.contract.operations.get(self.contract.names.operation(operation))
        name = self.contract.names.element((operation, element))
        return theirs is not None and any(place[-1] == name for place in theirs.request.places())

    async def call(self, service: str, operation: str, payload: str, **arguments: object) -> tuple[Reader, Reader]:
        """Return the reply and its payload element, in this order.

        Raises CoreRejected for a refusal, CoreClosed and CoreBusy for the core's own state, CoreCallNotPermitted where
        nothing was sent, and another CoreError for every way in which there was no answer.
        """
        return await self._call(service, operation, payload, arguments)

    async def call_bypassing_breaker(
        self, service: str, operation: str, payload: str, **arguments: object
    ) -> tuple[Reader, Reader]:
        """Call an operation although its service's circuit breaker is open. Raises what `call` raises."""
        return await self._call(service, operation, payload, arguments, bypass_breaker=True)

    async def listing(
        self, service: str, operation: str, payload: str, rows: str, /, **arguments: object
    ) -> tuple[Reader, Reader]:
        """Call an operation that lists information: one of its `rows` that is not valid is counted, and comes empty.

        Raises what `call` raises.
        """
        return await self._call(service, operation, payload, arguments, rows=rows)

    async def _call(
        self,
        service: str,
        operation: str,
        payload: str,
        arguments: Values,
        *,
        rows: str = "",
        bypass_breaker: bool = False,
    ) -> tuple[Reader, Reader]:
        path = (payload, rows) if rows else ()

        async def exchange(within: float) -> Reader:
            return await self._exchange(operation, arguments, path, within)

        writes = not operation.startswith(READING)
        policy = self.call_policies[service]
        reply = await policy.run(operation, exchange, writes=writes, bypass_breaker=bypass_breaker)
        return reply, reply.child(payload)

    async def _exchange(self, operation: str, arguments: Values, rows: Place, within: float) -> Reader:
        theirs = self.contract.names.operation(operation)
        endpoint = self._endpoints.get(theirs)
        if endpoint is None:
            raise CoreUnreachable(operation, f"{theirs} is not in the WSDL")
        serial = uuid4().hex
        with writing(operation):
            head = self._named("Head", {"QDBH": self.channel, "QQLSH": serial, "QQSJ": self.now()})
            message = self._message(operation, endpoint.writer, head, arguments)
            headers = {**message.headers, **self.instrumentation.headers()}
        http = await self.transport.post(operation, endpoint.address, message.body, headers, within)
        self.instrumentation.reply(operation, http)
        element = open_reply(operation, http)
        self._verify(operation, element, endpoint.answer, rows)
        if operation in self.contract.renamings:
            self.contract.renamings[operation].apply(element)
        reply = Reader(element, operation, self.count_oddity)
        reply.must_be("QQLSH", serial)
        if (code := reply.text("FHM")) != DONE:
            raise self._refusal(operation, code, reply)
        return reply

    def _message(self, operation: str, writer: Writer, head: Values, arguments: Values) -> Message:
        try:
            return writer.message(head, self._named(operation, arguments))
        except ValueError as error:
            raise CoreUnsendable(operation, "a character that no message can have") from error
        except (TypeError, zeep.exceptions.Error) as error:
            log.error("core_request_not_in_wsdl", operation=operation, reason=type(error).__name__)
            raise CoreUnreachable(operation, "its WSDL has no such request") from error

    def _named(self, of: str, values: Values) -> Values:
        names = self.contract.names
        return {names.element((of, name)): value for name, value in values.items()} if names else values

    def _verify(self, operation: str, element: etree._Element, expected: etree.QName, rows: Place) -> None:
        # A reply of another operation would be valid, too.
        if element.tag != expected:
            raise CoreBadData(operation, "another operation's element")
        if rows:
            path = self._path_of((f"{operation}Response", *rows))
            for _ in range(verify_rows(self.contract.schema, operation, element, path)):
                self.count_oddity(f"{operation}.{rows[-1]}", "a row that is not valid")
        else:
            verify(self.contract.schema, operation, element)

    def _path_of(self, place: Place) -> str:
        """From the reply's element, in the core's names."""
        names = self.contract.names
        return "/".join(f"{{*}}{names.element(place[:end])}" for end in range(2, len(place) + 1))

    def _refusal(self, operation: str, code: str, reply: Reader) -> CoreError:
        if code == CLOSED:
            return CoreClosed(operation, _opens_at(reply))
        if code == BUSY:
            return CoreBusy(operation, "busy")
        if code in OUR_MISTAKE:
            log.error("core_refused_our_message", operation=operation, code=code)
            return CoreRefusedMessage(operation, code)
        if code not in REJECTIONS:
            self.count_oddity("FHM", code)
            log.warning("core_return_code_unmapped", operation=operation, code=code)
        return CoreRejected(operation, REJECTIONS.get(code, Rejection.OTHER), code, reply.text_or_none("FHXX") or "")

    @property
    def addresses(self) -> frozenset[str]:
        """URLs that messages are sent to."""
        return frozenset(each.address for each in self._endpoints.values())

    def _address(self, address: str) -> str:
        if self.base_url is None:
            return address
        base, path = urlsplit(self.base_url), urlsplit(address).path
        return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + path, "", ""))


def _opens_at(reply: Reader) -> datetime | None:
    """A core that is closed is closed, also where it does not say until when."""
    try:
        return reply.moment_or_none("KYSJ")
    except CoreBadData:
        return None


def needed() -> dict[str, Operation]:
    """The operations of the packaged WSDL, which the gateways are written for."""
    return operations_of(zeep.Client(str(PACKAGED_WSDL)))


def wsdl_loader(timeout: float, ca_file: Path | None, client_cert: Path | None, client_key: Path | None) -> Any:
    """For a WSDL behind a URL; `timeout` (seconds) is for a connection and for a pause in what it sends."""
    loader = zeep.Transport(timeout=timeout)
    if ca_file is not None or client_cert is not None:
        loader.session.trust_env = False  # or REQUESTS_CA_BUNDLE would count for more than our settings
    if ca_file is not None:
        loader.session.verify = str(ca_file)
    if client_cert is not None:
        loader.session.cert = (str(client_cert), str(client_key)) if client_key else str(client_cert)
    return loader


async def load_contract(
    location: str | None, username: str, password: str, names: Names, loader: zeep.Transport
) -> Contract:
    """In a thread: zeep reads files and URLs synchronously."""
    return await asyncio.to_thread(Contract.load, location or str(PACKAGED_WSDL), username, password, names, loader)
