"""`bff check`: checks of settings, files, store, cache and core. Each stands alone, and none writes to the core."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Callable
from datetime import datetime

from pydantic import ValidationError

from bff import preflight
from bff.cli.check import chinese, core_checks, local_checks
from bff.cli.check.findings import Finding, guarded, not_checked, ok, wrong
from bff.cli.check.report import as_json, is_green, table
from bff.observability import logging as logs
from bff.services import utc_now
from bff.settings import Settings

TOLD = ("policy_file", "rates_file", "core_wsdl", "core_ca_file", "core_client_cert")
"""Settings that are checked in a line of their own."""
OTHERS = (
    "policy", "rates", "store", "migrations", "cache", "limits", "connection", "tls", "wsdl", "operations",
    "credentials", "customer", "collection", "loan", "application", "information", "clock", "business date",
    "encodings", "hours",
)  # fmt: skip
"""Checks beside that of the settings, in the table's order."""


def run(options: argparse.Namespace) -> int:
    """Print the table, or JSON; exit status 1 where something is wrong."""
    logs.configure("CRITICAL", "console")  # the table says it
    try:
        lines = asyncio.run(check(Settings()))
    except ValidationError as error:
        lines = without_settings("\n".join(preflight.what_is_wrong(error)))
    width = shutil.get_terminal_size((120, 24)).columns
    in_chinese = options.lang == "zh" or (options.lang is None and chinese.is_wanted())
    coloured = sys.stdout.isatty()
    print(as_json(lines) if options.json else table(lines, width, coloured=coloured, in_chinese=in_chinese))
    return 0 if is_green(lines) else 1


async def check(settings: Settings, now: Callable[[], datetime] = utc_now) -> list[Finding]:
    """Run all checks, within the core's timeouts one after the other: connection, TLS, WSDL, one call."""
    policy, rates, store, redis, core_lines = await asyncio.gather(
        guarded("policy", local_checks.policy(settings)),
        guarded("rates", local_checks.rates(settings)),
        local_checks.store(settings),
        _redis(settings),
        core_checks.findings(settings, now),
    )
    return [_settings(settings), policy, rates, *store, *redis, *core_lines]


async def _redis(settings: Settings) -> tuple[Finding, Finding]:
    """Check the cache, then the limits: the first has a short timeout."""
    cache = await guarded("cache", local_checks.cache(settings))
    return cache, await guarded("limits", local_checks.limits(settings))


def _settings(settings: Settings) -> Finding:
    if problems := preflight.problems(settings, besides=TOLD):
        return wrong("settings", "some name what cannot be used", "see docs/settings.md", problems)
    return ok("settings", _summary(settings))


def _summary(settings: Settings) -> str:
    return "in development: GraphiQL and introspection for everybody" if settings.development else "in production"


def without_settings(problems: str) -> list[Finding]:
    """Return the lines of a check whose settings cannot be read; `problems` has one in each line."""
    first = wrong("settings", "some cannot be read", "see docs/settings.md", problems.splitlines())
    return [first, *(not_checked(name, "the settings cannot be read") for name in OTHERS)]
