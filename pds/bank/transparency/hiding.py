"""Taking small numbers out of a table, so that they cannot be worked out; pure (X-19).

A number below k is not said. As the total is, one hidden number alone would be known,
and several that are small together nearly so: the smallest of the others are hidden,
until what is hidden adds up to k.
"""

from collections.abc import Mapping
from typing import Final

FEW: Final = "few"
"""Stands for a number that is not said."""

Shown = int | str


def number(count: int, k: int) -> Shown:
    """Return a number, or that it is too small to be said; none at all is said."""
    return count if count == 0 or count >= k else FEW


def table(counts: Mapping[str, int], k: int) -> dict[str, Shown]:
    """Return the rows of a table whose total is known to the reader.

    Args:
        counts: a number for each name; names without any are left out.
        k: the least number that is said, at least 2.
    """
    rows = sorted(((n, name) for name, n in counts.items() if n))
    hidden = [row for row in rows if row[0] < k]
    if hidden:
        for row in rows[len(hidden) :]:
            if sum(n for n, _name in hidden) >= k and len(hidden) > 1:
                break
            hidden.append(row)
    unsaid = {name for _n, name in hidden}
    return {
        name: FEW if name in unsaid else n
        for n, name in sorted(rows, key=lambda row: row[1])
    }
