"""Cells of spreadsheets that run nothing."""

import re
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?\Z", re.ASCII)


def harmless(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula.

    Numbers are left alone, so that they stay numbers.
    """
    if text.startswith(_FORMULA) and not _NUMBER.match(text):
        return f"'{text}"
    return text
