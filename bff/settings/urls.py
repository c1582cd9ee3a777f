"""Checks of URLs of the database, of Redis and of the web, as operators write them. A sentence about a wrong one does
not quote it: it may hold a password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS: Mapping[str, str] = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
"""Schemes that operators write, and SQLAlchemy's names for them."""
EXTRAS: Mapping[str, str] = {"asyncpg": "postgresql", "redis": "redis"}
REDIS = ("redis", "rediss", "valkey", "valkeys", "unix")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
ESCAPES = "in a user or password write % as %25, / as %2F, @ as %40, : as %3A, # as %23, ? as %3F"

IMPLIED: Mapping[str, str] = {"http": ":80", "https": ":443"}

_ORIGIN = re.compile(r"(?P<scheme>https?)://([a-z0-9._-]+|\[[0-9a-f:]+\])(:\d+)?")
_LOOSE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def database_url(text: str) -> str:
    """Return a URL with this server's driver, and with the driver's name for libpq's `sslmode`. Raises ValueError with
    a sentence."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in DRIVERS:
        raise ValueError("begins with none of " + ", ".join(f"{each}://" for each in DRIVERS))
    if DRIVERS[scheme].startswith("sqlite"):
        return f"{DRIVERS[scheme]}://{rest}"
    _check_escapes(text)
    try:
        url = make_url(f"{DRIVERS[scheme]}://{rest}")
    except (ArgumentError, ValueError):
        raise ValueError(f"is no URL; {ESCAPES}") from None
    if not url.host and "host" not in url.query:
        raise ValueError("names no host")
    if not url.database:
        raise ValueError("names no database: postgresql://user:password@host/DATABASE")
    _check_installed("asyncpg")
    return _with_ssl(url).render_as_string(hide_password=False)


def _with_ssl(url: URL) -> URL:
    query = dict(url.query)
    mode = query.pop("sslmode", query.get("ssl"))
    if mode is None:
        return url
    if mode not in SSL_MODES:
        raise ValueError(f"sslmode is one of {', '.join(SSL_MODES)}")
    return url.set(query={**query, "ssl": mode})


def redis_url(text: str) -> str:
    """Check a URL of Redis or Valkey and return it. Raises ValueError with a sentence."""
    scheme, separator, _ = text.partition("://")
    if not separator or scheme not in REDIS:
        raise ValueError("begins with none of " + ", ".join(f"{each}://" for each in REDIS))
    _check_escapes(text)
    parts = _split(text)
    if scheme != "unix":
        if not parts.hostname:
            raise ValueError("names no host")
        if not re.fullmatch(r"/?|/\d+", parts.path):
            raise ValueError(f"ends with the number of a database, as in redis://host:6379/0; {ESCAPES}")
    _check_installed("redis")
    return text


def check_web_url(text: str, *, secure: bool) -> None:
    """Check an http(s) URL; `secure` allows https alone. Raises ValueError with a sentence."""
    schemes = ("https",) if secure else ("http", "https")
    scheme, separator, _ = text.partition("://")
    if not separator or scheme not in schemes:
        raise ValueError("begins with none of " + ", ".join(f"{each}://" for each in schemes))
    parts = _split(text)
    if not parts.hostname or re.search(r"\s", text):
        raise ValueError("names no host")
    if parts.username is not None:
        raise ValueError("names a user, which is not sent to the host")
    if secure and not parts.path:
        raise ValueError("ends without a path: https://host/")


def origin(text: str) -> str:
    """Return an origin as browsers send it: in lower case, without its scheme's default port. Raises ValueError."""
    found = _ORIGIN.fullmatch(text.lower())
    if found is None:
        raise ValueError(f"{text} is no origin such as https://app.example.cn")
    _split(found[0])
    return found[0].removesuffix(IMPLIED[found["scheme"]])


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (raises for what is no port, and quotes it)
    except ValueError:
        raise ValueError(f"has no port where one is expected; {ESCAPES}") from None
    return parts


def _check_escapes(text: str) -> None:
    authority = text.partition("://")[2].partition("?")[0]
    if authority.count("@") > 1 or "#" in text or _LOOSE_PERCENT.search(authority):
        raise ValueError(f"has a character in it that has to be escaped: {ESCAPES}")


def _check_installed(module: str) -> None:
    if find_spec(module) is None:
        raise ValueError(f"needs {module}, which is not installed: pip install 'gjj-bff[{EXTRAS[module]}]'")
