"""What came of what was tried, and the table of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHOWN = 8
"""Names of what did not hold in one row."""


@dataclass(frozen=True, slots=True)
class Result:
    """`tried` says what was done, `figure` what was measured, `bound` what it has to keep."""

    name: str
    tried: str
    figure: str
    bound: str
    held: bool


def at_most(name: str, tried: str, figure: float, bound: float, unit: str) -> Result:
    return Result(name, tried, f"{figure:.4g} {unit}", f"≤ {bound:g} {unit}", figure <= bound)


def all_of(name: str, tried: str, good: int, of: int, what: str) -> Result:
    return Result(name, tried, f"{good} of {of} {what}", f"all {what}", good == of)


def none_of(name: str, tried: str, bad: Iterable[str], what: str) -> Result:
    """`bad` names what should not have happened; the first ones are shown."""
    found = sorted(bad)
    shown = f" ({'; '.join(found[:SHOWN])})" if found else ""
    return Result(name, tried, f"{len(found)} {what}{shown}", f"0 {what}", not found)


def together(name: str, tried: str, *results: Result) -> Result:
    """Several figures in one row; it holds where each of them does."""
    figures, bounds = (
        "; ".join(dict.fromkeys(each)) for each in zip(*((r.figure, r.bound) for r in results), strict=True)
    )
    return Result(name, tried, figures, bounds, all(each.held for each in results))


def table(results: Iterable[tuple[str, Result]]) -> str:
    """Markdown; a subject's name stands at its first row."""
    lines = ["| | what | tried | figure | bound | |", "|---|---|---|---:|---:|---|"]
    before = ""
    for subject, each in results:
        verdict = "held" if each.held else "**not held**"
        shown = subject if subject != before else ""
        cells = (shown, each.name, each.tried, each.figure, each.bound, verdict)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        before = subject
    return "\n".join(lines)


def report(results: Sequence[tuple[str, Result]]) -> int:
    """Prints the table; the exit status, which is 1 where something did not hold."""
    print(table(results))
    return 0 if all(each.held for _, each in results) else 1
