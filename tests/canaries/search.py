"""Looks for planted values in bytes, in every form in which they could lie there.

In clear means: readable by whoever has the bytes and no key. So a value that is only
encoded or compressed is found too.
"""

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

_MOST = 1 << 26
"""Bytes to inflate of one stream; no test writes more."""
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08|PK\x03\x04")


class Finder:
    """Finds planted values.

    Args:
        planted: what to look for, by a name that a failure tells.
    """

    def __init__(self, planted: Mapping[str, str]) -> None:
        self._needles = {
            needle: name for name, text in planted.items() for needle in forms(text)
        }

    def hits(self, content: bytes) -> set[str]:
        """Return the names of what is in there, also within compressed streams."""
        found = self._plain(content)
        for inflated in _inflated(content):
            found |= self._plain(inflated)
        return found

    def below(self, *places: Path) -> set[tuple[str, str]]:
        """Return what is in files, and the names of the files."""
        files = [each for place in places for each in _files(place)]
        return {(name, path.name) for path in files for name in self._in(path)}

    def _in(self, path: Path) -> set[str]:
        try:
            return self.hits(path.read_bytes())
        except FileNotFoundError:
            return set()

    def _plain(self, content: bytes) -> set[str]:
        return {name for needle, name in self._needles.items() if needle in content}


def forms(text: str) -> set[bytes]:
    """Return every form of a text that a search has to know."""
    found: set[bytes] = set()
    for raw in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
        found |= {raw, raw.hex().encode(), raw.hex().upper().encode()}
        found |= set(_base64(raw))
    escaped = "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in text)
    found |= {escaped.encode(), escaped.upper().replace("\\U", "\\u").encode()}
    percent = quote(text, safe="")
    found |= {percent.encode(), percent.lower().encode()}
    return found


def _base64(raw: bytes) -> Iterator[bytes]:
    """Yield what stands for the bytes alone, wherever they begin in a longer text."""
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + raw + bytes(3))
        first = (shift * 8 + 5) // 6
        last = (shift + len(raw)) * 8 // 6
        yield whole[first:last]
        yield whole[first:last].translate(bytes.maketrans(b"+/", b"-_"))


def _inflated(content: bytes) -> Iterator[bytes]:
    view = memoryview(content)
    for found in _ZLIB.finditer(content):
        start, wbits = found.start(), 47
        if found[0].startswith(b"PK"):
            lengths = content[start + 26 : start + 30]
            if len(lengths) < 4:
                continue
            start += 30 + int.from_bytes(lengths[:2], "little")
            start += int.from_bytes(lengths[2:], "little")
            wbits = -15
        try:
            yield zlib.decompressobj(wbits).decompress(view[start:], _MOST)
        except zlib.error:
            continue


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    else:
        yield from (each for each in place.rglob("*") if each.is_file())
