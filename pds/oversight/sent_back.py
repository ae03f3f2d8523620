"""Receipts that recipients send back themselves: judged on arrival, and kept (A-09).

A recipient may only send receipts of its own disclosures. One that names another
recipient is refused by what it says itself, before anything is looked up, so the answer
is the same whether such a disclosure exists or not. Whatever does not hold is a
finding: it is kept as it came, and an entry of the log says so, which outlives the row.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql

from audit.canonical import canonical, parse_canonical
from audit.errors import VerificationError
from audit.leaf import EventType, check_leaf
from audit.merkle import leaf_hash
from audit.note import VerifierKey
from audit.proof import parse
from audit.work import Work
from consent.policy import record_policy
from pds.core.database import Snapshot, is_sqlite
from pds.core.errors import Invalid
from pds.core.ids import BANK, RecipientId
from pds.keys.classes import KeyClass
from pds.oversight import sent_receipts
from pds.oversight.receipt_finding import Mismatch, Wrong, held_against, other_than
from pds.oversight.sent_receipts import Sent
from pds.oversight.tables import sent_receipt

MOST: Final = 32
"""Receipts of one request."""

LABEL: Final = b"sys.sent-receipt"
"""Label of the additional data under which a finding is sealed."""

VERSION: Final = 1
ACTION: Final = "receipt."
"""What the actions of entries about findings begin with."""

_DISCLOSURES: Final = (EventType.DISCLOSURE_RELEASED, EventType.DISCLOSURE_COMPLETED)


class SentStatus(StrEnum):
    """What became of a receipt that was sent back."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    FINDING = "finding"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Item:
    """One receipt of a request.

    Attributes:
        content: the item as canonical as JSON without rules can be; what is kept.
        sent: what it says.
    """

    content: bytes
    sent: Sent


@dataclass(frozen=True, slots=True)
class Judged:
    """What a receipt was found to be, before anything is written.

    Attributes:
        digest: the leaf's hash, or for a finding the digest of what came.
        index: position of the leaf, if the receipt stands.
        finding: what is wrong, if anything is.
        content: what came, if anything is wrong.
        is_refused: whether it is not this recipient's to send.
    """

    digest: bytes = b""
    index: int | None = None
    finding: Mismatch | None = None
    content: bytes = b""
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the recipient is told of one receipt."""

    status: SentStatus
    finding: Mismatch | None = None


def items(said: Any) -> list[Item]:
    """Read the list of receipts of a request; single faults become findings.

    Raises:
        Invalid: it is no list, or an empty or too long one.
    """
    if not isinstance(said, list) or not 0 < len(said) <= MOST:
        raise Invalid("receipts.list", f"One to {MOST} receipts are sent at a time.")
    try:
        return [Item(_content(each), sent_receipts.item("", each)) for each in said]
    except RecursionError:
        raise Invalid("receipts.list", "The receipts are nested too deeply.") from None


def judge(
    snap: Snapshot,
    verifiers: Sequence[VerifierKey],
    recipient_id: RecipientId,
    item: Item,
) -> Judged:
    """Say what a receipt is, on one state; nothing is written."""
    leaf = _leaf(item.sent.proof)
    if leaf is not None and not _may_send(leaf, recipient_id):
        return Judged(is_refused=True)
    try:
        verified = held_against(snap, verifiers, item.sent)
    except Wrong as wrong:
        return _finding(item, wrong.found.mismatch)
    if other_than(item.sent, verified):
        return _finding(item, Mismatch.DIFFERS)
    return Judged(leaf_hash(canonical(verified.leaf)), verified.index)


def keep(
    work: Work, recipient_id: RecipientId, judged: Iterable[Judged], *, actor: str
) -> list[Answer]:
    """Keep what is new, and record each new finding (A-09)."""
    return [_keep(work, recipient_id, each, actor) for each in judged]


def object_id(digest: bytes) -> bytes:
    """Return the 16 bytes that bind an envelope to its row."""
    return digest[:16]


def finding_digest(content: bytes) -> bytes:
    """Return the digest under which what came is kept if it is a finding."""
    return sha256(b"finding\0" + content).digest()


def _keep(work: Work, recipient_id: RecipientId, judged: Judged, actor: str) -> Answer:
    if judged.is_refused:
        return Answer(SentStatus.REFUSED)
    if not _is_new(work, recipient_id, judged):
        return Answer(SentStatus.KNOWN, judged.finding)
    if judged.finding is None:
        return Answer(SentStatus.ACCEPTED)
    record_policy(
        work,
        ACTION + judged.finding,
        actor=actor,
        recipient_id=recipient_id,
        about=judged.digest.hex(),
    )
    return Answer(SentStatus.FINDING, judged.finding)


def _is_new(work: Work, recipient_id: RecipientId, judged: Judged) -> bool:
    """Keep a receipt; False says that it was kept before, by whomever, at any time."""
    there = select(sent_receipt.c.no).where(
        sent_receipt.c.recipient_id == recipient_id,
        sent_receipt.c.digest == judged.digest,
    )
    if work.connection.execute(there).first() is not None:
        return False
    values = {
        "recipient_id": recipient_id,
        "digest": judged.digest,
        "at": work.now,
        "idx": judged.index,
        "finding": judged.finding or "",
        "envelope": _sealed(work, judged) if judged.finding else None,
    }
    if is_sqlite(work.connection):
        # Its writers wait for each other, so nobody came in between.
        work.connection.execute(insert(sent_receipt).values(values))
        return True
    added = (
        postgresql.insert(sent_receipt)
        .values(values)
        .on_conflict_do_nothing(index_elements=["recipient_id", "digest"])
        .returning(sent_receipt.c.no)
    )
    return work.connection.execute(added).first() is not None


def _sealed(work: Work, judged: Judged) -> bytes:
    key = work.keys.active(work.connection, BANK, KeyClass.AUDIT)
    return work.keys.seal(
        work.connection,
        key,
        object_id(judged.digest),
        VERSION,
        LABEL,
        judged.content,
    )


def _content(said: Any) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _finding(item: Item, mismatch: Mismatch) -> Judged:
    digest = finding_digest(item.content)
    return Judged(digest, finding=mismatch, content=item.content)


def _leaf(receipt: bytes | None) -> dict[str, Any] | None:
    """Return the leaf that a receipt shows, verified or not; None if there is none."""
    try:
        proof = parse(receipt) if receipt is not None else None
        extra = parse_canonical(proof.extra) if proof and proof.extra else None
        leaf = extra.get("leaf") if isinstance(extra, dict) else None
        if not isinstance(leaf, dict):
            return None
        check_leaf(leaf)
    except VerificationError:
        return None
    return leaf


def _may_send(leaf: dict[str, Any], recipient_id: RecipientId) -> bool:
    return leaf.get("rcp") == recipient_id and leaf["typ"] in _DISCLOSURES
