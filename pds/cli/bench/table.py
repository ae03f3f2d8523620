"""Results: a row per figure, printed as a table and written as `bench.json`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: stable name, as the documentation uses it.
        value: what was measured.
        unit: its unit.
        against: what it was measured against in the same run, or an empty text.
        ratio: value over that, or None.
    """

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None


def render(figures: Sequence[Figure]) -> str:
    """Return the table as text."""
    rows = [("name", "value", "unit", "ratio", "against")]
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        rows.append(
            (figure.name, f"{figure.value:,.2f}", figure.unit, ratio, figure.against)
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write `bench.json`: a list of `{name, value, unit, against, ratio}`."""
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1))
