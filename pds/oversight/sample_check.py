"""What a check of a sampled entry finds (section 17, items 5 and 6).

Of a consent: each event's entry is in the sampled tree, the events are numbered without
a gap and fold to the state that the bank acts on, and each notice that was agreed to
hashes to what the event says; the receipt that the person can take holds. Of a
disclosure: the proof that the auditor is handed
holds against the bank's published key.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from audit import store
from audit.errors import VerificationError
from audit.leaf import EventType, parse_leaf
from audit.note import VerifierKey
from audit.receipt_check import verify_receipt
from consent import notices, states
from consent.content import EventContent
from consent.ledger import CurrentConsent
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound


class SampleFault(StrEnum):
    """What can be wrong with a sampled entry."""

    PROOF = "proof"
    EVENT_MISSING = "event-missing"
    EVENT_UNLOGGED = "event-unlogged"
    NOTICE_MISSING = "notice-missing"
    NOTICE_DIFFERS = "notice-differs"
    STATE_DIFFERS = "state-differs"
    RECEIPT = "receipt"


def of_proof(proof: str, verifier: VerifierKey) -> tuple[SampleFault, ...]:
    """Check the proof of an entry as an outsider would."""
    try:
        verify_receipt(proof.encode(), [verifier])
    except VerificationError:
        return (SampleFault.PROOF,)
    return ()


def of_consent(
    snap: Snapshot, current: CurrentConsent, events: Sequence[EventContent]
) -> tuple[SampleFault, ...]:
    """Check the history of a consent; each fault is named once."""
    return tuple(dict.fromkeys(_faults(snap, current, events)))


def _faults(
    snap: Snapshot, current: CurrentConsent, events: Sequence[EventContent]
) -> Iterator[SampleFault]:
    if [each.version for each in events] != list(range(1, current.version + 1)):
        yield SampleFault.EVENT_MISSING
    try:
        state = states.fold(each.event for each in events)
    except Conflict:
        state = None
    if state is not current.state:
        yield SampleFault.STATE_DIFFERS
    for each in events:
        if not _is_logged(snap, each):
            yield SampleFault.EVENT_UNLOGGED
        if each.agreement is not None:
            yield from _of_notice(snap, each.agreement.notice)


def _is_logged(snap: Snapshot, event: EventContent) -> bool:
    """Say whether the entry is there and is about an event with this recipient."""
    try:
        leaf = parse_leaf(store.find(snap.connection, event.leaf_id).leaf)
    except (NotFound, VerificationError):
        return False
    named = (leaf["typ"], leaf.get("rcp"))
    return named == (EventType.CONSENT_EVENT, event.recipient_id)


def _of_notice(snap: Snapshot, agreed: bytes) -> Iterator[SampleFault]:
    notice = notices.find(snap, agreed)
    if notice is None:
        yield SampleFault.NOTICE_MISSING
    elif notice.hash != agreed:
        yield SampleFault.NOTICE_DIFFERS
