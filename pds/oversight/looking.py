"""Opening sampled entries for an auditor: the look is recorded first, then shown.

Each look is an entry `auditor:viewed` of the person whom it concerns (section 17), so
that the person sees it. What is shown names the person by pseudonym only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from audit import store
from audit.entry import Entry
from audit.leaf import EventType
from audit.proof import TlogProof
from audit.pseudonyms import Pseudonyms
from audit.receipt import FOR_AUDITOR, assemble
from audit.subject import OwnEntry
from audit.work import Work
from consent import ledger, notices
from consent.content import EventContent
from consent.notices import Notice
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import ConsentId, OwnerId
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.oversight import consent_receipt, sample_check, whose
from pds.oversight.receipt_claims import Against
from pds.oversight.sample_check import SampleFault
from pds.oversight.sampling import Sample

LOOKED: Final = "auditor.sampled"
"""The reason code of a look at a sampled entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A sampled entry as an auditor sees it.

    Attributes:
        index: position in the log.
        leaf: the entry as parsed.
        owner: whose it is, for the bank alone; None if it cannot be found any more.
        pseudonym: what the auditor calls the person; empty without an owner.
        fields: the fields of the detail that an auditor is shown.
        proof: a tlog-proof with these fields opened; empty without an owner.
        events: the history of a sampled consent; empty for disclosures.
        shown_notices: what the person read before each yes.
        faults: what the bank's own check of it finds.
    """

    index: int
    leaf: dict[str, Any]
    owner: OwnerId | None = None
    pseudonym: str = ""
    fields: dict[str, str]
    proof: str = ""
    events: tuple[EventContent, ...] = ()
    shown_notices: tuple[Notice, ...] = ()
    faults: tuple[SampleFault, ...] = ()


def prepare(
    snap: Snapshot,
    keys: Keyring,
    pseudonyms: Pseudonyms,
    sample: Sample,
    *,
    against: Against,
    histories: bool,
) -> list[Shown]:
    """Open what an auditor may see of a sample; nothing may be shown before `record`.

    Args:
        snap: one consistent state.
        keys: opens details.
        pseudonyms: names persons whose entries do not name them yet.
        sample: what was drawn.
        against: the bank's published keys, and how it is named.
        histories: whether the history of the consent is opened too.
    """
    # A tree of before a loss was signed with the same key under another name.
    verifier = replace(against.log, name=sample.published.checkpoint().origin)
    found = whose.find(snap, keys, [leaf for _, _, leaf in sample.leaves])
    shown = []
    for index, _, leaf in sample.leaves:
        if leaf["id"] not in found:
            shown.append(Shown(index=index, leaf=leaf, fields={}))
            continue
        owner, own = found[leaf["id"]]
        fields = {k: v for k, v in own.detail.fields.items() if k in FOR_AUDITOR}
        proof = _proof(snap, own, index, sample)
        faults = sample_check.of_proof(proof, verifier)
        events: tuple[EventContent, ...] = ()
        if histories:
            events, found_wrong = _history(snap, keys, against, owner, fields)
            faults += found_wrong
        shown.append(
            Shown(
                index=index,
                leaf=leaf,
                owner=owner,
                pseudonym=own.pseudonym or pseudonyms.of(owner),
                fields=fields,
                proof=proof,
                events=events,
                shown_notices=_notices(snap, events),
                faults=faults,
            )
        )
    return shown


def record(work: Work, shown: Iterable[Shown], *, actor: str) -> None:
    """Record each look, for the person to see."""
    for each in shown:
        if each.owner is not None:
            work.log.record(
                Entry(
                    type=EventType.AUDITOR_VIEWED,
                    subject=each.owner,
                    detail={
                        "actor": actor,
                        "object": str(each.leaf["id"]),
                        "reasons": LOOKED,
                    },
                )
            )


def _proof(snap: Snapshot, own: OwnEntry, index: int, sample: Sample) -> str:
    published = sample.published
    path = store.inclusion_proof(snap.connection, index, published.size)
    place = TlogProof(index, tuple(path), published.note)
    return assemble(own.bytes, own.detail.m(), own.detail, place, FOR_AUDITOR).decode()


def _history(
    snap: Snapshot,
    keys: Keyring,
    against: Against,
    owner: OwnerId,
    fields: dict[str, str],
) -> tuple[tuple[EventContent, ...], tuple[SampleFault, ...]]:
    consent_id = ConsentId(UUID(fields["consent_id"]))
    try:
        current = ledger.get(snap, owner, consent_id)
        events = tuple(ledger.history(snap, keys, owner, consent_id))
        is_sound = consent_receipt.is_sound(snap, keys, against, owner, consent_id)
    except NotFound:
        return (), (SampleFault.EVENT_MISSING,)
    except KeyUnavailable:
        return (), ()
    faults = sample_check.of_consent(snap, current, events)
    return events, faults if is_sound else (*faults, SampleFault.RECEIPT)


def _notices(snap: Snapshot, events: Iterable[EventContent]) -> tuple[Notice, ...]:
    """Return what was agreed to; what is not that any more is a fault, not shown."""
    agreed = dict.fromkeys(e.agreement.notice for e in events if e.agreement)
    found = ((each, notices.find(snap, each)) for each in agreed)
    return tuple(kept for each, kept in found if kept and kept.hash == each)
