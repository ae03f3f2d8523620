"""Refuses XML that would cost too much before a parser builds it (PHR-F04, F05)."""

import re

from providers.issues import FileRefused

MAX_DEPTH = 64
MAX_ELEMENTS = 200_000
_TAG = re.compile(rb"<(/?)[A-Za-z_][^<>]*?(/?)>")


def check(data: bytes) -> None:
    """Refuse too many elements or too deep a nesting, by counting tags.

    Raises:
        FileRefused: PHR-F04.
    """
    depth = 0
    for count, tag in enumerate(_TAG.finditer(data)):
        closes, is_empty = tag.groups()
        depth += -1 if closes else 0 if is_empty else 1
        if depth > MAX_DEPTH or count > 2 * MAX_ELEMENTS:
            raise FileRefused(
                "PHR-F04", "The XML is too deep or has too many elements."
            )
