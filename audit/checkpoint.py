"""Checkpoints (C2SP tlog-checkpoint): the size and root of the log, as signed text."""

from collections.abc import Iterable

from audit.errors import VerificationError
from audit.note import Note, VerifierKey, open_note
from audit.text import parse_number
from audit.tree_head import Checkpoint, format_text, parse

__all__ = ["Checkpoint", "format_text", "open_checkpoint", "parse", "parse_number"]


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
