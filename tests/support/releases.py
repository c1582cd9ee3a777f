"""Releases as wheels: of this tree, and of one that adds to the tables."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bff.store.database import latest_revision
from tests.support.servers import ROOT

MIGRATION = f'''"""What a later release adds."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{latest_revision()}"


def upgrade() -> None:
    op.add_column("application", sa.Column("branch", sa.String(20), nullable=False, server_default="1"))
'''


def wheel(tree: Path, folder: Path) -> Path:
    """Built of a tree and installed in a folder of its own, which is for PYTHONPATH."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=tree, env=os.environ | {"IDE_SKIP_BUILD": "1"}, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*install, "--target", str(folder / "installed"), str(file)], check=True, capture_output=True)
    return folder / "installed"


def later(tree: Path) -> Path:
    """The sources of a release with one migration more."""
    without = shutil.ignore_patterns("__pycache__", "node_modules", "static")
    for name in ("bff", "sandbox", "graphiql"):
        shutil.copytree(ROOT / name, tree / name, ignore=without)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    (tree / "bff/store/migrations/versions/9999_later.py").write_text(MIGRATION)
    return tree
