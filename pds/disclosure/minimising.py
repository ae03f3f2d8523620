"""Leaves elements out of stored payloads before they go; pure.

A payload without any of them is spliced as it is. From one that has some they are cut
out of its bytes, so the rest keeps every character, number text included. A payload is
canonical JSON: a quote inside of text is escaped, so `{"note":` or `,"note":` can only
be a member.
"""

import re
from functools import lru_cache

from pds.core.vocabulary import elements

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]]', re.DOTALL)
_PLAIN = re.compile(rb"[^,}\]]+")


def minimise(payload: bytes, purpose: str, category: str) -> bytes:
    """Return a payload without the elements that a purpose never needs.

    Args:
        payload: canonical JSON, as it was stored.
        purpose: purpose of the consent.
        category: category of the record.
    """
    wanted = _pattern(purpose, category)
    if wanted is None:
        return payload
    found = wanted.search(payload)
    return payload if found is None else _cut(payload, wanted, found)


@lru_cache(maxsize=1024)
def _pattern(purpose: str, category: str) -> re.Pattern[bytes] | None:
    names = elements.left_out(purpose, category)
    if not names:
        return None
    # What stands before it is looked at last: a quote is quicker to find.
    return re.compile(b'"(?:%b)":' % "|".join(names).encode())


def _cut(
    payload: bytes, wanted: re.Pattern[bytes], found: re.Match[bytes] | None
) -> bytes:
    kept, at = bytearray(), 0
    while found is not None:
        start, end = found.span()
        if payload[start - 1 : start] not in (b"{", b","):
            found = wanted.search(payload, end)
            continue
        kept += payload[at:start]
        at = _end_of_value(payload, end)
        if kept.endswith(b","):
            del kept[-1]
        elif payload[at : at + 1] == b",":
            at += 1
        found = wanted.search(payload, at)
    return bytes(kept + payload[at:])


def _end_of_value(payload: bytes, start: int) -> int:
    """Return where the value that begins at a place ends."""
    first = payload[start : start + 1]
    if first not in (b'"', b"{", b"["):
        plain = _PLAIN.match(payload, start)
        return plain.end() if plain else start
    depth = 0
    for token in _TOKEN.finditer(payload, start):
        mark = token.group()[:1]
        if mark != b'"':
            depth += 1 if mark in (b"{", b"[") else -1
        if depth == 0:
            return token.end()
    raise ValueError("A payload ends inside of a value.")
