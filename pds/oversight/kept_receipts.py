"""Receipts that were sent back and kept, held against the log as it is now.

What stood when it came may have gone from the log since, and a finding may have gone
from the table although the log tells of it. Both are differences.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from audit import store, subject
from audit.errors import VerificationError
from audit.leaf import EventType, parse_leaf
from audit.merkle import leaf_hash
from audit.note import VerifierKey
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import BANK
from pds.crypto.envelope import read_header
from pds.crypto.errors import EnvelopeError
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.oversight import sent_receipts
from pds.oversight.receipt_finding import (
    Found,
    Mismatch,
    Wrong,
    held_against,
    other_than,
)
from pds.oversight.sent_back import ACTION, LABEL, VERSION, finding_digest, object_id
from pds.oversight.tables import sent_receipt

_PAGE: Final = 500


@dataclass(slots=True)
class Kept:
    """What the table of receipts that were sent back says about the log.

    Attributes:
        receipts: how many there are.
        leaves: ids of the entries that they show to have been disclosed.
        found: every difference.
    """

    receipts: int
    leaves: set[str]
    found: list[Found]


def hold(snap: Snapshot, keys: Keyring, verifiers: Sequence[VerifierKey]) -> Kept:
    """Hold all that was sent back against the tree, and the log against the table."""
    kept = Kept(0, set(), [])
    findings: set[str] = set()
    for row in _rows(snap):
        kept.receipts += 1
        if row.finding:
            findings.add(bytes(row.digest).hex())
        try:
            kept.leaves.add(_leaf_id(snap, keys, verifiers, row))
        except Wrong as wrong:
            kept.found.append(wrong.found)
    kept.found += _gone(snap, keys, findings)
    return kept


def name(row: Any) -> str:
    """Return what a kept receipt is called: its number and who sent it."""
    return f"sent back {row.no} by {row.recipient_id}"


def content(snap: Snapshot, keys: Keyring, row: Any) -> bytes:
    """Return what a recipient sent, for a finding.

    Raises:
        Wrong: it cannot be opened, or is not what the digest names.
    """
    digest = bytes(row.digest)
    try:
        envelope = bytes(row.envelope or b"")
        generation = read_header(envelope).generation
        key = keys.open(snap.connection, BANK, KeyClass.AUDIT, generation)
        said = keys.unseal(key, envelope, object_id(digest), VERSION, LABEL)
    except (EnvelopeError, KeyUnavailable):
        why = "what was kept cannot be opened"
        raise Wrong(Found(Mismatch.UNREADABLE, name(row), why=why)) from None
    if finding_digest(said) != digest:
        why = "what was kept is not what came"
        raise Wrong(Found(Mismatch.UNREADABLE, name(row), why=why))
    return said


def _rows(snap: Snapshot) -> Iterator[Any]:
    after = -1
    while True:
        query = select(sent_receipt).where(sent_receipt.c.no > after)
        ordered = query.order_by(sent_receipt.c.no).limit(_PAGE)
        page = snap.connection.execute(ordered).all()
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].no


def _leaf_id(
    snap: Snapshot, keys: Keyring, verifiers: Sequence[VerifierKey], row: Any
) -> str:
    if not row.finding:
        return _still_there(snap, row)
    # Judged anew: with the key of an earlier log it may hold after all.
    sent = sent_receipts.item(name(row), json.loads(content(snap, keys, row)))
    verified = held_against(snap, verifiers, sent)
    if wrong := other_than(sent, verified):
        why = "other than the record: " + ", ".join(wrong)
        raise Wrong(Found(Mismatch.DIFFERS, sent.name, verified.index, why))
    return str(verified.leaf["id"])


def _still_there(snap: Snapshot, row: Any) -> str:
    try:
        stored = store.leaf_at(snap.connection, row.idx).leaf
    except NotFound:
        stored = b""
    if leaf_hash(stored) != bytes(row.digest):
        why = "it stood when the receipt came, and is not at its place now"
        raise Wrong(Found(Mismatch.NOT_IN_LOG, name(row), row.idx, why))
    return str(parse_leaf(stored)["id"])


def _gone(snap: Snapshot, keys: Keyring, findings: set[str]) -> Iterator[Found]:
    """Yield the findings that the log tells of and the table has not."""
    after = None
    while True:
        try:
            page = subject.page(snap, keys, BANK, after=after, limit=_PAGE)
        except (NotFound, VerificationError):
            # The census names what is wrong with the entries themselves.
            return
        for entry in page.entries:
            fields = entry.detail.fields
            told = fields.get("reasons", "").startswith(ACTION)
            is_policy = entry.leaf.get("typ") == EventType.POLICY_EVENT
            if is_policy and told and fields.get("object") not in findings:
                yield Found(Mismatch.FINDING_GONE, index=entry.index)
        after = page.next
        if after is None:
            return
