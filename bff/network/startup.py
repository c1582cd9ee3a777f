"""Failures at start: one log line with the reason, and an exit status for the parent process."""

from __future__ import annotations

import sys
import traceback

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from uvicorn.config import STARTUP_FAILURE
from uvicorn.lifespan.on import LifespanOn, LifespanSendMessage

from bff.store.unavailable import StoreUnavailable

log = structlog.get_logger(__name__)

AWAY, WRONG_SETTING, BROKEN = "away", "wrong_setting", "broken"
STATUS = {AWAY: 75, WRONG_SETTING: 78, BROKEN: STARTUP_FAILURE}
"""Exit statuses; the first two as in sysexits.h: to be tried again, and not before something was changed."""
PLACES = {
    "bff.store": "It is the store: look at BFF_DATABASE_URL (or BFF_DATA_DIR), and whether the database runs.",
    "bff.legacy": "It is the core's contract: look at BFF_CORE_WSDL and the files that settings of the core name.",
    "bff.rules": "It is the centre's data: look at BFF_POLICY_FILE and BFF_RATES_FILE.",
}
"""Advice by the package that failed."""
SENTENCES = {
    AWAY: "Something that the server needs at its start does not answer.",
    WRONG_SETTING: "A setting is wrong, or a file that one names.",
    BROKEN: "The server did not start.",
}
FILES = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)


def reason_of(status: int | None) -> str:
    """Return why a process has ended; `killed_9` by a signal."""
    if status is not None and status < 0:
        return f"killed_{-status}"
    return next((reason for reason, each in STATUS.items() if each == status), "ended")


def tell(error: BaseException) -> int:
    """Log why the process does not start, and return the exit status."""
    reason = _kind_of(error)
    more = {"exc_info": error} if reason == BROKEN else {"error_type": type(error).__qualname__}
    log.error("not_started", reason=reason, message=f"{SENTENCES[reason]} {_look_at(error)}".strip(), **more)
    return STATUS[reason]


def _kind_of(error: BaseException) -> str:
    if isinstance(error, (ValueError, ArgumentError, *FILES)):
        return WRONG_SETTING
    return AWAY if isinstance(error, (OSError, SQLAlchemyError, StoreUnavailable)) else BROKEN


def _look_at(error: BaseException) -> str:
    """Return what to look at. Texts of our own errors name settings and files; those of libraries may hold a
    password."""
    if isinstance(error, ValidationError):
        names = [f"BFF_{str(each['loc'][0]).upper()}" for each in error.errors() if each["loc"]]
        return f"Look at {', '.join(names)}." if names else ""
    if isinstance(error, FILES):
        return f"{error.filename}: {error.strerror}."
    if isinstance(error, ValueError) and type(error).__module__.startswith("bff."):
        return str(error)
    return next((text for module, text in PLACES.items() if module in _modules(error)), "")


def _modules(error: BaseException) -> set[str]:
    """Return the packages of ours in the traceback: "bff.store" for anything in there."""
    frames = traceback.walk_tb(error.__traceback__)
    return {".".join(str(frame.f_globals.get("__name__", "")).split(".")[:2]) for frame, _ in frames}


class Lifespan(LifespanOn):
    """uvicorn's lifespan without its log of the traceback. `failure` is what ended the start."""

    failure: BaseException | None = None

    async def send(self, message: LifespanSendMessage) -> None:
        if message["type"] == "lifespan.startup.failed":
            self.failure = sys.exc_info()[1]
            message = {"type": "lifespan.startup.failed", "message": ""}
        await super().send(message)
