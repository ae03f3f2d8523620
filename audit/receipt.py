"""Building receipts: the proof of an entry, with chosen fields of its detail opened."""

import base64
from collections.abc import Iterable, Mapping, Sequence

from audit.canonical import encode
from audit.detail import Detail
from audit.draft import Recorded
from audit.errors import VerificationError
from audit.proof import TlogProof, format_proof

FOR_RECIPIENT = ("pairwise_sub", "consent_id", "request_id", "n", "body_sha256")
"""Fields that a recipient is shown; those that an entry lacks are left out."""

FOR_AUDITOR = ("pseudonym", "consent_id", "consent_version", "reasons", "n")
"""Fields that an auditor is shown."""


def build(
    recorded: Recorded,
    checkpoint: str,
    proof: Sequence[bytes],
    names: Iterable[str] = FOR_RECIPIENT,
) -> bytes:
    """Return the receipt of an entry that was recorded just now.

    Args:
        recorded: the entry; the sequencer has placed its leaf.
        checkpoint: the signed checkpoint of the tree that the proof is for.
        proof: the inclusion proof of the leaf in that tree.
        names: fields to open.

    Raises:
        VerificationError: the leaf has no place yet.
    """
    draft, entry = recorded.draft, recorded.prepared
    if draft.leaf is None or draft.index is None:
        raise VerificationError("The leaf has no place in the tree yet.")
    fields, salts = recorded.fields, entry.salts
    opened = {
        name: [salts[name].hex(), fields[name]] for name in names if name in fields
    }
    extra = _extra(draft.leaf, recorded.m, opened, entry.opening)
    return format_proof(TlogProof(draft.index, tuple(proof), checkpoint, extra))


def assemble(
    leaf: bytes,
    m: bytes,
    detail: Detail,
    proof: TlogProof,
    names: Iterable[str],
) -> bytes:
    """Return the receipt of a stored entry from its leaf, detail map and detail."""
    opened = {
        name: [detail.salt(name).hex(), detail.fields[name]]
        for name in names
        if name in detail.fields
    }
    extra = _extra(leaf, m, opened, detail.opening)
    return format_proof(TlogProof(proof.index, proof.hashes, proof.checkpoint, extra))


def header(receipt: bytes) -> str:
    """Return the value of the header `Infobank-Receipt`."""
    return f":{base64.b64encode(receipt).decode()}:"


def _extra(
    leaf: bytes, m: bytes, opened: Mapping[str, list[str]], opening: bytes
) -> bytes:
    # Leaf and detail map are canonical already, and what is opened is text under
    # names of a closed list: splicing saves parsing, and checking it again.
    rest = encode({"open": opened, "opening": opening.hex()})
    return b'{"leaf":' + leaf + b',"m":' + m + b"," + rest[1:]
