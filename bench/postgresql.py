"""A PostgreSQL of its own, from Debian's packages, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.servers import free_port

BINARIES = Path("/usr/lib/postgresql")


def is_installed() -> bool:
    return BINARIES.exists()


class PostgreSQL:
    """Started and empty."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o777)  # the server runs as a user of its own
        self.binaries = max(BINARIES.glob("*/bin"))
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "bff", "--auth=trust")
        self._control("start")
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "bff", "bff")

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://bff@127.0.0.1:{self.port}/bff"

    def restart(self, mode: str = "fast") -> None:
        """`immediate` is as a machine that loses its power."""
        self._control("restart", mode)

    def stop(self) -> None:
        self._control("stop")
        shutil.rmtree(self.folder)

    def _control(self, what: str, mode: str = "fast") -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "-l", log, "-o", options, what)

    def _run(self, program: str, *arguments: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*user, str(self.binaries / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
