"""A curve as an SVG picture, drawn without any library."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 320, 60, 40
_TOP = 30
_XMLNS = "http://www.w3.org/2000/svg"
_FONT = 'font-family="sans-serif" font-size="12"'
_NAMED = 'role="img" aria-labelledby="title desc"'
_AXES = 'fill="none" stroke="#555"'


@dataclass(frozen=True, slots=True)
class Point:
    """What a leaf costs to append at a size of the log."""

    size: int
    microseconds: float


def picture(points: Sequence[Point]) -> str:
    """Return the cost over the size, the size in powers of ten, as an SVG."""
    low = math.log10(points[0].size)
    span = max(math.log10(points[-1].size) - low, 1e-9)
    most = max(each.microseconds for each in points) * 1.2
    floor = _HEIGHT - _BOTTOM

    def x(size: float) -> float:
        return _LEFT + (math.log10(size) - low) / span * (_WIDTH - _LEFT - 20)

    def y(microseconds: float) -> float:
        return floor - microseconds / most * (floor - _TOP)

    line = " ".join(f"{x(p.size):.1f},{y(p.microseconds):.1f}" for p in points)
    powers = range(math.ceil(low), math.floor(low + span + 1e-9) + 1)
    labels = [_text(x(10**each), floor + 18, f"10^{each}", "middle") for each in powers]
    levels = [most * part / 4 for part in range(5)]
    labels += [_text(_LEFT - 6, y(each) + 4, f"{each:.0f}", "end") for each in levels]
    return "\n".join(
        [
            f'<svg xmlns="{_XMLNS}" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT} {_NAMED}>',
            '<title id="title">Microseconds to append a leaf, by log size</title>',
            f'<desc id="desc">{_words(points)}</desc>',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            _text(_LEFT, 18, "µs to append a leaf, by leaves in the log", "start"),
            f'<path d="M{_LEFT} {_TOP}V{floor}H{_WIDTH - 20}" {_AXES}/>',
            *labels,
            f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/>',
            "</svg>\n",
        ]
    )


def _words(points: Sequence[Point]) -> str:
    """Return the curve in words, for whoever does not see it."""
    costs = "; ".join(f"{p.size:,} leaves {p.microseconds:.1f} µs" for p in points)
    ratio = points[-1].microseconds / points[0].microseconds
    return f"{costs}. The last is {ratio:.2f} times the first."


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{text}</text>'
