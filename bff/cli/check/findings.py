"""What a check says: one line, a state, and what to do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    LOOK = "look"
    """Nothing is broken, and somebody should know."""
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Line:
    """`found` and `details` hold no secret and no personal data; `do` is what the operator does next."""

    check: str
    state: State
    found: str
    details: tuple[str, ...] = ()
    do: str = ""


def ok(check: str, found: str) -> Line:
    return Line(check, State.OK, found)


def look(check: str, found: str, do: str, details: Iterable[str] = ()) -> Line:
    return Line(check, State.LOOK, found, tuple(details), do)


def wrong(check: str, found: str, do: str, details: Iterable[str] = ()) -> Line:
    return Line(check, State.WRONG, found, tuple(details), do)


def not_checked(check: str, because: str) -> Line:
    return Line(check, State.NOT_CHECKED, because)


async def guarded(check: str, line: Awaitable[Line]) -> Line:
    """What nobody thought of is wrong here, and nowhere else. Its text may quote a secret."""
    try:
        return await line
    except Exception as error:
        return wrong(check, f"failed with {type(error).__name__}", "report this: the check itself did not expect it")
