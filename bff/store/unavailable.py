"""States of a database in which statements fail that are right themselves."""

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


class StoreState(StrEnum):
    """A state of the store, in the word that `/readyz` has for it."""

    AWAY = "away"
    BUSY = "busy"
    FULL = "full"
    READ_ONLY = "read-only"


SECONDS: Mapping[StoreState, int] = {
    StoreState.AWAY: 5,
    StoreState.BUSY: 2,
    StoreState.FULL: 30,
    StoreState.READ_ONLY: 30,
}
"""Seconds after which clients may try again."""

SQLSTATES: Mapping[str, StoreState] = {
    "25006": StoreState.READ_ONLY,  # read_only_sql_transaction: a hot standby, or default_transaction_read_only
    "42501": StoreState.READ_ONLY,  # insufficient_privilege
    "53100": StoreState.FULL,
    "53200": StoreState.FULL,  # out_of_memory
    "53300": StoreState.BUSY,  # too_many_connections
    "53": StoreState.FULL,
    "55P03": StoreState.BUSY,  # lock_not_available
    "57014": StoreState.BUSY,  # query_canceled: statement_timeout
    "40": StoreState.BUSY,  # deadlocks
    "08": StoreState.AWAY,
    "28": StoreState.AWAY,  # the user or password is refused
    "3D": StoreState.AWAY,  # there is no such database
    "57": StoreState.AWAY,  # it stops, or starts
    "58": StoreState.AWAY,  # its files cannot be read
    "XX001": StoreState.AWAY,
    "XX002": StoreState.AWAY,
}
"""By PostgreSQL's codes, or by their first two characters."""

SQLITE: Mapping[str, StoreState] = {
    "SQLITE_BUSY": StoreState.BUSY,
    "SQLITE_LOCKED": StoreState.BUSY,
    "SQLITE_FULL": StoreState.FULL,
    "SQLITE_READONLY": StoreState.READ_ONLY,
    "SQLITE_PERM": StoreState.READ_ONLY,
    "SQLITE_IOERR_WRITE": StoreState.FULL,  # a quota
    "SQLITE_IOERR": StoreState.AWAY,
    "SQLITE_NOMEM": StoreState.FULL,
    "SQLITE_CANTOPEN": StoreState.AWAY,
    "SQLITE_NOTADB": StoreState.AWAY,
    "SQLITE_CORRUPT": StoreState.AWAY,
}
"""By SQLite's names, also those that say more, such as SQLITE_READONLY_DBMOVED."""


class StoreUnavailable(Exception):
    """The database cannot execute any such statement now. The driver's text, which may quote values, is left out."""

    def __init__(self, state: StoreState) -> None:
        super().__init__(f"the store is {state}")
        self.state = state

    @property
    def retry_after(self) -> int:
        return SECONDS[self.state]


@dataclass(slots=True)
class RefusedWrites:
    """The last write that the database refused: a full one may still accept writes that need no room."""

    _state: StoreState | None = None
    _at: float = -inf

    def note(self, state: StoreState) -> None:
        if state in (StoreState.FULL, StoreState.READ_ONLY):
            self._state, self._at = state, monotonic()

    def within(self, seconds: float) -> StoreState | None:
        return self._state if monotonic() - self._at < seconds else None


@contextmanager
def told_apart(refused: RefusedWrites) -> Iterator[None]:
    """Run statements and raise StoreUnavailable for failures that are not theirs; an IntegrityError passes."""
    try:
        yield
    except Exception as error:
        state = state_of(error)
        if state is None:
            raise
        refused.note(state)
        log.warning("store_unavailable", state=state.value, cause=type(getattr(error, "orig", None) or error).__name__)
        raise StoreUnavailable(state) from error


def state_of(error: BaseException) -> StoreState | None:
    """Return the state that an error tells; null for a mistake in a statement."""
    if isinstance(error, NoConnectionFree):
        return StoreState.BUSY
    if isinstance(error, OSError):  # also TimeoutError
        return StoreState.AWAY
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreState.AWAY
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    code = str(getattr(cause, "sqlstate", None) or "")
    return SQLSTATES.get(code, SQLSTATES.get(code[:2]))


def _of_sqlite(error: sqlite3.Error) -> StoreState | None:
    name = getattr(error, "sqlite_errorname", "") or ""
    return next((state for prefix, state in SQLITE.items() if name.startswith(prefix)), None)
