"""`bff migrate` and `bff copy-store`: the tables of the store, and its contents from another one."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping

from bff.settings import Settings, urls
from bff.store import database_copy
from bff.store.database import Store, sqlite_file


def migrate(_: argparse.Namespace) -> None:
    """Bring the store's tables up to date. Raises StoreUnavailable."""
    asyncio.run(_migrated(Settings()))


async def _migrated(settings: Settings) -> None:
    async with Store.opened(settings.store_url) as store:
        await store.migrate()


def copy(options: argparse.Namespace) -> int:
    """Copy another store into this one; exit status 1, and nothing written, where it cannot be copied."""
    try:
        counts = asyncio.run(_copied(Settings(), options.source))
    except database_copy.NotCopied as error:
        print(error, file=sys.stderr)
        return 1
    for table, count in counts.items():
        print(f"{table:24}{count:>10}")
    return 0


async def _copied(settings: Settings, source: str) -> Mapping[str, int]:
    url = urls.database_url(source) if "://" in source else f"sqlite+aiosqlite:///{source}"
    if (file := sqlite_file(url)) is not None and not file.is_file():
        raise database_copy.NotCopied(f"{file} is no file")
    if url == settings.store_url:
        raise database_copy.NotCopied("BFF_DATABASE_URL names the store that is to be copied")
    async with Store.opened(url) as old, Store.opened(settings.store_url) as new:
        return await database_copy.copy(old, new)
