"""The SOAP client: messages out through the call policies, replies in, verified and in our names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
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
    message_building,
)
from bff.legacy.instrumentation import CallInstrumentation
from bff.legacy.resilience.call_policy import CallLimits, CallPolicy
from bff.legacy.standard.code_tables import BUSY, CLOSED, MESSAGE_REFUSED, REJECTIONS, SUCCESS
from bff.legacy.standard.contract import Contract
from bff.legacy.standard.declarations import ports_of
from bff.legacy.standard.envelope import open_reply
from bff.legacy.standard.name_mapping import ElementPath
from bff.legacy.standard.reply_reader import ReplyReader
from bff.legacy.standard.reply_verification import verify, verify_rows
from bff.legacy.standard.request_writer import RequestMessage, RequestWriter, Values
from bff.legacy.standard.transport import Transport
from bff.rules.application import Rejection

READING = "Query"
"""The prefix of the contract's reading operations; every other operation counts as a write."""

SERVICES = ("CustomerService", "CollectionService", "LoanService", "ApplicationService", "InformationService")
"""The services of the packaged WSDL; another core may spread its operations differently."""

ReportAnomaly = Callable[[str, str], None]
"""Counts unexpected data of the core, by place and kind; is given no personal data."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one operation's requests go, their writer, and the element that answers."""

    address: str
    writer: RequestWriter
    answer: etree.QName


@dataclass(frozen=True, slots=True)
class CoreClient:
    """A client of all services. `channel` and `now` go into each request; `endpoints` are by the WSDL's names of
    operations, `call_policies` by service."""

    contract: Contract
    transport: Transport
    channel: str
    now: Callable[[], datetime]
    report_anomaly: ReportAnomaly
    instrumentation: CallInstrumentation
    call_policies: Mapping[str, CallPolicy]
    endpoints: Mapping[str, Endpoint]

    @classmethod
    def create(
        cls,
        contract: Contract,
        transport: Transport,
        base_url: str | None,
        channel: str,
        now: Callable[[], datetime],
        report_anomaly: ReportAnomaly,
        limits: CallLimits,
        instrumentation: CallInstrumentation,
    ) -> CoreClient:
        """Build a client; `base_url` replaces scheme, host and port of the WSDL's addresses."""
        policies = {
            name: CallPolicy(name, limits, transport.timeout, instrumentation=instrumentation) for name in SERVICES
        }
        endpoints = _endpoints(contract, base_url)
        return cls(contract, transport, channel, now, report_anomaly, instrumentation, policies, endpoints)

    @property
    def addresses(self) -> frozenset[str]:
        """The URLs that requests are sent to."""
        return frozenset(each.address for each in self.endpoints.values())

    async def call(
        self, service: str, operation: str, payload: str, **arguments: object
    ) -> tuple[ReplyReader, ReplyReader]:
        """Return the reply and its payload element, in this order.

        Raises CoreRejected for a refusal, CoreClosed and CoreBusy for the core's own state, CoreCallNotPermitted where
        nothing was sent, and another CoreError for every way in which there was no answer.
        """
        return await self._call(service, operation, payload, arguments)

    async def call_bypassing_breaker(
        self, service: str, operation: str, payload: str, **arguments: object
    ) -> tuple[ReplyReader, ReplyReader]:
        """Call an operation although its service's circuit breaker is open. Raises what `call` raises."""
        return await self._call(service, operation, payload, arguments, bypass_breaker=True)

    async def listing(
        self, service: str, operation: str, payload: str, rows: str, /, **arguments: object
    ) -> tuple[ReplyReader, ReplyReader]:
        """Call an operation that lists information: one of its `rows` that is not valid is counted, and comes empty.
        Raises what `call` raises."""
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
    ) -> tuple[ReplyReader, ReplyReader]:
        path = (payload, rows) if rows else ()

        async def exchange(within: float) -> ReplyReader:
            return await self._exchange(operation, arguments, path, within)

        writes = not operation.startswith(READING)
        policy = self.call_policies[service]
        reply = await policy.run(operation, exchange, writes=writes, bypass_breaker=bypass_breaker)
        return reply, reply.child(payload)

    async def _exchange(self, operation: str, arguments: Values, rows: ElementPath, within: float) -> ReplyReader:
        theirs = self.contract.names.operation(operation)
        endpoint = self.endpoints.get(theirs)
        if endpoint is None:
            raise CoreUnreachable(operation, f"{theirs} is not in the WSDL")
        serial = uuid4().hex
        with message_building(operation):
            head = self._named("Head", {"QDBH": self.channel, "QQLSH": serial, "QQSJ": self.now()})
            message = self._message(operation, endpoint.writer, head, arguments)
            headers = {**message.headers, **self.instrumentation.headers()}
        http = await self.transport.post(operation, endpoint.address, message.body, headers, within)
        self.instrumentation.reply(operation, http)
        element = open_reply(operation, http)
        self._verify(operation, element, endpoint.answer, rows)
        return self._accepted(operation, element, serial)

    def _message(self, operation: str, writer: RequestWriter, head: Values, arguments: Values) -> RequestMessage:
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

    def _verify(self, operation: str, element: etree._Element, expected: etree.QName, rows: ElementPath) -> None:
        # A reply of another operation would be valid, too.
        if element.tag != expected:
            raise CoreBadData(operation, "another operation's element")
        if rows:
            path = self.contract.xpath((f"{operation}Response", *rows))
            for _ in range(verify_rows(self.contract.schema, operation, element, path)):
                self.report_anomaly(f"{operation}.{rows[-1]}", "a row that is not valid")
        else:
            verify(self.contract.schema, operation, element)

    def _accepted(self, operation: str, element: etree._Element, serial: str) -> ReplyReader:
        """Return the reply to our request `serial`. Raises CoreError where it is another one's, or a refusal."""
        if operation in self.contract.renamings:
            self.contract.renamings[operation].apply(element)
        reply = ReplyReader(element, operation, self.report_anomaly)
        reply.must_be("QQLSH", serial)
        if (code := reply.text("FHM")) != SUCCESS:
            raise self._refusal(operation, code, reply)
        return reply

    def _refusal(self, operation: str, code: str, reply: ReplyReader) -> CoreError:
        if code == CLOSED:
            return CoreClosed(operation, _opens_at(reply))
        if code == BUSY:
            return CoreBusy(operation, "busy")
        if code in MESSAGE_REFUSED:
            log.error("core_refused_our_message", operation=operation, code=code)
            return CoreRefusedMessage(operation, code)
        if code not in REJECTIONS:
            self.report_anomaly("FHM", code)
            log.warning("core_return_code_unmapped", operation=operation, code=code)
        return CoreRejected(operation, REJECTIONS.get(code, Rejection.OTHER), code, reply.text_or_none("FHXX") or "")


def _endpoints(contract: Contract, base_url: str | None) -> dict[str, Endpoint]:
    client, operations = contract.client, contract.operations
    return {
        name: Endpoint(
            _address(address, base_url),
            RequestWriter(client, binding, name, operations[name].head_part, contract.credentials),
            operation.output.body.qname,
        )
        for _, binding, address in ports_of(client)
        for name, operation in binding.all().items()
    }


def _address(address: str, base_url: str | None) -> str:
    if base_url is None:
        return address
    base, path = urlsplit(base_url), urlsplit(address).path
    return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + path, "", ""))


def _opens_at(reply: ReplyReader) -> datetime | None:
    """Return when a closed core opens; null where it does not say."""
    try:
        return reply.moment_or_none("KYSJ")
    except CoreBadData:
        return None
