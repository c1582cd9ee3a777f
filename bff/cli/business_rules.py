"""`bff business-rules`: a policy in Chinese, for the business department to sign."""

from __future__ import annotations

import argparse
from pathlib import Path

from bff.cli.terminal import reconfigure
from bff.rules.business_rules import sheet
from bff.rules.policy.loader import load_policy
from bff.services import packaged_or
from bff.settings import Settings


def run(options: argparse.Namespace) -> None:
    """Print the sheet of a policy file. Raises PolicyError."""
    reconfigure(encoding="utf-8")
    text, source = packaged_or(options.file or Settings().policy_file, "practice-centre.toml")
    print(sheet(load_policy(text, source), Path(source).name), end="")
