"""Standard output and error of the command line."""

from __future__ import annotations

import sys
from io import TextIOWrapper


def reconfigure(*, encoding: str | None = None, errors: str | None = None) -> None:
    """Set the encoding or the error handler of both streams."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors=errors or stream.errors)
