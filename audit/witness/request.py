"""The body of `add-checkpoint`: what a log sends to a witness."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, parse, parse_number
from audit.errors import VerificationError
from audit.merkle import HASH_SIZE
from audit.note import decode_base64, split_note

MAX_BODY = 1 << 18
"""Bytes of the largest body: 63 hashes and a note of 64 signatures fit."""

MAX_PROOF = 63
"""Hashes of the longest consistency proof."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a log asks a witness to cosign.

    Attributes:
        old_size: size that the log believes the witness to have seen last.
        proof: consistency proof from there.
        note: the signed checkpoint, verbatim.
        checkpoint: what it says; its signatures are not checked yet.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint


def read_submission(body: bytes) -> Submission:
    """Read the body of a request.

    Raises:
        VerificationError: it has not the form that the protocol demands.
    """
    if len(body) > MAX_BODY:
        raise VerificationError("The request is too large.")
    try:
        head, blank, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise VerificationError("The request is not UTF-8.") from None
    first, *proof = head.split("\n")
    if not blank or not first.startswith("old ") or len(proof) > MAX_PROOF:
        raise VerificationError("The request has not the form of the protocol.")
    size = parse_number(first.removeprefix("old "))
    hashes = tuple(_hash(line) for line in proof)
    return Submission(size, hashes, note, parse(split_note(note)[0]))


def write_submission(old_size: int, proof: Sequence[bytes], note: str) -> bytes:
    """Return the body of a request."""
    hashes = [base64.b64encode(each).decode() for each in proof]
    return ("\n".join([f"old {old_size}", *hashes]) + f"\n\n{note}").encode()


def _hash(line: str) -> bytes:
    decoded = decode_base64(line)
    if len(decoded) != HASH_SIZE:
        raise VerificationError("A hash is not 32 bytes.")
    return decoded
