"""What came of an attack, and the table of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 8
"""Names of what did not hold in one row."""


@dataclass(frozen=True, slots=True)
class Result:
    """`tried` says what was sent, `figure` what was measured, `bound` what it has to keep."""

    attack: str
    tried: str
    figure: str
    bound: str
    held: bool


def at_most(attack: str, tried: str, figure: float, bound: float, unit: str) -> Result:
    return Result(attack, tried, f"{figure:.4g} {unit}", f"≤ {bound:g} {unit}", figure <= bound)


def all_of(attack: str, tried: str, good: int, of: int, what: str) -> Result:
    return Result(attack, tried, f"{good} of {of} {what}", f"all {what}", good == of)


def none_of(attack: str, tried: str, bad: Iterable[str], what: str) -> Result:
    """`bad` names what should not have happened; the first ones are shown."""
    found = sorted(bad)
    shown = f" ({'; '.join(found[:SHOWN])})" if found else ""
    return Result(attack, tried, f"{len(found)} {what}{shown}", f"0 {what}", not found)


def together(attack: str, tried: str, *results: Result) -> Result:
    """Several figures of one attack in one row; it holds where each of them does."""
    figures, bounds = (
        "; ".join(dict.fromkeys(each)) for each in zip(*((r.figure, r.bound) for r in results), strict=True)
    )
    return Result(attack, tried, figures, bounds, all(each.held for each in results))


def table(results: Iterable[tuple[str, Result]]) -> str:
    """Markdown; a subject's name stands at its first row."""
    lines = ["| | attack | tried | figure | bound | |", "|---|---|---|---:|---:|---|"]
    before = ""
    for subject, each in results:
        verdict = "held" if each.held else "**not held**"
        shown = subject if subject != before else ""
        cells = (shown, each.attack, each.tried, each.figure, each.bound, verdict)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        before = subject
    return "\n".join(lines)
