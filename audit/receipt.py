"""Building receipts: the proof of an entry, with chosen fields of its detail opened."""

import base64
from collections.abc import Iterable, Sequence

from audit.canonical import canonical
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
    detail = Detail(recorded.fields, entry.opening, entry.salt_root)
    return assemble(
        draft.leaf,
        recorded.m,
        detail,
        TlogProof(draft.index, tuple(proof), checkpoint),
        names,
    )


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
    # Leaf and detail map are canonical already: splicing saves parsing them.
    rest = canonical({"open": opened, "opening": detail.opening.hex()})
    extra = b'{"leaf":' + leaf + b',"m":' + m + b"," + rest[1:]
    return format_proof(TlogProof(proof.index, proof.hashes, proof.checkpoint, extra))


def header(receipt: bytes) -> str:
    """Return the value of the header `Infobank-Receipt`."""
    return f":{base64.b64encode(receipt).decode()}:"
