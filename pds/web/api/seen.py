"""`Infobank-Seen`: a recipient names a tree it knows; we prove that ours grew of it.

Two recipients that compare what they were shown notice a log with two histories; one
recipient alone notices a log that went back.
"""

import base64
from contextlib import suppress

from audit import proof, store
from audit.checkpoint import parse, parse_number
from audit.errors import VerificationError
from audit.note import split_note
from audit.receipt_check import parse_header
from pds.core.errors import BankError
from pds.web.context import bank

HEADER = "Infobank-Seen"
ANSWER = "Infobank-Consistency"


class NotSeen(Exception):  # noqa: N818 - reads as the state that it names
    """The size is malformed, or no tree of ours was ever that large."""


def size(text: str | None) -> int | None:
    """Return the size that the header names, None without a header.

    Raises:
        NotSeen: it is not the size of a tree of this log.
    """
    if text is None:
        return None
    try:
        named = parse_number(text)
    except VerificationError:
        raise NotSeen from None
    with bank().read() as snap:
        if not 0 < named <= store.size(snap.connection):
            raise NotSeen
    return named


def growth(named: int, receipt: str) -> str | None:
    """Return the value of the answer: the hashes from a size to that of a receipt.

    A list of byte sequences (RFC 9651). None if it cannot be had now: the release is
    recorded already, and the recipient may still ask `/log/proof/consistency`.
    """
    with suppress(BankError, VerificationError):
        note = proof.parse(parse_header(receipt)).checkpoint
        current = parse(split_note(note)[0]).size
        with bank().read() as snap:
            hashes = store.consistency_proof(snap.connection, named, current)
        return ", ".join(f":{base64.b64encode(each).decode()}:" for each in hashes)
    return None
