"""Holds what recipients say they received against what the log says was given.

A release that was never logged leaves no trace in the log; only whoever received it can
show it. So receipts that come back are looked for in the tree, and what they open is
held against the sealed detail. The other way round, entries without a receipt count
only where a recipient declares that it sent all of a period. Counted fetches are held
against entries too. Whether leaves and details match is the census's part.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from audit import census_walk, subject
from audit.errors import VerificationError
from audit.leaf import EventType
from audit.note import VerifierKey
from audit.receipt_check import VerifiedReceipt
from audit.subject import OwnEntry
from consent.tables import consent_use
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.disclosure.break_glass.opening import FORM as BREAK_GLASS
from pds.disclosure.health_links.links import FORM as HEALTH_LINK
from pds.keys.keyring import Keyring
from pds.oversight import counted_refusals, kept_receipts
from pds.oversight.receipt_finding import Found, Mismatch, Wrong, held_against
from pds.oversight.sent_receipts import Sent

_GIVEN = frozenset({"completed", "stopped"})
"""Outcomes of a stream that end with a receipt."""


_WITHOUT_CONSENT = frozenset({HEALTH_LINK, BREAK_GLASS})
"""Forms of what a person gives away without a consent to a recipient."""


@dataclass(frozen=True, slots=True)
class Period:
    """A recipient's word that it sent every receipt of a time.

    Attributes:
        recipient_id: who says so.
        start: from when on.
        end: until before when.
    """

    recipient_id: str
    start: datetime
    end: datetime

    def holds(self, entry: OwnEntry) -> bool:
        """Say whether an entry is of this recipient and time."""
        if entry.leaf.get("rcp") != self.recipient_id:
            return False
        at: int = entry.leaf["t"]
        return to_millis(self.start) <= at < to_millis(self.end)


@dataclass(slots=True)
class Reconciliation:
    """The outcome.

    Attributes:
        receipts: how many came as files.
        sent_back: how many recipients had sent back themselves.
        entries: how many disclosures were looked at.
        found: every difference.
        sealed: subjects with entries under destroyed keys, which were left out.
    """

    receipts: int = 0
    sent_back: int = 0
    entries: int = 0
    found: list[Found] = field(default_factory=list)
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class _Held:
    sent: Sent
    verified: VerifiedReceipt


def reconcile(
    snap: Snapshot,
    keys: Keyring,
    verifiers: Sequence[VerifierKey],
    sent: Iterable[Sent],
    periods: Sequence[Period] = (),
) -> Reconciliation:
    """Compare receipts, entries and counted fetches on one snapshot (A-09).

    Receipts that recipients sent back themselves count as well as those given here.
    """
    outcome = Reconciliation()
    held = _held(snap, verifiers, sent, outcome)
    kept = kept_receipts.hold(snap, keys, verifiers)
    outcome.sent_back = kept.receipts
    outcome.found += kept.found
    shown = held.keys() | kept.leaves
    for owner in census_walk.owners(snap.connection):
        entries: list[OwnEntry] = []
        refused: list[OwnEntry] = []
        is_whole = _disclosures(snap, keys, owner, entries, refused)
        outcome.entries += len(entries)
        outcome.sealed += not is_whole
        outcome.found += _against_details(entries, held)
        for period in periods:
            outcome.found += _without_receipt(entries, shown, period)
        if is_whole:
            outcome.found += _against_fetches(snap, owner, entries)
            outcome.found += counted_refusals.compare(snap, owner, refused)
    return outcome


def _held(
    snap: Snapshot,
    verifiers: Sequence[VerifierKey],
    sent: Iterable[Sent],
    outcome: Reconciliation,
) -> dict[str, _Held]:
    """Return the receipts whose leaf is in the tree, by the id of the leaf."""
    held: dict[str, _Held] = {}
    for each in sent:
        outcome.receipts += 1
        try:
            verified = held_against(snap, verifiers, each)
        except Wrong as wrong:
            outcome.found.append(wrong.found)
            continue
        first = held.setdefault(verified.leaf["id"], _Held(each, verified))
        if first.sent is not each:
            why = f"the same entry as {first.sent.name}"
            duplicate = Found(Mismatch.DUPLICATE, each.name, verified.index, why)
            outcome.found.append(duplicate)
    return held


def _disclosures(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    entries: list[OwnEntry],
    refused: list[OwnEntry],
) -> bool:
    """Collect the disclosures of a subject; say whether they are all that there are."""
    after = None
    while True:
        try:
            page = subject.page(snap, keys, owner, after=after, limit=500)
        except (NotFound, VerificationError):
            # The census names what is wrong with the entries themselves.
            return False
        entries += [each for each in page.entries if _is_disclosure(each)]
        refused += [each for each in page.entries if _is_refusal(each)]
        after = page.next
        if after is None:
            return page.sealed_from is None


def _is_refusal(entry: OwnEntry) -> bool:
    return entry.leaf.get("typ") in (
        EventType.DISCLOSURE_DENIED,
        EventType.PERSON_ERASED,
    )


def _is_disclosure(entry: OwnEntry) -> bool:
    return entry.leaf.get("typ") in (
        EventType.DISCLOSURE_RELEASED,
        EventType.DISCLOSURE_COMPLETED,
    )


def _against_details(
    entries: Iterable[OwnEntry], held: dict[str, _Held]
) -> Iterator[Found]:
    for entry in entries:
        receipt = held.get(entry.leaf["id"])
        if receipt is None:
            continue
        fields = entry.detail.fields
        said = {**receipt.verified.opened, **receipt.sent.seen}
        wrong = sorted(name for name in said if said[name] != fields.get(name))
        if wrong:
            why = "other than the record: " + ", ".join(wrong)
            yield Found(Mismatch.DIFFERS, receipt.sent.name, entry.index, why)


def _without_receipt(
    entries: Sequence[OwnEntry], shown: AbstractSet[str], period: Period
) -> Iterator[Found]:
    # A stream's receipt is that of its completion. What was not sent, or not to its
    # end, has none.
    settled = {
        entry.leaf.get("ref")
        for entry in entries
        if entry.leaf["id"] in shown or entry.detail.fields.get("reasons") not in _GIVEN
    }
    for entry in entries:
        if entry.leaf["typ"] != EventType.DISCLOSURE_RELEASED:
            continue
        known = entry.leaf["id"] in shown or entry.leaf["id"] in settled
        if period.holds(entry) and not known:
            yield Found(Mismatch.NO_RECEIPT, index=entry.index)


def _against_fetches(
    snap: Snapshot, owner: OwnerId, entries: Iterable[OwnEntry]
) -> Iterator[Found]:
    """Hold counted fetches against releases: later pages of a fetch do not count."""
    query = (
        select(consent_use.c.consent_id, func.sum(consent_use.c.n))
        .where(consent_use.c.owner_id == owner)
        .group_by(consent_use.c.consent_id)
    )
    counted = {str(each): int(n) for each, n in snap.connection.execute(query)}
    released: dict[str, list[int | None]] = {}
    for entry in entries:
        if entry.leaf["typ"] == EventType.DISCLOSURE_RELEASED:
            consent_id = entry.detail.fields.get("consent_id", "")
            if not consent_id and entry.leaf.get("form") in _WITHOUT_CONSENT:
                # A person's own link, or card, rests on no consent.
                continue
            released.setdefault(consent_id, []).append(entry.index)
    for consent_id, n in counted.items():
        known = len(released.get(consent_id, ()))
        if n > known:
            why = f"{n} fetches under one consent, {known} entries"
            yield Found(Mismatch.FETCH_WITHOUT_ENTRY, why=why)
    for consent_id, places in released.items():
        if consent_id not in counted:
            yield Found(Mismatch.ENTRY_WITHOUT_FETCH, index=min(p or 0 for p in places))
