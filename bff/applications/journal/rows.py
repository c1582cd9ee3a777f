"""Rows of the journal as records. A newer release may have written values that this one does not know: they are read
as UNKNOWN, counted, and stay in the row as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy.engine import Row

from bff.rules.application import Application, ApplicationStatus, Step
from bff.rules.application_kinds import ApplicationKind
from bff.rules.refusal import Refusal, UserErrorCode

Status = ApplicationStatus
Value = TypeVar("Value", bound=StrEnum)
KNOWN = frozenset(status.value for status in Status) - {Status.UNKNOWN.value}
OURS = frozenset((Status.CONFIRMING.value, Status.NOT_RECEIVED.value))
"""Steps that the core does not have."""
FOLLOWED = (Status.ACCEPTED.value, Status.IN_REVIEW.value, Status.APPROVED.value, Status.COMPLETED.value)
"""The core has it, and may still say another thing of it."""
CountUnknown = Callable[[str], None]
"""Is told the place of a value that is not known: status, kind, step or refusal."""

REFUSED = "REFUSED"
"""In the journal only: the core said no before anyone was told of the application; its key answers so again."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A row, with what only the server needs of it. `confirming_since` is when it was last handed to the core, and
    `may_arrive_until` how long that message may be on its way; both are null in rows of an older release. The core had
    accepted what is `missing_since` then."""

    application: Application
    member_id: str
    key: str
    input_hash: str
    serial: str
    account_number: str
    refusal: Refusal | None
    checks: int
    handed_out: bool
    confirming_since: datetime | None
    may_arrive_until: datetime | None
    missing_since: datetime | None

    @property
    def status(self) -> ApplicationStatus:
        return self.application.status

    @property
    def stays(self) -> bool:
        """Return whether the row stays; else it is removed, or hidden, should it come out that nothing was sent, or
        that the core refuses."""
        return self.handed_out or self.status is not ApplicationStatus.CONFIRMING


def entry_of(row: Row[Any], count_unknown: CountUnknown) -> JournalEntry:
    def known(place: str, value: str, unknown: Value) -> Value:
        try:
            return type(unknown)(value)
        except ValueError:
            count_unknown(place)
            return unknown

    history = (
        Step(known("step", step["status"], Status.UNKNOWN), datetime.fromisoformat(step["at"]), step["note"])
        for step in row.history
    )
    status = Status.REJECTED if row.status == REFUSED else known("status", row.status, Status.UNKNOWN)
    application = Application(
        id=row.id,
        kind=known("kind", row.kind, ApplicationKind.UNKNOWN),
        status=status,
        amount=Decimal(row.amount),
        interest=None if row.interest is None else Decimal(row.interest),
        reference=row.reference,
        submitted_at=row.submitted_at,
        entered={name: str(value) for name, value in row.entered.items()},
        history=tuple(history),
    )
    return JournalEntry(
        application=application,
        member_id=row.member_id,
        key=row.key,
        input_hash=row.input_hash,
        serial=row.serial,
        account_number=row.account_number,
        # The message says why, also where the code is not known.
        refusal=row.refusal
        and Refusal(known("refusal", row.refusal["code"], UserErrorCode.REFUSED_BY_CORE), row.refusal["message"]),
        checks=row.checks,
        handed_out=row.handed_out,
        confirming_since=row.confirming_since,
        may_arrive_until=row.may_arrive_until,
        missing_since=row.missing_since,
    )


def may_settle(row: Row[Any], status: ApplicationStatus) -> bool:
    """Return whether the core's word about it counts: not where it has had its last one, nor where a newer release has
    given the row a status that is not known here. That the core has what it seemed to have refused, or never to have
    got, counts; what was posted can only have been sent back."""
    if row.status == REFUSED:
        return True
    if row.status == Status.COMPLETED and row.reference is not None:
        return status in (Status.COMPLETED, Status.PAYOUT_FAILED)
    return row.status in KNOWN and not (Status(row.status).is_final and row.reference is not None)


def step_out(step: Step) -> dict[str, Any]:
    if step.status is Status.UNKNOWN:
        raise ValueError("UNKNOWN is read, and never written")
    return {"status": step.status.value, "at": step.at.isoformat(), "note": step.note}


def history_with(kept: Sequence[Mapping[str, Any]], stages: Iterable[Step]) -> list[dict[str, Any]]:
    """Return the history of a row with what the core says of it. A stage of the same moment is the same step: it
    follows the core, unless a newer release has given it a status that is not known here. No step is dropped."""
    history = [dict(step) for step in kept]
    said: dict[datetime, list[int]] = {}
    for number, step in enumerate(history):
        if step["status"] not in OURS:
            said.setdefault(datetime.fromisoformat(step["at"]), []).append(number)
    for stage in stages:
        if not said.get(stage.at):
            history.append(step_out(stage))
        elif (step := history[said[stage.at].pop(0)])["status"] in KNOWN:
            step.update(step_out(stage))
    return history
