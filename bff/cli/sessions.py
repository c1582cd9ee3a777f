"""`bff end-sessions`: an operator signs members out."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bff.rules.identity import id_key
from bff.security import sessions
from bff.settings import Settings
from bff.store.database import Store


def end(options: argparse.Namespace) -> int:
    """Sign a member out everywhere; exit status 1 where no member has the ID number, which is typed or piped in: as an
    argument it would stay in the shell's history."""
    settings = Settings()  # a problem with them is told before the number is asked for
    asked = None if options.everyone else id_key(input("ID number: " if sys.stdin.isatty() else ""))
    ended = asyncio.run(_ended(settings, asked))
    if ended is None:
        print("No member has this ID number.", file=sys.stderr)
        return 1
    print(f"{ended} sessions ended")
    return 0


async def _ended(settings: Settings, id_number: str | None) -> int | None:
    async with Store.opened(settings.store_url) as store:
        return await sessions.end_all(store) if id_number is None else await sessions.end_by_operator(store, id_number)
