"""`bff serve`: the server, in one process or several."""

from __future__ import annotations

import argparse
import sys

from bff import preflight
from bff.settings import Settings

LISTENING = "Listening on {url}"


def serve(options: argparse.Namespace) -> int:
    """Serve until a signal ends it; exit status 2 where it cannot start."""
    settings = Settings()
    if not can_start(settings):
        return 2
    workers = options.workers or settings.workers
    if workers > 1:
        from bff.network.workers import run_several  # without the application, which only the workers need

        return run_several(settings, workers, LISTENING)
    from bff.app import create
    from bff.network import server

    server.run(create(), settings, LISTENING)
    return 0


def can_start(settings: Settings, *more: str) -> bool:
    """Check the settings and the port, and print the problems, with those in `more`."""
    problems = [*preflight.problems(settings), preflight.cannot_listen(settings), *more]
    sys.stderr.writelines(f"{each}\n" for each in problems if each)
    return not any(problems)
