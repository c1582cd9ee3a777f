"""What is there is waited for, although the machine stalls: servers of the tests have a minute for it."""

from __future__ import annotations

from bff.resolvers import password, record
from bff.security import attempt_limiter
from bff.server import readiness
from bff.store import database, keyvalue, redis_eviction

PATIENCE = (
    (keyvalue, "PATIENCE"), (attempt_limiter, "PATIENCE"), (redis_eviction, "PATIENCE"), (readiness, "PATIENCE"),
    (database, "PATIENCE"), (record, "ASKING"), (password, "TELLING"),
)  # fmt: skip
"""Seconds, some of them a fraction of one, that a server waits for what it can do without."""


def be_patient() -> None:
    """A test of what is not there sets its own time."""
    for module, name in PATIENCE:
        setattr(module, name, 60.0)
