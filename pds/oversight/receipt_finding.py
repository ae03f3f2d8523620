"""Holding one receipt against the log, and what can be found by that."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from audit import store
from audit.canonical import canonical
from audit.errors import VerificationError
from audit.note import VerifierKey
from audit.proof import parse
from audit.receipt_check import VerifiedReceipt, verify_receipt
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.oversight.sent_receipts import Sent


class Mismatch(StrEnum):
    """What a reconciliation can find."""

    UNREADABLE = "unreadable"
    FORGED = "forged"
    NOT_IN_LOG = "not-in-log"
    DIFFERS = "differs"
    DUPLICATE = "duplicate"
    NO_RECEIPT = "no-receipt"
    FINDING_GONE = "finding-gone"
    FETCH_WITHOUT_ENTRY = "fetch-without-entry"
    ENTRY_WITHOUT_FETCH = "entry-without-fetch"
    REFUSAL_WITHOUT_ENTRY = "refusal-without-entry"
    ENTRY_WITHOUT_WINDOW = "entry-without-window"
    COUNT_WITHOUT_FIRST = "count-without-first"


@dataclass(frozen=True, slots=True)
class Found:
    """One difference; names a receipt or a position, never a person.

    Attributes:
        mismatch: what it is.
        receipt: the receipt that shows it, where there is one.
        index: position in the tree, where there is one.
        why: more, where it helps.
    """

    mismatch: Mismatch
    receipt: str = ""
    index: int | None = None
    why: str = ""


class Wrong(Exception):  # noqa: N818 - carries a finding, is no failure
    """A receipt does not stand as it was sent.

    Attributes:
        found: the difference.
    """

    def __init__(self, found: Found) -> None:
        super().__init__(found.why)
        self.found = found


def held_against(
    snap: Snapshot, verifiers: Sequence[VerifierKey], sent: Sent
) -> VerifiedReceipt:
    """Return what a receipt proves whose entry stands in the tree (A-09).

    Raises:
        Wrong: it cannot be read, does not hold, or the tree has another entry there.
    """
    if sent.proof is None:
        raise Wrong(Found(Mismatch.UNREADABLE, sent.name))
    try:
        known = [*verifiers, *_earlier(snap, verifiers, sent.proof)]
        verified = verify_receipt(sent.proof, known)
    except VerificationError as error:
        raise Wrong(Found(Mismatch.FORGED, sent.name, why=str(error))) from None
    try:
        stored = store.leaf_at(snap.connection, verified.index).leaf
    except NotFound:
        stored = b""
    if stored != canonical(verified.leaf):
        why = "signed by the log, yet this entry is not at its place now"
        raise Wrong(Found(Mismatch.NOT_IN_LOG, sent.name, verified.index, why))
    return verified


def other_than(sent: Sent, verified: VerifiedReceipt) -> list[str]:
    """Return which fields the recipient saw otherwise than its receipt opens them."""
    opened = verified.opened
    return sorted(name for name in sent.seen if sent.seen[name] != opened.get(name))


def _earlier(
    snap: Snapshot, verifiers: Sequence[VerifierKey], receipt: bytes
) -> list[VerifierKey]:
    """Return the keys under the name that this log had before a loss, if it had it."""
    name = parse(receipt).checkpoint.partition("\n")[0]
    if any(key.name == name for key in verifiers):
        return []
    if not store.was_published(snap.connection, name):
        return []
    # The key stays the same when a log goes on under another name.
    return [VerifierKey(name, key.type, key.public_key) for key in verifiers]
