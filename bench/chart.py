"""A small chart of what was answered when, and how fast, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, TOP, PANEL, GAP = 1000, 60, 90, 180, 60
COLOURS = {"answered": "#3a7d44", "old": "#d9a400", "refused": "#8a8f98", "failed": "#c0392b"}
SLOWEST, FASTEST = 20.0, 0.002


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
    parts = [_text(LEFT, 24, title, 16), *_legend()]
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
    body = "\n".join(parts)
    height = lower + PANEL + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
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


def _legend() -> list[str]:
    named = [*COLOURS.items(), ("median", "#1f5fa8"), ("longest", "#c0392b")]
    found = []
    for number, (name, colour) in enumerate(named):
        x = LEFT + 110 * number
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
