"""Small charts as SVG: what was answered when, and how fast; and who answers how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, TOP, PANEL, GAP = 1000, 60, 90, 180, 60
COLOURS = {"answered": "#3a7d44", "old": "#d9a400", "refused": "#8a8f98", "failed": "#c0392b"}
SLOWEST, FASTEST = 20.0, 0.002


BAR, NAMES = 18, 280
OURS, RIGHT, WRONG = "#1f5fa8", "#3a7d44", "#8a8f98"


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    value: float
    colour: str


def bars(title: str, legend: dict[str, str], panels: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """One below the other; each panel has a scale of its own. `legend` has the meaning of each colour."""
    parts, y = [_text(10, 24, title, 16), *_legend(legend, 10, 240)], 70.0
    for name, found in panels:
        most = max(each.value for each in found)
        parts.append(_text(10, y + 12, name, 13))
        y += 22
        for each in found:
            width = (WIDTH - NAMES - 80) * each.value / most
            at = f'x="{NAMES}" y="{y:.0f}" width="{width:.1f}" height="{BAR - 4}"'
            parts += [_text(10, y + 11, each.name), f'<rect {at} fill="{each.colour}"/>']
            parts.append(_text(NAMES + width + 6, y + 11, f"{each.value:,.0f}"))
            y += BAR
        y += 16
    return _page(parts, y)


@dataclass(frozen=True, slots=True)
class Second:
    """`outcomes` are counts; the times are seconds."""

    outcomes: dict[str, int]
    median: float
    longest: float


def svg(title: str, phases: Sequence[tuple[str, float]], seconds: Sequence[Second]) -> str:
    """`phases` are names and the second at which each begins."""
    step = (WIDTH - LEFT - 20) / max(1, len(seconds))
    lower = TOP + PANEL + GAP
    named = {**COLOURS, "median": "#1f5fa8", "longest": "#c0392b"}
    parts = [_text(LEFT, 24, title, 16), *_legend(named, LEFT, 110)]
    parts += _columns(seconds, step)
    parts += [_text(10, TOP - 6, "a second"), _text(10, lower - 6, "time")]
    parts += [
        _line([(LEFT, _height(at, lower)), (WIDTH - 20, _height(at, lower))], "#ddd") for at in (0.01, 0.1, 1, 10)
    ]
    parts += [_text(10, _height(at, lower) + 4, f"{at:g} s") for at in (0.01, 0.1, 1, 10)]
    for colour, times in (("#1f5fa8", [s.median for s in seconds]), ("#c0392b", [s.longest for s in seconds])):
        parts.append(_line([(LEFT + (i + 0.5) * step, _height(at, lower)) for i, at in enumerate(times)], colour, 1.5))
    for number, (name, begins) in enumerate(phases):
        x = LEFT + begins * step
        parts.append(_line([(x, TOP - 10), (x, lower + PANEL)], "#999"))
        parts.append(_text(x + 3, lower + PANEL + 14 + 13 * (number % 3), name))
    return _page(parts, lower + PANEL + 60)


def _page(parts: Sequence[str], height: float) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">\n'
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _columns(seconds: Sequence[Second], step: float) -> list[str]:
    most = max(sum(each.outcomes.values()) for each in seconds)
    found = [_text(10, TOP + 10, f"{most}")]
    for number, each in enumerate(seconds):
        bottom = float(TOP + PANEL)
        for name, colour in COLOURS.items():
            height = PANEL * each.outcomes.get(name, 0) / most
            bottom -= height
            at = f'x="{LEFT + number * step:.1f}" y="{bottom:.1f}" width="{step:.1f}" height="{height:.1f}"'
            found.append(f'<rect {at} fill="{colour}"/>')
    return found


def _legend(named: dict[str, str], left: float, step: float) -> list[str]:
    found = []
    for number, (name, colour) in enumerate(named.items()):
        x = left + step * number
        found.append(f'<rect x="{x}" y="40" width="12" height="12" fill="{colour}"/>')
        found.append(_text(x + 18, 50, name))
    return found


def _height(seconds: float, top: float) -> float:
    share = math.log(max(seconds, FASTEST) / FASTEST) / math.log(SLOWEST / FASTEST)
    return top + PANEL * (1 - min(1.0, share))


def _line(points: Sequence[tuple[float, float]], colour: str, width: float = 1) -> str:
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}">{escape(text)}</text>'
