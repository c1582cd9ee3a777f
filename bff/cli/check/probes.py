"""Probes: one reading call to each of the core's services, about a person who does not exist. None writes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from bff.cli.check.findings import Finding, look, not_checked, ok, wrong
from bff.legacy import Core
from bff.legacy.errors import (
    CoreBusy,
    CoreClosed,
    CoreError,
    CoreFault,
    CoreRefusedMessage,
    CoreRejected,
    CoreTimeout,
    CoreUnreachable,
)
from bff.legacy.standard.code_tables import NOT_AUTHENTICATED
from bff.legacy.standard.transport import HttpReply
from bff.rules.application import Rejection
from bff.rules.information import Calendar

NO_PERSON = "110101190001010006"
"""A well-formed identity number: born before anyone alive, with a sequence number that is not issued."""
NO_ACCOUNT = "000000000000"
UNKNOWN = {Rejection.PERSON_UNKNOWN, Rejection.ACCOUNT_UNKNOWN, Rejection.LOAN_UNKNOWN, Rejection.RECORD_UNKNOWN}


@dataclass(frozen=True, slots=True)
class Probe:
    """A call to one service; `check` is the name of its finding."""

    check: str
    operation: str
    call: Callable[[Core], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of a probe; `answer` is what the gateway returned, or the error that it raised."""

    probe: Probe
    answer: object

    @property
    def refuses_us(self) -> bool:
        return isinstance(self.answer, CoreRefusedMessage) and self.answer.code == NOT_AUTHENTICATED

    @property
    def accepts_us(self) -> bool:
        return isinstance(self.answer, CoreRejected) or not isinstance(self.answer, Exception)

    @property
    def calendar(self) -> Calendar | None:
        return self.answer if isinstance(self.answer, Calendar) else None


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """A reply as it came, and when."""

    operation: str
    reply: HttpReply
    at: datetime


@dataclass(slots=True)
class ReplyRecorder:
    """Records the replies to the probes."""

    now: Callable[[], datetime]
    replies: list[RecordedReply] = field(default_factory=list)

    def record(self, operation: str, reply: HttpReply) -> None:
        """Add a reply."""
        self.replies.append(RecordedReply(operation, reply, self.now()))


PROBES = (
    Probe("customer", "QueryCustomer", lambda core: core.customer.find(NO_PERSON)),
    Probe("collection", "QueryAccount", lambda core: core.account.account(NO_ACCOUNT)),
    Probe("loan", "QueryLoans", lambda core: core.loan.loans(NO_ACCOUNT)),
    Probe("application", "QueryApplication", lambda core: core.application.find(uuid4().hex)),
    Probe("information", "QueryCalendar", lambda core: core.information.calendar()),
)


async def run(core: Core, probes: Sequence[Probe]) -> dict[str, ProbeResult]:
    """Run all probes at the same time, each within the core's timeout."""
    answers = await asyncio.gather(*(_answer(core, probe) for probe in probes))
    return {probe.check: ProbeResult(probe, answer) for probe, answer in zip(probes, answers, strict=True)}


async def _answer(core: Core, probe: Probe) -> object:
    try:
        return await probe.call(core)
    except Exception as error:  # of a message that the WSDL does not allow, too: the others go on
        return error


def finding(result: ProbeResult) -> Finding:
    """Judge a result."""
    check, operation = result.probe.check, result.probe.operation
    match result.answer:
        case CoreRefusedMessage() if result.refuses_us:
            return not_checked(check, "the core does not accept who we are")
        case CoreClosed():
            return not_checked(check, "the core is closed")
        case CoreUnreachable():
            return not_checked(check, "there is no connection")
        case CoreRejected() as refusal if refusal.code not in UNKNOWN:
            found = f"{operation}: {refusal.raw_code} for a person who does not exist"
            return look(check, found, "give the code its meaning in bff/legacy/standard/code_tables.py")
        case CoreError() as error if not isinstance(error, CoreRejected):
            return wrong(check, f"{operation}: {error.reason}", _cure(error))
        case Exception() as error if not isinstance(error, CoreRejected):
            return wrong(check, f"{operation}: {type(error).__name__}", "our message does not fit the WSDL")
        case Calendar():
            return ok(check, f"{operation}: hours and special days")
        case None | () | CoreRejected():
            return ok(check, f"{operation}: no such person, as expected")
    found = f"{operation}: the core has a person or account under {NO_PERSON} or {NO_ACCOUNT}"
    return look(check, found, "ask who that is")


def _cure(error: CoreError) -> str:
    match error:
        case CoreRefusedMessage():
            return "the core does not understand our message: compare its WSDL, BFF_CORE_WSDL, with what it runs"
        case CoreFault():
            return "the core broke: its operators find the call by its time in their log"
        case CoreTimeout():
            return "ask its operators, or raise BFF_CORE_TIMEOUT"
        case CoreBusy():
            return "the core is at its limit: try later, or lower BFF_CORE_MAX_CONCURRENCY"
    return "the reply does not fit the WSDL: see BFF_CORE_WSDL, BFF_CORE_URL and what stands between"
