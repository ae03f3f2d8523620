"""Checkpoints (C2SP tlog-checkpoint): the size and root of the log, as signed text."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from audit.errors import VerificationError
from audit.merkle import HASH_SIZE
from audit.note import Note, VerifierKey, decode_base64, open_note

_MAX_SIZE = (1 << 63) - 1
_LINES = 3
_MAX_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says about itself at one size.

    Attributes:
        origin: name of the log.
        size: number of leaves.
        root: root of the tree, 32 bytes.
        extensions: further lines, which we never write.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def parse(text: str) -> Checkpoint:
    """Read the signed text of a checkpoint (without the signatures).

    Raises:
        VerificationError: it is not a checkpoint.
    """
    lines = text.split("\n")
    if lines.pop() != "" or len(lines) < _LINES or not all(lines):
        raise VerificationError("A checkpoint has at least three lines.")
    origin, size, root, *extensions = lines
    decoded = decode_base64(root)
    if len(decoded) != HASH_SIZE:
        raise VerificationError("The root of a checkpoint is not 32 bytes.")
    return Checkpoint(origin, parse_number(size), decoded, tuple(extensions))


def format_text(checkpoint: Checkpoint) -> str:
    """Return the text of a checkpoint, to be signed."""
    root = base64.b64encode(checkpoint.root).decode()
    lines = [checkpoint.origin, str(checkpoint.size), root, *checkpoint.extensions]
    return "\n".join(lines) + "\n"


def open_checkpoint(
    note: str | bytes, verifier_keys: Iterable[VerifierKey | str]
) -> tuple[Checkpoint, Note]:
    """Open a signed checkpoint; the log itself must be among the known signers.

    Raises:
        VerificationError: not a checkpoint, or not signed by a known key whose name
            is the origin.
    """
    opened = open_note(note, verifier_keys)
    checkpoint = parse(opened.text)
    if all(each.key.name != checkpoint.origin for each in opened.signatures):
        raise VerificationError("The log itself has not signed the checkpoint.")
    return checkpoint, opened


def parse_number(text: str) -> int:
    """Read a decimal number without leading zeros, as sizes and indexes are written.

    Raises:
        VerificationError: it is anything else, or beyond 2^63.
    """
    digits = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    if not digits or (text[0] == "0" and text != "0") or int(text) > _MAX_SIZE:
        raise VerificationError("A size or index is not a plain decimal number.")
    return int(text)
