"""The command line, `bff --help`: runs a command and turns its expected errors into sentences."""

from __future__ import annotations

import pkgutil
import sys

from bff.cli.arguments import SERVE, parser
from bff.cli.terminal import reconfigure

NO_TABLE = ("no such table", "no such column", "does not exist")
"""Parts of the messages of SQLite and PostgreSQL."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status: 2 for wrong settings or a store that does not answer, 130 for
    Ctrl-C."""
    reconfigure(errors="backslashreplace")  # a name that the terminal's encoding lacks ends no command
    options = parser().parse_args(arguments)
    try:
        if options.run != SERVE:  # which logs them
            _warn_of_unknown_settings()
        # A command's packages are imported by it alone: the server's take two seconds, and help a tenth without them.
        return int(pkgutil.resolve_name(options.run)(options) or 0)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not (sentence := _sentence(error)):
            raise
        print(sentence, file=sys.stderr)
        return 2


def _warn_of_unknown_settings() -> None:
    from bff.settings import names

    sys.stderr.writelines(f"{each}\n" for each in names.sentences())


def _sentence(error: Exception) -> str:
    """Explain an expected error; empty for a bug. The driver's own words may quote a password, and a library's a
    value."""
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    from bff import preflight
    from bff.rules.policy.toml_reader import PolicyError
    from bff.store.unavailable import StoreUnavailable

    if isinstance(error, ValidationError):
        return "\n".join(preflight.what_is_wrong(error))
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, PolicyError):
        return str(error)
    if isinstance(error, DBAPIError) and any(text in str(error.orig) for text in NO_TABLE):
        return "BFF_DATABASE_URL: the store lacks tables that this release needs; run bff migrate"
    if not isinstance(error, StoreUnavailable):
        return ""
    cause = getattr(error.__cause__, "orig", None) or error.__cause__
    return f"BFF_DATABASE_URL: the store is {error.state} ({type(cause).__name__})"
