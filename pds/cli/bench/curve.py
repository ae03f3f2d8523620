"""A curve as an SVG picture, drawn without any library."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BOUND: Final = 1.3
"""The most that a commit to a large log may cost, in costs on a small one."""

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 320, 60, 40
_TOP = 30
_FLOOR = _HEIGHT - _BOTTOM
_XMLNS = "http://www.w3.org/2000/svg"
_FONT = 'font-family="sans-serif" font-size="12"'
_NAMED = 'role="img" aria-labelledby="title desc"'
_AXES = 'fill="none" stroke="#555"'
_TITLE = "Cost of a commit, in costs on a log of 1,000 leaves"
# Told apart by their dashes too.
_LINES = {"time": ("#06c", ""), "processor": ("#b50", "6 3"), "pages": ("#080", "2 3")}


@dataclass(frozen=True, slots=True)
class Point:
    """What a commit costs at a size of the log, in costs of one at 1,000 leaves.

    Attributes:
        size: leaves of the log.
        time: until it is durable.
        processor: time of the processor.
        pages: pages written.
    """

    size: int
    time: float
    processor: float
    pages: float


def picture(points: Sequence[Point]) -> str:
    """Return the costs over the size, the size in powers of ten, as an SVG."""
    low = math.log10(points[0].size)
    span = max(math.log10(points[-1].size) - low, 1e-9)
    highest = max(max(p.time, p.processor, p.pages) for p in points)
    most = max(1.5, highest * 1.1)

    def x(size: float) -> float:
        return _LEFT + (math.log10(size) - low) / span * (_WIDTH - _LEFT - 20)

    def y(cost: float) -> float:
        return _FLOOR - cost / most * (_FLOOR - _TOP)

    powers = range(math.ceil(low), math.floor(low + span + 1e-9) + 1)
    levels = [tenth / 10 for tenth in range(0, math.floor(most * 10) + 1, 5)]
    return "\n".join(
        [
            f'<svg xmlns="{_XMLNS}" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT} {_NAMED}>',
            f'<title id="title">{_TITLE}, by log size</title>',
            f'<desc id="desc">{_words(points)}</desc>',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            _text(_LEFT, 18, f"{_TITLE}, by leaves in the log", "start"),
            f'<path d="M{_LEFT} {_TOP}V{_FLOOR}H{_WIDTH - 20}" {_AXES}/>',
            *(_text(x(10**n), _FLOOR + 18, f"10^{n}", "middle") for n in powers),
            *(_text(_LEFT - 6, y(n) + 4, f"{n:.1f}", "end") for n in levels),
            _text(_LEFT - 6, y(BOUND) + 4, f"{BOUND}", "end"),
            f'<path d="M{_LEFT} {y(BOUND):.1f}H{_WIDTH - 20}" stroke="#999"/>',
            *_lines(
                [
                    (name, [(x(p.size), y(getattr(p, name))) for p in points])
                    for name in _LINES
                ]
            ),
            "</svg>\n",
        ]
    )


def _lines(lines: Sequence[tuple[str, list[tuple[float, float]]]]) -> list[str]:
    drawn: list[str] = []
    for place, (name, line) in enumerate(lines):
        colour, dashes = _LINES[name]
        stroke = f'fill="none" stroke="{colour}" stroke-width="2"'
        dashed = f'{stroke} stroke-dasharray="{dashes}"' if dashes else stroke
        along = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
        left, height = _LEFT + 20 + place * 120, _FLOOR - 14
        drawn += [
            f'<polyline points="{along}" {dashed}/>',
            f'<path d="M{left} {height}h30" {dashed}/>',
            _text(left + 36, height + 4, name, "start"),
        ]
    return drawn


def _words(points: Sequence[Point]) -> str:
    """Return the curve in words, for whoever does not see it."""
    return "; ".join(
        f"{p.size:,} leaves: time {p.time:.2f}, processor {p.processor:.2f},"
        f" pages {p.pages:.2f}"
        for p in points
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{text}</text>'
