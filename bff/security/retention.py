"""Removes what has had its time: codes, sessions, networks, audit entries. Every process does this; two at once
remove different rows, or nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bff.security import audit_log, members, sessions, sms_codes

if TYPE_CHECKING:
    from bff.services import Services

log = structlog.get_logger(__name__)

EVERY = 3600.0
"""Seconds between two rounds of a process."""
SUCCESSORS_EVERY = 60.0
"""Seconds between two looks for successors of refresh tokens that are no longer given."""


async def tidy(services: Services) -> dict[str, int]:
    """One round; gives how many of each went."""
    removed = {
        "codes": await sms_codes.expire(services),
        "sessions": await sessions.expire(services),
        "networks": await members.forget_networks(services),
        "audit_entries": await audit_log.expire(services.store, services.now() - services.settings.audit_retention),
    }
    if any(removed.values()):
        log.info("housekeeping_done", **removed)
    return removed


async def tidy_forever(services: Services) -> None:
    while True:
        try:
            await tidy(services)
        except Exception:
            # The store may be away for a while; the next round finds the same rows.
            log.exception("housekeeping_failed")
        await asyncio.sleep(EVERY)


async def forget_successors_forever(services: Services) -> None:
    while True:
        await asyncio.sleep(SUCCESSORS_EVERY)
        try:
            await sessions.forget_successors(services)
        except Exception:
            log.exception("housekeeping_failed")
