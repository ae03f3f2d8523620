"""Which format some bytes are in, by what they say and not by their name.

A declared media type narrows the choice and is never believed against the bytes.
"""

from dataclasses import dataclass
from enum import StrEnum

from providers.issues import FileRefused
from providers.payload import PayloadError, decode_utf8, parse


class Format(StrEnum):
    """The formats that can be read."""

    JSON = "json"
    NDJSON = "ndjson"
    XML = "xml"


MEDIA_TYPES: dict[str, frozenset[Format]] = {
    **dict.fromkeys(
        ("application/fhir+json", "application/json", "text/json"),
        frozenset({Format.JSON, Format.NDJSON}),
    ),
    **dict.fromkeys(
        ("application/fhir+ndjson", "application/x-ndjson", "application/ndjson"),
        frozenset({Format.NDJSON, Format.JSON}),
    ),
    **dict.fromkeys(("application/xml", "text/xml"), frozenset({Format.XML})),
    **dict.fromkeys(("", "application/octet-stream", "text/plain"), frozenset(Format)),
}
"""Media types that are taken, with the formats that each may turn out to be."""

_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one import may hold (PHR-F04).

    Attributes:
        max_bytes: size of the file.
        max_items: entries, lines or elements.
    """

    max_bytes: int = 32 * _MEBIBYTE
    max_items: int = 50_000


def detect(data: bytes, media_type: str, limits: Limits) -> Format:
    """Return the format of a file.

    Raises:
        FileRefused: PHR-F04 too large, PHR-F01 no known format or one that
            contradicts the media type, PHR-F02 not UTF-8.
    """
    if len(data) > limits.max_bytes:
        mebibytes = limits.max_bytes // _MEBIBYTE
        raise FileRefused("PHR-F04", f"The file is larger than {mebibytes} MiB.")
    allowed = MEDIA_TYPES.get(base_type(media_type))
    if allowed is None:
        raise FileRefused("PHR-F01", "Files of this media type are not read.")
    found = _sniff(data)
    if found not in allowed:
        raise FileRefused("PHR-F01", "The file is not what its media type says.")
    return found


def base_type(media_type: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def _sniff(data: bytes) -> Format:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        return Format.XML
    if start == b'"' and data.rstrip()[-1:] == b'"' and b"{" in data:
        return Format.JSON
    if start in {b"{", b"["}:
        return _json_or_lines(data)
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise FileRefused("PHR-F02", "The file is UTF-16; only UTF-8 is read.")
    if not data.strip():
        raise FileRefused("PHR-F01", "The file is empty.")
    raise FileRefused("PHR-F01", "No known format begins like this file.")


def _json_or_lines(data: bytes) -> Format:
    """Tell one JSON text from lines of them: do the first two lines stand alone?"""
    lines = data.strip().split(b"\n", 1)
    if len(lines) == 1 or not lines[1].lstrip().startswith(b"{"):
        return Format.JSON
    first = lines[0].strip()
    if not first.startswith((b"{", b"\xef")) or not first.endswith(b"}"):
        return Format.JSON
    try:
        parse(decode_utf8(first))
    except PayloadError:
        # A first line that is bad by itself still makes the others lines.
        return Format.NDJSON if lines[1].lstrip()[-1:] == b"}" else Format.JSON
    return Format.NDJSON
