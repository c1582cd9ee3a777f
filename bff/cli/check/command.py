"""`bff check`: for an operator in front of an unknown core. Every check stands alone, none writes to the core."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from bff import preflight
from bff.cli.check import core_checks, local_checks
from bff.cli.check.findings import Line, guarded, not_checked, ok, wrong
from bff.settings import Settings

__all__ = ["check", "without_settings"]

TOLD = ("policy_file", "rates_file", "core_wsdl", "core_ca_file", "core_client_cert")
"""Settings that have a line of their own."""
OTHERS = (
    *(
        "policy",
        "rates",
        "store",
        "migrations",
        "cache",
        "limits",
        "connection",
        "tls",
        "wsdl",
        "operations",
        "credentials",
    ),
    *("customer", "collection", "loan", "application", "information", "clock", "business date", "encodings", "hours"),
)


def utc_now() -> datetime:
    return datetime.now(UTC)


async def check(settings: Settings, now: Callable[[], datetime] = utc_now) -> list[Line]:
    """Takes no longer than the core's timeouts, one after the other: connection, TLS, WSDL, one call."""
    policy, rates, store, redis, core_lines = await asyncio.gather(
        guarded("policy", local_checks.policy(settings)),
        guarded("rates", local_checks.rates(settings)),
        local_checks.store(settings),
        _redis(settings),
        core_checks.lines(settings, now),
    )
    return [_settings(settings), policy, rates, *store, *redis, *core_lines]


async def _redis(settings: Settings) -> tuple[Line, Line]:
    """One after the other: the first has little patience."""
    cache = await guarded("cache", local_checks.cache(settings))
    return cache, await guarded("limits", local_checks.limits(settings))


def _settings(settings: Settings) -> Line:
    if problems := preflight.problems(settings, besides=TOLD):
        return wrong("settings", "some name what cannot be used", "see docs/settings.md", problems)
    return ok("settings", _summary(settings))


def _summary(settings: Settings) -> str:
    return "in development: GraphiQL and introspection for everybody" if settings.development else "in production"


def without_settings(problems: str) -> list[Line]:
    """`problems`: one a line, by the names of their variables."""
    first = wrong("settings", "some cannot be read", "see docs/settings.md", problems.splitlines())
    return [first, *(not_checked(name, "the settings cannot be read") for name in OTHERS)]
