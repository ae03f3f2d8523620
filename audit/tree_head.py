"""The text of a checkpoint (C2SP tlog-checkpoint): what a log says about itself."""

import base64
from dataclasses import dataclass

from audit.errors import VerificationError
from audit.merkle import HASH_SIZE
from audit.text import decode_base64, decode_text, parse_number

_LINES = 3


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


def parse(text: str | bytes) -> Checkpoint:
    """Read the signed text of a checkpoint, without the signatures.

    A whole signed note is refused: whoever has one opens it, and so checks it.

    Raises:
        VerificationError: it is not the text of a checkpoint.
    """
    lines = decode_text(text).split("\n")
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
