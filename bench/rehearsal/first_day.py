"""Every command of the page of the first day, in a root, a network and processes of their own, which end with it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.rehearsal.stage import Stage
from bench.results import Result, none_of
from tests.support.image import root_on
from tests.support.servers import ROOT

PAGE = ROOT / "docs" / "how-to" / "first-day.md"
CHECKOUT = "/checkout"
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".data", ".*_cache", "__pycache__", "node_modules", "static")
INSTALLS = re.compile(r"apt-get |.*pip install ", re.DOTALL)
"""What needs the network."""
PREPARED = """
mount -t tmpfs tmpfs /run
ip link set lo up 2>/dev/null
try() { for _ in $(seq 30); do eval "$1" && return; sleep 1; done; return 1; }
"""
"""A command is tried again while a server that it needs is starting."""


@dataclass
class Command:
    """As typed, and the lines that the page shows after it."""

    typed: str = ""
    shown: list[str] = field(default_factory=list)
    said: str = ""
    status: str = "not run"

    @property
    def name(self) -> str:
        return self.typed.partition("\n")[0]


def rehearse(stage: Stage) -> list[Result]:
    commands = list(commands_in(PAGE.read_text(encoding="utf-8")))
    root = stage.stack.enter_context(root_on(stage.folder / "first day"))
    checkout = shutil.copytree(ROOT, root / Path(CHECKOUT).relative_to("/"), ignore=NOT_COPIED)
    checkout.chmod(0o700)  # as root's own folder mostly is
    last = max(number for number, each in enumerate(commands) if INSTALLS.match(each.typed)) + 1
    carry_out(root, commands[:last], "--mount")
    carry_out(root, commands[last:], "--mount", "--net", "--pid")
    return judged(commands)


def judged(commands: list[Command]) -> list[Result]:
    failed = [f"{each.name}: {each.status}" for each in commands if each.status != "0"]
    other = [line for each in commands for line in each.shown if not is_said(line, each.said)]
    tried, shown = f"{len(commands)} commands of the page", f"{sum(len(each.shown) for each in commands)} lines of it"
    return [none_of("the first day", tried, failed, "failed"), none_of("", shown, other, "unlike what they say")]


def is_said(line: str, said: str) -> bool:
    """Up to three dots, and whatever the space between columns is."""
    shown = " ".join(line.partition("…")[0].split())
    return any(" ".join(each.split()).startswith(shown) for each in said.splitlines())


def commands_in(page: str) -> Iterator[Command]:
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        command = Command()
        for line in block.splitlines():
            if not is_whole(command.typed):
                command.typed += f"\n{line}"
            elif line.startswith("# "):
                yield from [command] * bool(command.typed)
                command = Command(line.removeprefix("# "))
            else:
                command.shown.append(line)
        yield command


def is_whole(command: str) -> bool:
    """As bash has it, which warns of a here document without an end."""
    read = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, check=False)  # noqa: S607
    return read.returncode == 0 and not read.stderr and not command.endswith("\\")


def carry_out(root: Path, commands: list[Command], *namespaces: str) -> None:
    """In one shell, and its servers end with it."""
    steps = [f"try {shlex.quote(each.typed)}; echo; echo == {number} $?" for number, each in enumerate(commands)]
    script = "\n".join((PREPARED, f"cd {CHECKOUT}", *steps))
    inside = ["unshare", *namespaces, "--fork", "--kill-child", "chroot", str(root), "bash", "-c", script]
    english = os.environ | {"LANGUAGE": "en"}  # as the page
    done = subprocess.run(inside, env=english, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    said = re.split(r"^== (\d+) (\d+)\n", done.stdout, flags=re.MULTILINE)
    for text, number, status in zip(said[::3], said[1::3], said[2::3], strict=False):
        commands[int(number)].said, commands[int(number)].status = text, status
