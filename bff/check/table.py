"""The lines for a terminal, and for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict

from bff.check.lines import Line, State

COLOURS = {State.OK: "32", State.LOOK: "33", State.WRONG: "31", State.NOT_CHECKED: "2"}
FIRST, SECOND = 14, 12
"""Widths of the columns before the text."""


def is_green(lines: Sequence[Line]) -> bool:
    """What was not checked follows from a line that is wrong, or from the core's hours."""
    return not any(line.state is State.WRONG for line in lines)


def table(lines: Sequence[Line], width: int, *, coloured: bool) -> str:
    counts = ", ".join(f"{sum(line.state is state for line in lines)} {state}" for state in State)
    return "\n".join([*(_row(line, max(width, 60), coloured) for line in lines), "", counts])


def as_json(lines: Sequence[Line]) -> str:
    return json.dumps(
        {"green": is_green(lines), "lines": [asdict(line) for line in lines]}, ensure_ascii=False, indent=2
    )


def _row(line: Line, width: int, coloured: bool) -> str:
    state = f"{line.state:{SECOND}}"
    if coloured:
        state = f"\033[{COLOURS[line.state]}m{state}\033[0m"
    texts = [line.found, *(f"- {each}" for each in line.details), *([f"→ {line.do}"] if line.do else [])]
    indent = " " * (FIRST + SECOND)
    rest = (textwrap.fill(text, width, initial_indent=indent, subsequent_indent=f"{indent}  ") for text in texts)
    return f"{line.check:{FIRST}}{state}" + "\n".join(rest)[len(indent) :]
