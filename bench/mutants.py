"""What `make mutants` found: how many mutants were tried and killed, and every one that lives although docs/mutants.md
does not name it. Ends with status 1 where there is such a one."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

EQUAL = re.compile(r"^\| `(bff\.\S+?)`", re.MULTILINE)
PAGE = Path(__file__).parents[1] / "docs" / "mutants.md"


def main() -> int:
    statuses = outcomes()
    equal = set(EQUAL.findall(PAGE.read_text(encoding="utf-8")))
    lives = {name for name, status in statuses.items() if status not in {"killed", "timeout"}}
    left = sorted(lives - equal)
    for name in left:
        print(f"{statuses[name]}: {mutmut('show', name)}")
    for name in sorted(equal & statuses.keys() - lives):
        print(f"{name} is killed, and docs/mutants.md calls it equal")
    counted = Counter("equal" if name in equal & lives else status for name, status in statuses.items())
    print(f"{len(statuses)} mutants: {', '.join(f'{count} {status}' for status, count in counted.most_common())}")
    return 1 if left else 0


def outcomes() -> dict[str, str]:
    """Of those that were tried, by their names."""
    lines = (line.strip().rpartition(": ") for line in mutmut("results", "--all", "true").splitlines())
    return {name: status for name, _, status in lines if name and status != "not checked"}


def mutmut(*arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
