"""Servers of tests and benches end with the process that started them, also when that is killed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence


def no_orphan(command: Sequence[str]) -> list[str]:
    """The command, killed by the kernel when the thread that starts it has ended; where there is no setpriv, as it is.
    Its process ID is that of the command."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *command] if setpriv else list(command)
