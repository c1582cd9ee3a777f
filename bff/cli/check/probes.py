"""One reading call to each of the core's services, about a person who does not exist. Nothing is ever written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bff.cli.check.findings import Line, look, not_checked, ok, wrong
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

NOBODY = "110101190001010006"
"""A well-formed identity number of a day before any of today's people, with a sequence that is not given out."""
NO_ACCOUNT = "000000000000"
UNKNOWN = {Rejection.PERSON_UNKNOWN, Rejection.ACCOUNT_UNKNOWN, Rejection.LOAN_UNKNOWN, Rejection.RECORD_UNKNOWN}


@dataclass(frozen=True, slots=True)
class Trip:
    check: str
    operation: str
    go: Callable[[Core], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`answer` is what the gateway made of the reply, or its CoreError."""

    trip: Trip
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
class Heard:
    """A reply as bytes, and the moment at which it was here."""

    operation: str
    reply: HttpReply
    at: datetime


TRIPS = (
    Trip("customer", "QueryCustomer", lambda core: core.customer.find(NOBODY)),
    Trip("collection", "QueryAccount", lambda core: core.account.account(NO_ACCOUNT)),
    Trip("loan", "QueryLoans", lambda core: core.loan.loans(NO_ACCOUNT)),
    Trip("application", "QueryApplication", lambda core: core.application.find(uuid4().hex)),
    Trip("information", "QueryCalendar", lambda core: core.information.calendar()),
)


async def go(core: Core, trips: Sequence[Trip]) -> dict[str, Outcome]:
    """All at the same time, each within the core's own timeout."""
    answers = await asyncio.gather(*(_answer(core, trip) for trip in trips))
    return {trip.check: Outcome(trip, answer) for trip, answer in zip(trips, answers, strict=True)}


async def _answer(core: Core, trip: Trip) -> object:
    try:
        return await trip.go(core)
    except Exception as error:  # of a message that the WSDL does not allow, too: the others go on
        return error


def line(outcome: Outcome) -> Line:
    check, operation = outcome.trip.check, outcome.trip.operation
    match outcome.answer:
        case CoreRefusedMessage() if outcome.refuses_us:
            return not_checked(check, "the core does not accept who we are")
        case CoreClosed():
            return not_checked(check, "the core is closed")
        case CoreUnreachable():
            return not_checked(check, "there is no connection")
        case CoreRejected() as refusal if refusal.code not in UNKNOWN:
            found = f"{operation}: {refusal.raw_code} where nobody is meant"
            return look(check, found, "give the code its meaning in bff/legacy/standard/code_tables.py")
        case CoreError() as error if not isinstance(error, CoreRejected):
            return wrong(check, f"{operation}: {error.reason}", _cure(error))
        case Exception() as error if not isinstance(error, CoreRejected):
            return wrong(check, f"{operation}: {type(error).__name__}", "our message does not fit the WSDL")
        case Calendar():
            return ok(check, f"{operation}: hours and special days")
        case None | () | CoreRejected():
            return ok(check, f"{operation}: nobody, as it should be")
    return look(check, f"{operation}: the core knows somebody under {NOBODY} or {NO_ACCOUNT}", "ask who that is")


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
