"""What cosigners sign (C2SP tlog-cosignature), in its two versions."""

from audit.errors import VerificationError
from audit.text import MAX_NUMBER
from audit.tree_head import parse

_LABEL = b"subtree/v1\n\0"
_MAX_NAME = 255


def cosigned_message(time: int, text: str) -> bytes:
    """Return what a timestamped Ed25519 cosignature signs.

    Raises:
        VerificationError: the time is out of range.
    """
    _check_time(time)
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def subtree_message(name: str, time: int, text: str) -> bytes:
    """Return what an ML-DSA-44 cosignature of a checkpoint signs.

    It names the cosigner and begins at leaf 0; extension lines are not in it.

    Raises:
        VerificationError: the text is no checkpoint, a name is longer than 255 bytes,
            or the time is out of range.
    """
    _check_time(time)
    checkpoint = parse(text)
    parts = (
        _LABEL,
        _sized(name),
        time.to_bytes(8),
        _sized(checkpoint.origin),
        bytes(8),
        checkpoint.size.to_bytes(8),
        checkpoint.root,
    )
    return b"".join(parts)


def _check_time(time: int) -> None:
    if not 0 <= time <= MAX_NUMBER:
        raise VerificationError("The time of a cosignature is out of range.")


def _sized(name: str) -> bytes:
    data = name.encode()
    if not 0 < len(data) <= _MAX_NAME:
        raise VerificationError("A name is too long to be cosigned.")
    return bytes([len(data)]) + data
