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

from bff.rules.application import Application, ApplicationKind, ApplicationStatus, Step
from bff.rules.refusal import Refusal, UserErrorCode

Status = ApplicationStatus
Value = TypeVar("Value", bound=StrEnum)
KNOWN = frozenset(status.value for status in Status)
CountUnknown = Callable[[str], None]
"""Is told the place of a value that is not known: status, kind, step or refusal."""

REFUSED = "REFUSED"
"""In the journal only: the core said no, so it never became an application; its key answers so again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row, with what only the server needs of it."""

    application: Application
    member_id: str
    key: str
    input_hash: str
    serial: str
    account_number: str
    refusal: Refusal | None
    checks: int


def entry_of(row: Row[Any], count_unknown: CountUnknown) -> Entry:
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
    return Entry(
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
    )


def step_out(step: Step) -> dict[str, Any]:
    if step.status is Status.UNKNOWN:
        raise ValueError("UNKNOWN is read, and never written")
    return {"status": step.status.value, "at": step.at.isoformat(), "note": step.note}


def history_with(kept: Sequence[Mapping[str, Any]], stages: Iterable[Step]) -> list[dict[str, Any]]:
    """The history of a row with what the core says of it. A stage of the same moment is the same step: it follows the
    core, unless a newer release has given it a status that is not known here. No step is dropped."""
    history = [dict(step) for step in kept]
    said: dict[datetime, list[int]] = {}
    for number, step in enumerate(history):
        if step["status"] != Status.CONFIRMING:
            said.setdefault(datetime.fromisoformat(step["at"]), []).append(number)
    for stage in stages:
        if not said.get(stage.at):
            history.append(step_out(stage))
        elif (step := history[said[stage.at].pop(0)])["status"] in KNOWN:
            step.update(step_out(stage))
    return history
