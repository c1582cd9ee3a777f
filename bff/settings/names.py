"""Unknown and renamed BFF_ variables and secret files: without a warning, a misspelt one would change nothing,
unseen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

import structlog

from bff.settings.variables import SERVICE_LINK, Settings

log = structlog.get_logger(__name__)

PREFIX = "BFF_"
FOREIGN = re.compile(r"BFF_TEST_\w+|BFF_REQUIRE_SERVICES|BFF_(\w+_)?SERVICE_(HOST|PORT\w*)|BFF_(\w+_)?PORT_\d+_\w+")
"""Names of the tests, and those that Kubernetes sets for a Service that is called `bff` or `bff-…`."""


RENAMED: Mapping[str, str] = {
    "BFF_CORE_CALLS_AT_ONCE": "BFF_CORE_MAX_CONCURRENCY",
    "BFF_CORE_CALLS_WAITING": "BFF_CORE_MAX_QUEUE",
    "BFF_CORE_OUTAGES": "BFF_CORE_BREAKER_FAILURES",
    "BFF_CORE_PAUSE": "BFF_CORE_BREAKER_SECONDS",
    "BFF_OPERATIONS_A_MINUTE": "BFF_RATE_LIMIT_PER_MINUTE",
}
"""Old names to new ones. A server does not start with an old one: its limit would silently be the default."""


def warn_of_unknown(environment: Mapping[str, str] = os.environ) -> None:
    for name, nearest in unknown(environment).items():
        log.warning("setting_unknown", name=name, nearest=nearest)
    for name, nearest in unknown_files(environment.get("BFF_SECRETS_DIR", "")).items():
        log.warning("secret_file_unknown", name=name, nearest=nearest)
    for name, used in service_links(environment).items():
        log.warning("service_link_ignored", name=name, used=used)


def sentences(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield what `warn_of_unknown` logs as sentences, for a command without a log."""
    found = unknown(environment) | unknown_files(environment.get("BFF_SECRETS_DIR", ""))
    for name, nearest in found.items():
        yield f"{name} is no setting and changes nothing{f'; {nearest} is one' if nearest else ''}"
    for name, used in service_links(environment).items():
        yield f"{name} is the address of a Service of Kubernetes and is ignored; {used} is used"


def service_links(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that have the address of a Kubernetes Service instead of a value, with the value in use."""
    linked = ("port", "metrics_port")
    values = {name: environment.get(PREFIX + name.upper(), "") for name in linked}
    defaults = {name: Settings.model_fields[name].default for name in linked}
    return {PREFIX + name.upper(): str(defaults[name]) for name in linked if SERVICE_LINK.match(values[name])}


def unknown(environment: Mapping[str, str]) -> dict[str, str]:
    """Return each unknown name with the most similar setting; empty where none is similar."""
    names = (name for name, value in environment.items() if not SERVICE_LINK.match(value))
    return _unknown(name for name in names if name.upper().startswith(PREFIX) and not FOREIGN.fullmatch(name.upper()))


def unknown_files(folder: str) -> dict[str, str]:
    """Return the unknown names in a folder of secrets, whose files are named as settings; Kubernetes' own begin with a
    dot."""
    if not folder or not Path(folder).is_dir():
        return {}
    return _unknown(file.name for file in sorted(Path(folder).iterdir()) if not file.name.startswith("."))


def renamed(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the old names that variables and secret files still have, with the new ones."""
    folder = environment.get("BFF_SECRETS_DIR", "")
    names = [*environment, *unknown_files(folder)]
    return {name: RENAMED[name.upper()] for name in names if name.upper() in RENAMED}


def _unknown(names: Iterable[str]) -> dict[str, str]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    return {name: _nearest(name, known) for name in names if name.upper() not in known}


def _nearest(name: str, known: list[str]) -> str:
    plain = re.sub(r"\W", "_", name).upper()
    if plain in RENAMED:
        return RENAMED[plain]
    close = get_close_matches(plain if plain.startswith(PREFIX) else PREFIX + plain, known, 1, cutoff=0.75)
    return close[0] if close else ""
