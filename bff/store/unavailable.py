"""When a statement failed because of the database's state and not because of the statement: which state it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from time import monotonic

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

log = structlog.get_logger(__name__)


class State(StrEnum):
    """What is wrong with a store, in the word that `/readyz` has for it."""

    AWAY = "away"
    BUSY = "busy"
    FULL = "full"
    READ_ONLY = "read-only"


SECONDS: Mapping[State, int] = {State.AWAY: 5, State.BUSY: 2, State.FULL: 30, State.READ_ONLY: 30}
"""After which it is worth to try again."""

SQLSTATES: Mapping[str, State] = {
    "25006": State.READ_ONLY,  # read_only_sql_transaction: a hot standby, or default_transaction_read_only
    "42501": State.READ_ONLY,  # insufficient_privilege
    "53100": State.FULL,
    "53200": State.FULL,  # out_of_memory
    "53300": State.BUSY,  # too_many_connections
    "53": State.FULL,
    "55P03": State.BUSY,  # lock_not_available
    "57014": State.BUSY,  # query_canceled: statement_timeout
    "40": State.BUSY,  # deadlocks
    "08": State.AWAY,
    "28": State.AWAY,  # the user or password is refused
    "3D": State.AWAY,  # there is no such database
    "57": State.AWAY,  # it stops, or starts
    "58": State.AWAY,  # its files cannot be read
    "XX001": State.AWAY,
    "XX002": State.AWAY,
}
"""By PostgreSQL's codes, or by their first two characters."""

SQLITE: Mapping[str, State] = {
    "SQLITE_BUSY": State.BUSY,
    "SQLITE_LOCKED": State.BUSY,
    "SQLITE_FULL": State.FULL,
    "SQLITE_READONLY": State.READ_ONLY,
    "SQLITE_PERM": State.READ_ONLY,
    "SQLITE_IOERR_WRITE": State.FULL,  # a quota
    "SQLITE_IOERR": State.AWAY,
    "SQLITE_NOMEM": State.FULL,
    "SQLITE_CANTOPEN": State.AWAY,
    "SQLITE_NOTADB": State.AWAY,
    "SQLITE_CORRUPT": State.AWAY,
}
"""By SQLite's names, also those that say more, such as SQLITE_READONLY_DBMOVED."""


class StoreUnavailable(Exception):
    """The database cannot do now what it is asked, whoever asks. No text of the driver's: it may quote values."""

    def __init__(self, state: State) -> None:
        super().__init__(f"the store is {state}")
        self.state = state

    @property
    def retry_after(self) -> int:
        return SECONDS[self.state]


@dataclass(slots=True)
class RefusedWrites:
    """Whether the database could not take what was written lately: a full one may still take what needs no room."""

    _state: State | None = None
    _at: float = -inf

    def note(self, state: State) -> None:
        if state in (State.FULL, State.READ_ONLY):
            self._state, self._at = state, monotonic()

    def within(self, seconds: float) -> State | None:
        return self._state if monotonic() - self._at < seconds else None


@contextmanager
def told_apart(refused: RefusedWrites) -> Iterator[None]:
    """Around statements. Raises StoreUnavailable for what is no fault of theirs; an IntegrityError passes."""
    try:
        yield
    except Exception as error:
        state = state_of(error)
        if state is None:
            raise
        refused.note(state)
        log.warning("store_unavailable", state=state.value, cause=type(getattr(error, "orig", None) or error).__name__)
        raise StoreUnavailable(state) from error


def state_of(error: BaseException) -> State | None:
    """Null for a mistake in a statement, which another database would refuse as well."""
    if isinstance(error, NoConnectionFree):
        return State.BUSY
    if isinstance(error, OSError):  # also TimeoutError
        return State.AWAY
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return State.AWAY
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    code = str(getattr(cause, "sqlstate", None) or "")
    return SQLSTATES.get(code, SQLSTATES.get(code[:2]))


def _of_sqlite(error: sqlite3.Error) -> State | None:
    name = getattr(error, "sqlite_errorname", "") or ""
    return next((state for prefix, state in SQLITE.items() if name.startswith(prefix)), None)
