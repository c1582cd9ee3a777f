"""What deploy/Containerfile builds, without a container runtime: each stage in a root of its own, with this machine
in place of the base image."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.support.servers import ROOT
from tests.support.services import mounted

CONTAINERFILE = ROOT / "deploy" / "Containerfile"
READ_ONLY = """
mount --make-rprivate /
mount -o remount,bind,ro "$0"
for folder in $1; do mount -t tmpfs -o mode=1777 tmpfs "$0$folder"; done
shift
exec chroot "$0" setpriv --reuid "$1" --regid "$1" --clear-groups --no-new-privs --bounding-set=-all "${@:2}"
"""
"""A root that is read-only but for some folders, and a user without rights: as compose.yaml and bff.yaml have it."""


@dataclass
class Image:
    """`roots` are those of the stages, as they are needed; `root` that of the last one."""

    roots: Iterator[Path]
    root: Path = Path()
    earlier: Path = Path()
    variables: dict[str, str] = field(default_factory=dict)
    directory: str = "/"
    user: str = "0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def build(self) -> None:
        for instruction, rest in instructions():
            match instruction:
                case "FROM":
                    self.earlier, self.root = self.root, next(self.roots)
                    self.variables, self.directory = {}, "/"
                case "ENV":
                    self.variables |= dict(each.split("=", 1) for each in shlex.split(rest))
                case "WORKDIR":
                    self.directory = rest
                    self.at(".").mkdir(parents=True, exist_ok=True)
                case "COPY" if rest.startswith("--from"):
                    self.copy_built(*rest.split()[1:])
                case "COPY":
                    self.copy(*rest.split())
                case "RUN":
                    self.run(rest)
                case "USER":
                    self.user = rest
                case "ENTRYPOINT":
                    self.entrypoint = json.loads(rest)
                case "CMD":
                    self.command = json.loads(rest)

    def at(self, path: str) -> Path:
        return self.root / (Path("/") / self.directory / path).relative_to("/")

    def copy(self, *paths: str) -> None:
        *sources, target = paths
        for source in map(Path, sources):
            aim = self.at(target) / source.name if target.endswith(("/", ".")) else self.at(target)
            aim.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, aim)

    def copy_built(self, source: str, target: str) -> None:
        """What the stage before this one has made."""
        shutil.copytree(self.earlier / Path(source).relative_to("/"), self.at(target), symlinks=True)

    def run(self, command: str) -> str:
        """As root, in the writable root."""
        inside = ["chroot", str(self.root), "sh", "-euc", f"cd {self.directory}; {command}"]
        done = subprocess.run(inside, check=False, env=self.environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, command: Sequence[str], writable: Sequence[str], **variables: str) -> subprocess.Popen[str]:
        """As the image's user, with nothing to write to but these folders."""
        inside = [
            "unshare",
            "--mount",
            "bash",
            "-euc",
            READ_ONLY,
            str(self.root),
            " ".join(writable),
            self.user,
            *command,
        ]
        environment = self.environment() | variables
        return subprocess.Popen(inside, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
        path = self.variables.get("PATH", "$PATH").replace("$PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        return {**kept, **self.variables, "PATH": path}


def instructions() -> Iterator[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", CONTAINERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, text.splitlines()):
        instruction, rest = line.split(maxsplit=1)
        yield instruction, rest


@contextmanager
def built(folder: Path) -> Iterator[Image]:
    """Skips where this user may not mount."""
    with ExitStack() as stack:
        disk = stack.enter_context(mounted(folder / "disk", "-t", "tmpfs", "-o", "size=1g", "tmpfs"))
        image = Image(stack.enter_context(root_on(disk / str(stage))) for stage in count())
        image.build()
        yield image


@contextmanager
def root_on(folder: Path) -> Iterator[Path]:
    """This machine's files; what is written stays in the folder."""
    for name in ("upper", "work"):
        (folder / name).mkdir(parents=True)
    layers = f"lowerdir=/,upperdir={folder}/upper,workdir={folder}/work"
    with ExitStack() as stack:
        root = stack.enter_context(mounted(folder / "root", "-t", "overlay", "-o", layers, "overlay"))
        for name in ("dev", "proc"):
            stack.enter_context(mounted(root / name, "--rbind", f"/{name}"))
        python = root / "usr" / "local" / "bin" / "python"
        if not python.exists():  # as the base image has it
            python.symlink_to(f"/usr/bin/python3.{sys.version_info.minor}")
        yield root
