"""How many connections a process may have, from the settings and from the descriptors that the machine gives it."""

from __future__ import annotations

import resource

import structlog

from bff.network.connections import Limits
from bff.settings import Settings

log = structlog.get_logger(__name__)

MOST = 4096
"""Connections of a process, where no setting says more: in its memory, idle ones take some kilobytes each."""
LEAST = 16
OTHERS = 120
"""Descriptors beside the core's: the store has up to 45, Redis 32; log, metrics, libraries."""
SERVICES = 5
"""Of the core, each with calls of its own."""
WANTED = 65536


def limits_of(settings: Settings) -> Limits:
    total = settings.connections or _by_descriptors(settings)
    return Limits(
        total=total,
        network=settings.connections_per_network or max(1, total * 3 // 4),
        head=settings.head_timeout.total_seconds(),
        keep_alive=settings.keep_alive.total_seconds(),
    )


def raise_descriptors() -> None:
    """As many as this user may have, as for servers in most languages: the usual 1024 are for programs that use
    select()."""
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
