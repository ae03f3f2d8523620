"""The receipt of each change of a consent, with the proof of its entry (C-13, K-03).

A receipt is made of the sealed events up to one of them, so it is there from the commit
of the act on, for whoever takes it: the person from the page of the consent, the
recipient over the API. The proof opens three fields of the entry: which consent, which
version, which event.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from audit.canonical import canonical
from audit.signer import LogSigner
from consent import kantara, ledger, receipts
from consent.content import EventContent
from consent.notices import BankParty
from consent.receipts import Named
from consent.states import ConsentEvent
from consent.tables import consent_current
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.crypto.statement import StatementKey
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.rights import history
from pds.rights.proofs import Prover

OPENED: Final = ("consent_id", "consent_version", "reasons")
"""Fields of the entry that the proof in a receipt opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Whoever makes receipts: the bank, its keys and its log."""

    keys: Keyring
    signing: StatementKey
    log: LogSigner
    bank: BankParty


def of_change(
    snap: Snapshot,
    maker: Maker,
    owner: OwnerId,
    consent_id: ConsentId,
    version: int,
    language: str,
) -> str:
    """Return the receipt of one event of a person's consent.

    Raises:
        NotFound: `consent.unknown`; there is no such event.
        KeyUnavailable: the evidence was destroyed.
        Conflict: a larger tree was signed meanwhile; ask again.
    """
    found = ledger.history(snap, maker.keys, owner, consent_id)
    if not 1 <= version <= len(found):
        raise NotFound("consent.unknown", "There is no such change of the consent.")
    prover = Prover(snap, maker.log)
    named = Named(owner, maker.bank, language)
    return _receipt(snap, maker, found[:version], named, prover)


def for_recipient(
    snap: Snapshot,
    maker: Maker,
    recipient_id: RecipientId,
    consent_id: ConsentId,
    language: str,
) -> list[str]:
    """Return the receipts of a consent to a recipient, from the first yes on.

    What a person refused or put off is not the recipient's to know.

    Raises:
        NotFound: `consent.unknown`; no such consent was given to this recipient.
        KeyUnavailable: the evidence was destroyed.
        Conflict: a larger tree was signed meanwhile; ask again.
    """
    owner = _owner(snap, recipient_id, consent_id)
    found = ledger.history(snap, maker.keys, owner, consent_id)
    steps = [each.event for each in found]
    if ConsentEvent.GIVEN not in steps:
        raise NotFound("consent.unknown", "There is no such consent.")
    first = steps.index(ConsentEvent.GIVEN) + 1
    prover, named = Prover(snap, maker.log), Named(owner, maker.bank, language)
    return [
        _receipt(snap, maker, found[:version], named, prover)
        for version in range(first, len(found) + 1)
    ]


def as_kantara(receipt: str, signing: StatementKey) -> str:
    """Return the same content as a signed Kantara receipt (v1.1, K-06)."""
    claims = receipts.verify(receipt, signing.public)
    written = kantara.compose(claims, signing.public)
    return signing.sign(kantara.TYP, canonical(written))


def _owner(snap: Snapshot, recipient_id: RecipientId, consent_id: ConsentId) -> OwnerId:
    query = select(consent_current.c.owner_id).where(
        consent_current.c.recipient_id == recipient_id,
        consent_current.c.consent_id == consent_id,
    )
    found = snap.connection.scalar(query)
    if found is None:
        raise NotFound("consent.unknown", "There is no such consent.")
    return OwnerId(found)


def _receipt(
    snap: Snapshot,
    maker: Maker,
    events: Sequence[EventContent],
    named: Named,
    prover: Prover,
) -> str:
    last, proof = events[-1], None
    # An entry waits less than a second for its place; its receipt is sound without.
    # Nor does it end with the details of its entry, which are kept for less long.
    with suppress(NotFound, KeyUnavailable):
        entry = history.find(snap, maker.keys, named.owner, last.leaf_id)
        proof = prover.build(entry, OPENED).decode()
    return receipts.of_events(
        snap,
        maker.signing,
        events,
        named,
        receipt_id=last.leaf_id,
        proof=proof,
    )
