"""Numbers of headers and payloads: decimal text, exact to the digit; pure."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import reduce
from typing import Final

_MOST_DIGITS: Final = 40
_EXACT: Final = Context(prec=120)
"""Holds the sum of all numbers that `number` lets through, to the last digit."""


def number(text: object) -> Decimal | None:
    """Return the number of a text; None for what is none, not finite or absurd."""
    if not isinstance(text, str) or len(text) > _MOST_DIGITS:
        return None
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    is_fit = value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS // 4
    return value if is_fit else None


def total(values: Iterable[Decimal]) -> Decimal:
    """Return the exact sum of numbers that `number` let through."""
    return reduce(_EXACT.add, values, Decimal(0))


def places(value: Decimal) -> int:
    """Return how many decimals a number is written with."""
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def mean(summed: Decimal, count: int, decimals: int) -> Decimal:
    """Return a mean, half to even.

    Args:
        summed: the exact sum.
        count: how many numbers were summed, at least 1.
        decimals: most decimals that one of them is written with; the mean has one more.
    """
    step = Decimal(1).scaleb(-min(decimals + 1, _MOST_DIGITS))
    return _EXACT.divide(summed, count).quantize(step, ROUND_HALF_EVEN, _EXACT)
