"""The spellings that notes, checkpoints and proofs share: text, base64, numbers."""

import base64
import binascii
import re

from audit.errors import VerificationError

MAX_SIZE = 1 << 20
"""Bytes of the largest note that is read."""

MAX_NUMBER = (1 << 63) - 1
"""The largest size, index or time."""

_MAX_DIGITS = 19
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def decode_text(text: object) -> str:
    """Read the characters of a note: UTF-8 without control characters but newline.

    Raises:
        VerificationError: it is anything else, or larger than is read.
    """
    if not isinstance(text, str | bytes) or len(text) > MAX_SIZE:
        raise VerificationError("A note is text of at most one mebibyte.")
    try:
        if isinstance(text, str):
            text.encode()
            decoded = text
        else:
            decoded = text.decode()
    except UnicodeError:
        raise VerificationError("The note is not UTF-8.") from None
    if _CONTROL.search(decoded):
        raise VerificationError("The note holds a control character.")
    return decoded


def decode_base64(text: str) -> bytes:
    """Decode standard base64 in its one canonical spelling.

    Raises:
        VerificationError: it is anything else.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise VerificationError("The base64 is malformed.") from None
    if base64.b64encode(data).decode() != text:
        raise VerificationError("The base64 is not canonical.")
    return data


def parse_number(text: object) -> int:
    """Read a decimal number without leading zeros, as sizes and indexes are written.

    Raises:
        VerificationError: it is anything else, or beyond 2^63.
    """
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        raise VerificationError("A size or index is not a plain decimal number.")
    padded = text[0] == "0" and text != "0"
    if padded or len(text) > _MAX_DIGITS or int(text) > MAX_NUMBER:
        raise VerificationError("A size or index is not a plain decimal number.")
    return int(text)
