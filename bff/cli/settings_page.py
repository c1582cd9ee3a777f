"""`bff settings`: every setting, as docs/settings.md has them."""

from __future__ import annotations

import argparse
from typing import Any

from pydantic import TypeAdapter

from bff.cli.terminal import reconfigure
from bff.settings import Settings


def run(_: argparse.Namespace) -> None:
    """Print the page."""
    reconfigure(encoding="utf-8")
    print("# Settings\n\nEach is an environment variable. Times are ISO 8601 durations or seconds.\n")
    print("| Variable | Default | Meaning |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", ()) else TypeAdapter(Any).dump_python(field.default, mode="json")
        print(f"| `BFF_{name.upper()}` | {default} | {field.description} |")
    print("\n`make run` also reads `SANDBOX_PORT` (8001), the practice core's port.")
