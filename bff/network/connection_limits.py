"""Limits on a process's connections, by the settings and by the descriptors that the system gives it."""

from __future__ import annotations

import resource

import structlog

from bff.network.connections import ConnectionLimits
from bff.settings import Settings

log = structlog.get_logger(__name__)

MOST = 4096
"""Connections of a process without a setting: idle ones take some kilobytes each."""
LEAST = 16
OTHERS = 120
"""Descriptors of the store, up to 45, of Redis, up to 32, of the log, metrics and libraries."""
SERVICES = 5
"""Services of the core, each with calls of its own."""
WANTED = 65536


def limits_of(settings: Settings) -> ConnectionLimits:
    total = settings.connections or _by_descriptors(settings)
    return ConnectionLimits(
        total=total,
        network=settings.connections_per_network or max(1, total * 3 // 4),
        head=settings.head_timeout.total_seconds(),
        keep_alive=settings.keep_alive.total_seconds(),
    )


def raise_descriptors() -> None:
    """Raise the limit of descriptors to what this user may have: the usual 1024 are for programs that use select()."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _by_descriptors(settings: Settings) -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    needed = OTHERS + SERVICES * settings.core_max_concurrency
    if soft < needed + LEAST:
        log.warning("few_descriptors", have=soft, want=needed + MOST)
    return min(MOST, max(LEAST, soft - needed))
