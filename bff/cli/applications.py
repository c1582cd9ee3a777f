"""`bff applications`: applications that are unconfirmed, or missing in the core."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

from bff.applications import journal
from bff.applications.journal import JournalEntry
from bff.settings import Settings
from bff.store.database import Store


def run(_: argparse.Namespace) -> int:
    """Print the applications; exit status 1 where there are any, so that a monitor can watch it."""
    waiting, missing = asyncio.run(_listed(Settings()))
    print(*waiting, *missing, f"{len(waiting)} unconfirmed, {len(missing)} missing in the core", sep="\n")
    return 1 if waiting or missing else 0


async def _listed(settings: Settings) -> tuple[list[str], list[str]]:
    now = datetime.now(UTC)
    async with Store.opened(settings.store_url) as store:
        waiting = [_waiting(entry, now) for entry in await journal.unconfirmed(store)]
        return waiting, [_missing(entry, now) for entry in await journal.missing(store)]


def _waiting(entry: JournalEntry, now: datetime) -> str:
    since = _since(entry.confirming_since or entry.application.submitted_at, now)
    return f"{_named(entry)}  since {since}  asked {entry.checks} times"


def _missing(entry: JournalEntry, now: datetime) -> str:
    since = _since(entry.missing_since or now, now)
    return f"{_named(entry)}  {entry.status} as {entry.application.reference}, missing in the core since {since}"


def _named(entry: JournalEntry) -> str:
    made = entry.application
    return f"{made.id}  {made.kind:26}  {made.amount:>12}  serial {entry.serial}"


def _since(moment: datetime, now: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z ({(now - moment).total_seconds():.0f} s)"
