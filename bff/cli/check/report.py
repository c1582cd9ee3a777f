"""The report of all findings: a table in English or Chinese, or JSON."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from bff.cli.check import chinese
from bff.cli.check.findings import Finding, FindingState

ENGLISH: Mapping[FindingState, str] = {state: state.value for state in FindingState}
COLOURS = {FindingState.OK: "32", FindingState.LOOK: "33", FindingState.WRONG: "31", FindingState.NOT_CHECKED: "2"}
FIRST, SECOND = 14, 12
"""Widths of the columns before the text."""


def is_green(lines: Sequence[Finding]) -> bool:
    """Whether nothing is wrong; what was not checked follows from another finding, or from the core's hours."""
    return not any(line.state is FindingState.WRONG for line in lines)


def table(lines: Sequence[Finding], width: int, *, coloured: bool, in_chinese: bool = False) -> str:
    states, checks = (chinese.STATES, chinese.CHECKS) if in_chinese else (ENGLISH, {})
    if in_chinese:
        lines = [chinese.translated(line) for line in lines]
    rows = (
        _row(line, checks.get(line.check, line.check), states[line.state], max(width, 60), coloured) for line in lines
    )
    counts = [(sum(line.state is state for line in lines), name) for state, name in states.items()]
    told = "，".join(f"{name}{n}项" for n, name in counts) if in_chinese else ", ".join(f"{n} {s}" for n, s in counts)
    return "\n".join([*rows, "", told])


def as_json(lines: Sequence[Finding]) -> str:
    return json.dumps(
        {"green": is_green(lines), "lines": [asdict(line) for line in lines]}, ensure_ascii=False, indent=2
    )


def _row(line: Finding, check: str, state: str, width: int, coloured: bool) -> str:
    state = _padded(state, SECOND)
    if coloured:
        state = f"\033[{COLOURS[line.state]}m{state}\033[0m"
    texts = [line.found, *(f"- {each}" for each in line.details), *([f"→ {line.do}"] if line.do else [])]
    indent = " " * (FIRST + SECOND)
    rest = (row for text in texts for row in _wrapped(text, width, indent))
    return f"{_padded(check, FIRST)}{state}" + "\n".join(rest)[len(indent) :]


def _wrapped(text: str, width: int, indent: str) -> Iterator[str]:
    """Wrap a text between words and Chinese characters; further rows are indented by two more."""
    row = indent
    for part in re.findall(r"[\x21-\x7e]+|\s|.", text):
        if _cells(row + part) > width and row.strip():
            yield row.rstrip()
            row = f"{indent}  " + part.lstrip()
        else:
            row += part
    yield row.rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cells(text: str) -> int:
    """Return the width in terminal columns: a Chinese character has two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
