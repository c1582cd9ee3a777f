"""Checks that need no core: data files, the store, the cache and the Redis of limits."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bff.cli.check.findings import Finding, look, not_checked, ok, wrong
from bff.rules.policy.loader import load_policy
from bff.rules.policy.rates import load_rates
from bff.services import packaged_or
from bff.settings import Settings
from bff.store.database import Store, known_revisions, latest_revision, sqlite_file
from bff.store.keyvalue import Storage, StorageAway, in_redis
from bff.store.redis_eviction import eviction_of

STORE_TIMEOUT = 5.0


async def policy(settings: Settings) -> Finding:
    return _data("policy", settings.policy_file, "practice-centre.toml", load_policy, "BFF_POLICY_FILE")


async def rates(settings: Settings) -> Finding:
    return _data("rates", settings.rates_file, "rates.toml", load_rates, "BFF_RATES_FILE")


def _data(check: str, file: Path | None, packaged: str, load: Callable[[str, str], object], variable: str) -> Finding:
    try:
        text, name = packaged_or(file, packaged)
        load(text, name)
    except (OSError, ValueError) as error:
        return wrong(check, str(error), f"mend the file that {variable} names")
    return ok(check, name if file else f"the packaged {packaged}; {variable} names another")


async def store(settings: Settings) -> tuple[Finding, Finding]:
    """Check the store and its migrations; neither check creates it."""
    try:
        name = make_url(settings.store_url).render_as_string()
        file = sqlite_file(settings.store_url)
    except ArgumentError:
        wrong_url = wrong("store", "BFF_DATABASE_URL is no URL", "see docs/settings.md for one")
        return wrong_url, not_checked("migrations", "there is no store")
    if file is not None and not file.exists():
        return _new(name, file), _migrations(None)
    try:
        async with asyncio.timeout(STORE_TIMEOUT):
            revision = await _revision(settings.store_url)
    except (SQLAlchemyError, OSError, ImportError, TimeoutError) as error:
        found = f"{name}: {_reason(error)}"
        return wrong("store", found, "mend what it says, or BFF_DATABASE_URL"), not_checked(
            "migrations", "the store does not answer"
        )
    return ok("store", name), _migrations(revision)


def _new(name: str, file: Path) -> Finding:
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    if not os.access(folder, os.W_OK):
        return wrong("store", f"{folder} cannot be written to", "let this user write there, or set BFF_DATA_DIR")
    return ok("store", f"{name}, not there yet")


async def _revision(url: str) -> str | None:
    async with Store.opened(url) as store:
        return await store.revision()


def _reason(error: BaseException) -> str:
    return str(getattr(error, "orig", "") or type(error).__name__)


def _migrations(revision: str | None) -> Finding:
    latest = latest_revision()
    if revision == latest:
        return ok("migrations", f"up to date ({latest})")
    if revision is not None and revision not in known_revisions():
        found = f"the tables are at {revision}, newer than the code's {latest}"
        return look("migrations", found, "right while an update is rolled out; else bring this server up to date")
    return wrong("migrations", f"the tables are at {revision or 'nothing'}, the code at {latest}", "run `bff migrate`")


async def cache(settings: Settings) -> Finding:
    if settings.cache_url:
        return await _shared_cache(settings.cache_url)
    if not settings.cache:
        return ok("cache", "off (BFF_CACHE)")
    if settings.workers > 1:
        found = f"{settings.workers} processes and no BFF_CACHE_URL: nothing is cached"
        return look("cache", found, "name a Redis or Valkey in BFF_CACHE_URL")
    return ok("cache", f"this process's memory, {settings.cache_entries} answers")


async def limits(settings: Settings) -> Finding:
    """Check where tries are counted, and whether a full cache can evict the counts."""
    variable = "BFF_LIMITS_URL" if settings.limits_url else "BFF_CACHE_URL"
    if not settings.counts_url:
        return ok("limits", "counted in each process's memory")
    try:
        found = await eviction_of(settings.counts_url)
    except ImportError:
        return not_checked("limits", "the extra `redis` is not installed")
    except Exception as error:  # redis-py's own have no base but this
        if not settings.limits_url:
            return not_checked("limits", "the cache's Redis does not answer")
        return wrong("limits", f"{variable}: {type(error).__name__}", "start it, or mend BFF_LIMITS_URL")
    if found is None:
        return look(
            "limits", f"{variable} does not tell its policy", "see to it that its maxmemory-policy is noeviction"
        )
    if found.threatens:
        cure = "name a Redis of its own in BFF_LIMITS_URL, with maxmemory-policy noeviction"
        return wrong("limits", f"{variable} evicts counts of tries ({found.policy})", cure)
    return ok("limits", f"{variable} evicts nothing")


async def _shared_cache(url: str) -> Finding:
    try:
        storage = in_redis(url)
    except (ImportError, ValueError):
        return wrong("cache", "BFF_CACHE_URL cannot be used", "install the extra `redis`; the URL begins with redis://")
    try:
        came_back = await _round_trip(storage)
    except StorageAway:
        return wrong("cache", "no answer", "start it, or mend BFF_CACHE_URL: limits and locks need it, too")
    finally:
        await storage.close()
    if not came_back:
        return wrong("cache", "what was written did not come back", "look at its memory and its policy of eviction")
    return ok("cache", "written, read and deleted")


async def _round_trip(storage: Storage) -> bool:
    key, value = f"check:{secrets.token_hex(8)}", secrets.token_bytes(16)
    await storage.set(key, value, ttl=10)
    came_back = await storage.get(key) == value
    await storage.delete(key)
    return came_back
