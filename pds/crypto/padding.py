"""Padding to size classes, so that a sealed length says little about its content.

The plaintext is followed by 0x80 and as many zero bytes as reach the next class:
256, 512, 1024 or 2048 bytes, then multiples of 1 KiB (ISO/IEC 7816-4 padding).
"""

from pds.crypto.errors import EnvelopeError

PADDING_MARK = 0x80
_CLASSES = (256, 512, 1024, 2048)
_STEP = 1024


def pad(plaintext: bytes) -> bytes:
    """Return the plaintext, the mark and the zeros that fill its class."""
    marked = len(plaintext) + 1
    size = next((c for c in _CLASSES if marked <= c), -(-marked // _STEP) * _STEP)
    return (plaintext + b"\x80").ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the plaintext; padding without its mark raises EnvelopeError."""
    marked = padded.rstrip(b"\0")
    if marked[-1:] != b"\x80":
        raise EnvelopeError
    return marked[:-1]
