"""Holding a consent receipt that somebody brings against log and evidence (section 17).

A receipt is the signed copy of a consent as it stood (C-13). Four things are asked of
it: whether the bank signed it, whether the entry that it names is in the log and
commits to this consent, whether the log still is the one that its checkpoint knew, and
whether the events of the consent lead to what it tells.

What an attacker would bring: another bank's receipt, one with a changed word, half of
one, a very long text. Nothing is looked up for these. An old one as if it were the
newest: later events are told. A bank that rewrote the history since finds its own
signature on the old one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from audit import store
from audit.checkpoint import open_checkpoint
from audit.commitment import consent_commitment, consent_opening
from audit.entry import Entry
from audit.errors import VerificationError
from audit.head import read_head
from audit.leaf import EventType, parse_leaf
from audit.merkle import leaf_hash, verify_inclusion
from audit.pseudonyms import Pseudonyms
from audit.subject import OwnEntry
from audit.work import Work
from consent import ledger, receipts
from consent.states import ConsentState
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import ConsentId, OwnerId
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.oversight import whose
from pds.oversight.receipt_claims import Against, Claims, read
from pds.oversight.receipt_verdict import (
    HOLDS,
    UNKNOWN,
    ReceiptVerdict,
    Unsound,
)

LOOKED: Final = "auditor.receipt"
"""The reason code of a look at the evidence behind a receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found.

    Attributes:
        claims: what the receipt says.
        verdicts: one for each question.
        index: position of the entry, if it is in the log.
        owner: whose it is, for the bank alone; None if that cannot be found any more.
        pseudonym: what the auditor calls the person; empty without an owner.
        now: version and state of the consent today, if they are known.
    """

    claims: Claims
    verdicts: tuple[ReceiptVerdict, ...]
    index: int | None
    owner: OwnerId | None
    pseudonym: str
    now: tuple[int, ConsentState] | None

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong; something may not have been checkable."""
        return all(each in HOLDS or each in UNKNOWN for each in self.verdicts)


def check(
    snap: Snapshot,
    keys: Keyring,
    pseudonyms: Pseudonyms,
    against: Against,
    claims: Claims,
) -> Checked:
    """Check a receipt that the bank signed; nothing may be shown before `record`."""
    entry, index, found = _entry(snap, keys, claims)
    owner, own = found if found is not None else (None, None)
    history = ReceiptVerdict.HISTORY_SEALED
    if owner is not None:
        history = of_history(snap, keys, against, owner, claims)
    return Checked(
        claims=claims,
        verdicts=(
            ReceiptVerdict.SIGNED,
            entry,
            of_checkpoint(snap, against, claims),
            history,
        ),
        index=index,
        owner=owner,
        pseudonym=(own and own.pseudonym) or (pseudonyms.of(owner) if owner else ""),
        now=None if owner is None else _now(snap, owner, claims),
    )


def record(work: Work, checked: Checked, *, actor: str) -> None:
    """Record the look, for the person to see."""
    if checked.owner is None:
        return
    detail = {
        "actor": actor,
        "object": str(checked.claims.leaf_id),
        "reasons": LOOKED,
    }
    work.log.record(
        Entry(type=EventType.AUDITOR_VIEWED, subject=checked.owner, detail=detail)
    )


def of_checkpoint(snap: Snapshot, against: Against, claims: Claims) -> ReceiptVerdict:
    """Say whether the log still is the one that the receipt knew."""
    if claims.checkpoint is None:
        return ReceiptVerdict.CHECKPOINT_NONE
    # After a loss the log goes on under another name, with the same key.
    origin = claims.checkpoint.partition("\n")[0]
    known = [against.log]
    if store.was_published(snap.connection, origin):
        known.append(replace(against.log, name=origin))
    try:
        signed, _note = open_checkpoint(claims.checkpoint, known)
    except VerificationError:
        return ReceiptVerdict.CHECKPOINT_FORGED
    if signed.size > read_head(snap.connection).size:
        return ReceiptVerdict.LOG_DIFFERS
    if store.root_at(snap.connection, signed.size) != signed.root:
        return ReceiptVerdict.LOG_DIFFERS
    return ReceiptVerdict.LOG_HOLDS


def of_history(
    snap: Snapshot, keys: Keyring, against: Against, owner: OwnerId, claims: Claims
) -> ReceiptVerdict:
    """Say whether the events of a consent lead to what the receipt tells."""
    try:
        events = ledger.history(snap, keys, owner, claims.consent_id)[: claims.version]
        holds = receipts.agrees(snap, owner, events, against.bank, claims.all)
    except KeyUnavailable:
        return ReceiptVerdict.HISTORY_SEALED
    except (NotFound, Conflict):
        return ReceiptVerdict.OTHER_HISTORY
    return ReceiptVerdict.HISTORY_HOLDS if holds else ReceiptVerdict.OTHER_HISTORY


def is_sound(
    snap: Snapshot,
    keys: Keyring,
    against: Against,
    owner: OwnerId,
    consent_id: ConsentId,
) -> bool:
    """Say whether the receipt holds that the bank hands out for a consent today.

    Its entry is not looked for: the check of the consent's events has done that.

    Raises:
        KeyUnavailable: the evidence was destroyed.
    """
    try:
        text = receipts.issue(
            snap,
            keys,
            against.signing,
            owner,
            consent_id,
            bank=against.bank,
            receipt_id=consent_id,
            language="ja",
        )
        claims = read(text, against)
    except (Unsound, NotFound, Conflict, VerificationError):
        return False
    found = (
        of_checkpoint(snap, against, claims),
        of_history(snap, keys, against, owner, claims),
    )
    return all(each in HOLDS or each in UNKNOWN for each in found)


_Found = tuple[OwnerId, OwnEntry] | None


def _entry(
    snap: Snapshot, keys: Keyring, claims: Claims
) -> tuple[ReceiptVerdict, int | None, _Found]:
    """Find the entry that a receipt names; say whose it is and whether it holds."""
    connection = snap.connection
    try:
        stored = store.find(connection, claims.leaf_id)
        leaf = parse_leaf(stored.leaf)
        head = read_head(connection)
        path = store.inclusion_proof(connection, stored.index, head.size)
        hashed = leaf_hash(stored.leaf)
        verify_inclusion(stored.index, head.size, hashed, path, head.root())
    except (NotFound, VerificationError):
        return ReceiptVerdict.NOT_IN_LOG, None, None
    if (leaf["typ"], leaf.get("rcp")) != (EventType.CONSENT_EVENT, claims.recipient_id):
        return ReceiptVerdict.OTHER_ENTRY, stored.index, None
    found = whose.find(snap, keys, [leaf]).get(leaf["id"])
    if found is None:
        return ReceiptVerdict.ENTRY_SEALED, stored.index, None
    if not _commits(leaf, found[1], claims):
        return ReceiptVerdict.OTHER_ENTRY, stored.index, found
    return ReceiptVerdict.ENTRY_HOLDS, stored.index, found


def _commits(leaf: Mapping[str, Any], own: OwnEntry, claims: Claims) -> bool:
    """Say whether an entry commits to the consent and version of a receipt."""
    opening = consent_opening(own.detail.salt_root)
    wanted = consent_commitment(opening, str(claims.consent_id), claims.version)
    return bool(leaf.get("con") == wanted.hex())


def _now(
    snap: Snapshot, owner: OwnerId, claims: Claims
) -> tuple[int, ConsentState] | None:
    try:
        current = ledger.get(snap, owner, claims.consent_id)
    except NotFound:
        return None
    return current.version, current.state
