"""Offline proofs (C2SP tlog-proof): that a leaf stands in a signed log."""

from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import VerificationError
from audit.merkle import HASH_SIZE, verify_inclusion
from audit.note import VerifierKey
from audit.text import decode_base64, parse_number

MAX_SIZE = 1 << 20
"""Bytes of the largest proof that is read."""

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof taken apart; nothing in it is verified.

    Attributes:
        index: position of the leaf.
        hashes: the inclusion proof, from the leaf up.
        checkpoint: the signed checkpoint, verbatim.
        extra: application data, not authenticated by the proof.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None


def parse(data: bytes) -> TlogProof:
    """Read a `.tlog-proof` file.

    Raises:
        VerificationError: it is not one.
    """
    if type(data) is not bytes or len(data) > MAX_SIZE:
        raise VerificationError("A proof is at most one mebibyte of bytes.")
    try:
        head, blank, checkpoint = data.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise VerificationError("The proof is not UTF-8.") from None
    lines = head.split("\n")
    if lines.pop(0) != _FIRST_LINE or not blank or not lines:
        raise VerificationError("The file is not a proof of version 1.")
    extra = None
    if lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise VerificationError("The proof lacks its index.")
    index = parse_number(lines.pop(0).removeprefix("index "))
    return TlogProof(index, _hashes(lines), checkpoint, extra)


def format_proof(proof: TlogProof) -> bytes:
    """Return the bytes of a `.tlog-proof` file."""
    lines = [_FIRST_LINE]
    if proof.extra is not None:
        lines.append(f"extra {_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += map(_base64, proof.hashes)
    return ("\n".join(lines) + "\n\n" + proof.checkpoint).encode()


def _base64(data: bytes) -> str:
    # Without the layers of the base64 module, which cost more than the work.
    return b2a_base64(data, newline=False).decode()


def verify(
    proof: TlogProof, leaf_hash: bytes, verifier_keys: Iterable[VerifierKey | str]
) -> Checkpoint:
    """Check that a leaf stands in the log at the proof's index.

    Raises:
        VerificationError: the checkpoint or the inclusion does not verify.
    """
    checkpoint, _note = open_checkpoint(proof.checkpoint, verifier_keys)
    verify_inclusion(
        proof.index, checkpoint.size, leaf_hash, proof.hashes, checkpoint.root
    )
    return checkpoint


def _hashes(lines: list[str]) -> tuple[bytes, ...]:
    if len(lines) > _MAX_HASHES:
        raise VerificationError("The proof has too many hashes.")
    hashes = tuple(decode_base64(line) for line in lines)
    if any(len(each) != HASH_SIZE for each in hashes):
        raise VerificationError("A hash of the proof is not 32 bytes.")
    return hashes
