"""Removal of rows that have had their time: codes, sessions, networks, audit entries. Every process does this; two at
once remove different rows, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bff.security.audit_log import AuditLog
from bff.security.members import Members
from bff.security.sessions import Sessions
from bff.security.sms_codes import SmsCodes

log = structlog.get_logger(__name__)

EVERY = 3600.0
"""Seconds between two rounds of a process."""
SUCCESSORS_EVERY = 60.0
"""Seconds between two looks for successors of refresh tokens that are no longer given."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Removes rows by age. `audit_kept` is how long an audit entry stays."""

    sms_codes: SmsCodes
    sessions: Sessions
    members: Members
    audit_log: AuditLog
    now: Callable[[], datetime]
    audit_kept: timedelta

    async def tidy(self) -> dict[str, int]:
        """Run one round; return how many of each kind were removed."""
        removed = {
            "codes": await self.sms_codes.expire(),
            "sessions": await self.sessions.expire(),
            "networks": await self.members.forget_networks(),
            "audit_entries": await self.audit_log.expire(self.now() - self.audit_kept),
        }
        if any(removed.values()):
            log.info("housekeeping_done", **removed)
        return removed

    async def tidy_forever(self) -> None:
        """Run rounds while the process lives."""
        while True:
            try:
                await self.tidy()
            except Exception:
                # The store may be away for a while; the next round finds the same rows.
                log.exception("housekeeping_failed")
            await asyncio.sleep(EVERY)

    async def forget_successors_forever(self) -> None:
        """Forget the successors of spent refresh tokens while the process lives."""
        while True:
            await asyncio.sleep(SUCCESSORS_EVERY)
            try:
                await self.sessions.forget_successors()
            except Exception:
                log.exception("housekeeping_failed")
