"""The findings of checks: a state, what was found, and what to do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class FindingState(StrEnum):
    OK = "ok"
    LOOK = "look"
    """Nothing is broken, but the operator should know."""
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """`found` and `details` hold no secret and no personal data; `do` is what the operator does next."""

    check: str
    state: FindingState
    found: str
    details: tuple[str, ...] = ()
    do: str = ""


def ok(check: str, found: str) -> Finding:
    return Finding(check, FindingState.OK, found)


def look(check: str, found: str, do: str, details: Iterable[str] = ()) -> Finding:
    return Finding(check, FindingState.LOOK, found, tuple(details), do)


def wrong(check: str, found: str, do: str, details: Iterable[str] = ()) -> Finding:
    return Finding(check, FindingState.WRONG, found, tuple(details), do)


def not_checked(check: str, because: str) -> Finding:
    return Finding(check, FindingState.NOT_CHECKED, because)


async def guarded(check: str, finding: Awaitable[Finding]) -> Finding:
    """Await a check; an unexpected error is its finding and does not end the others. Its text may quote a secret."""
    try:
        return await finding
    except Exception as error:
        return wrong(check, f"failed with {type(error).__name__}", "report this: the check itself did not expect it")
