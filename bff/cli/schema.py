"""`bff schema`: the schema as SDL."""

from __future__ import annotations

import argparse
import sys

from bff.cli.terminal import reconfigure
from bff.schema import build_schema


def run(options: argparse.Namespace) -> int:
    """Print the schema, or compare it with a file; exit status 1 where they differ."""
    text = build_schema().as_str() + "\n"
    if options.check is None:
        reconfigure(encoding="utf-8")  # a file of it is read by other programs
        sys.stdout.write(text)
        return 0
    if options.check.read_text(encoding="utf-8") == text:
        return 0
    print(f"{options.check} differs from the schema in the code: run `make schema`.", file=sys.stderr)
    return 1
