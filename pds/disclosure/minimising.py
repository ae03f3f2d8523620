"""Leaves elements out of stored payloads before they go; pure.

A payload without any of them is spliced as it is. From one that has some they are cut
out of its bytes, so the rest keeps every character, number text included. A payload is
canonical JSON: a quote inside of text is escaped, so `{"note":` or `,"note":` can only
be a member.

Numbers by which a source knows a record are such elements too, since two recipients
could compare them; the recipient has its own name for the record. What a record
contains keeps an id, since the record points there: it is numbered anew from 1. The
constant that stands for the person stays as well.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

from pds.core.vocabulary import elements

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]]', re.DOTALL)
_TEXT = re.compile(rb'"[^"\\]*+"')
_PLAIN = re.compile(rb"[^,}\]]+")
_CONTAINED: Final = b'"contained":['
_POINTER = re.compile(
    rb'(?<=[{,])"(id|reference)":"(#?)((?:[^"\\]++|\\.)*+)"', re.DOTALL
)
_ID: Final = b'"id":'
_REFERENCE: Final = b'"reference":'
_LOCAL: Final = b'"reference":"#'
_LINK: Final = "reference"
_PERSON: Final = '"Patient/subject"'
_ELSEWHERE: Final = b'"display":"[removed]"'
"""Stands for a link that was all of its object: FHIR has no empty objects."""
_NOTHING: Final = range(0)


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
    if found is None:
        return payload
    if _CONTAINED in payload:
        payload = _numbered_anew(payload)
        found = wanted.search(payload)
    return _cut(payload, wanted, found)


@lru_cache(maxsize=1024)
def _pattern(purpose: str, category: str) -> re.Pattern[bytes] | None:
    names = elements.left_out(purpose, category)
    if not names:
        return None
    # What stands before it is looked at last: a quote is quicker to find. Names are
    # tried letter by letter; trying one after the other takes three times as long.
    firsts = "".join(sorted({name[0] for name in names}))
    pattern = f'"(?=[{firsts}])(?:{_branches({*names} - {_LINK})}":'
    if _LINK in names:
        pattern += f'|{_LINK}":(?!{_PERSON})'
    return re.compile(f"{pattern})".encode())


def _branches(names: Iterable[str]) -> str:
    """Return a pattern of exactly these names that looks at each letter once."""
    found = sorted(set(names))
    if found == [""]:
        return ""
    parts = [
        first + _branches(name[1:] for name in rest)
        for first, rest in groupby(filter(None, found), lambda name: name[0])
    ]
    return f"(?:{'|'.join(parts)}){'?' if '' in found else ''}"


def _cut(
    payload: bytes, wanted: re.Pattern[bytes], found: re.Match[bytes] | None
) -> bytes:
    kept, at, contained = bytearray(), 0, _contained(payload)
    while found is not None:
        start, end = found.span()
        if payload[start - 1 : start] not in (b"{", b",") or _stays(
            payload, start, contained
        ):
            found = wanted.search(payload, end)
            continue
        kept += payload[at:start]
        at = _end_of_value(payload, end)
        is_all = payload[start - 1 : start] + payload[at : at + 1] == b"{}"
        if is_all and payload.startswith(_REFERENCE, start):
            kept += _ELSEWHERE
        elif kept.endswith(b","):
            del kept[-1]
        elif payload[at : at + 1] == b",":
            at += 1
        found = wanted.search(payload, at)
    return bytes(kept + payload[at:])


def _stays(payload: bytes, start: int, contained: range) -> bool:
    """Say whether a member tells nothing that another recipient could compare."""
    return bool(contained) and (
        payload.startswith(_LOCAL, start)
        or (start in contained and payload.startswith(_ID, start))
    )


def _contained(payload: bytes) -> range:
    """Return the place of what the record contains, if it contains anything."""
    found = payload.find(_CONTAINED)
    while found > 0 and payload[found - 1 : found] not in (b"{", b","):
        found = payload.find(_CONTAINED, found + 1)
    if found < 0:
        return _NOTHING
    return range(found, _end_of_value(payload, found + len(_CONTAINED) - 1))


def _numbered_anew(payload: bytes) -> bytes:
    """Return a payload whose links to what it contains say 1, 2 and so on."""
    numbers = {name: b"%d" % n for n, name in enumerate(_ids(payload), 1)}

    def anew(found: re.Match[bytes]) -> bytes:
        member, mark, name = found.groups()
        if member == b"reference" and not mark:
            return found[0]
        return b'"%b":"%b%b"' % (member, mark, numbers.get(name, b"0"))

    return _POINTER.sub(anew, payload)


def _ids(payload: bytes) -> Iterator[bytes]:
    """Yield the ids of what a record contains, each once."""
    place = _contained(payload)
    found = _POINTER.finditer(payload, place.start, place.stop)
    yield from dict.fromkeys(each[3] for each in found if each[1] == b"id")


def _end_of_value(payload: bytes, start: int) -> int:
    """Return where the value that begins at a place ends."""
    text = _TEXT.match(payload, start)
    if text is not None:
        return text.end()
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
