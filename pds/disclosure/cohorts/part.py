"""One person's part: decided, selected, serialised, and lacking only its record.

What is new to a recipient is what was stored between the beginnings of two sweeps, with
some minutes of overlap, because an act may commit a little later than the moment that
it bears. The whole goes instead where that would not be enough: in a first sweep, after
any change of the consent, and where a sweep went by without this person's part.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from audit.entry import Entry, PreparedEntry, prepare
from audit.leaf import EventType
from consent import cohort, ledger
from consent.engine import Deny, Permit
from pds.core.clock import to_millis, tokyo_day
from pds.core.database import Snapshot
from pds.core.ids import Ids
from pds.disclosure import body as bodies
from pds.disclosure.call import Call
from pds.disclosure.cohorts.access import OfferAccess
from pds.disclosure.cohorts.cursors import PartPlace, Sweep, open_part, seal_part
from pds.disclosure.decision import Basis, Decided, decide_access
from pds.disclosure.question import Question
from pds.disclosure.recording import particulars
from pds.disclosure.selecting import (
    Selected,
    Selector,
    digest,
    heading,
    record_list_root,
)
from pds.vault.records import Cursor, Since

OVERLAP: Final = timedelta(minutes=5)
"""Longer than any act waits for its commit."""
_MOST_GONE: Final = 1000
_MOST_DAY: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ReadyPart:
    """A part that lacks only its record; nothing of it may leave before.

    Attributes:
        sweep_id: the sweep in which the fetch counts once; None for a fetch by name.
        count: how many records are in it.
    """

    access: OfferAccess
    decided: Decided
    permit: Permit
    entry: PreparedEntry
    body: bytes
    body_sha256: bytes
    sweep_id: UUID | None
    count: int


@dataclass(frozen=True, slots=True)
class DeniedPart:
    """A part that the engine denies; the denial is not recorded yet."""

    access: OfferAccess
    decided: Decided
    denial: Deny


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is read of one person: from which place, and new since when."""

    access: OfferAccess
    question: Question
    began_at: datetime
    since: datetime | None = None
    place: Cursor | None = None

    def new(self) -> Since:
        """Return the same for the vault."""
        until = to_millis(self.began_at)
        if self.since is None:
            return Since(-1, until, _MOST_DAY)
        return Since(to_millis(self.since - OVERLAP), until, tokyo_day(self.since))


@dataclass(frozen=True, slots=True)
class Parts:
    """Makes parts. One per bank; holds no state of its own."""

    selector: Selector
    ids: Ids
    basis: Basis

    def of_sweep(
        self, snap: Snapshot, call: Call, access: OfferAccess, sweep: Sweep, limit: int
    ) -> ReadyPart | DeniedPart | None:
        """Return a person's part of a sweep; None if nothing is new to the recipient.

        Raises:
            EnvelopeError, KeyUnavailable: the person's data does not open.
        """
        used = cohort.use(snap, access.owner, access.consent_id)
        wanted = _Wanted(access, Question(limit=limit), sweep.began_at, sweep.since)
        if _is_broken(snap, access, used, sweep.since):
            wanted = replace(wanted, since=None)
        is_counted = used.sweep_id == sweep.sweep_id
        decided = self._decide(snap, wanted, is_counted=is_counted)
        permit = decided.decision
        if isinstance(permit, Deny):
            return DeniedPart(access, decided, permit)
        if wanted.since is not None and not self.selector.is_new(
            snap, access.owner, permit.selection, wanted.new()
        ):
            return None
        gone = self._gone(snap, wanted, permit)
        if len(gone) == _MOST_GONE:
            wanted, gone = replace(wanted, since=None), []
        selected, following = self._select(snap, wanted, permit)
        is_whole, above = wanted.since is None, heading(permit, decided.subject)
        body = bodies.part(
            above, selected.objects(), following, gone, is_whole=is_whole
        )
        return self._ready(call, wanted, decided, permit, selected, body, sweep)

    def by_name(
        self, snap: Snapshot, call: Call, access: OfferAccess, question: Question
    ) -> ReadyPart | DeniedPart:
        """Return one person's page, or where it goes on.

        Raises:
            Invalid: the cursor is of another consent or fetch.
        """
        wanted = _Wanted(access, question, snap.now)
        if question.cursor is not None:
            key, asked = self.basis.cursor_key, question.digest()
            on = open_part(key, access.consent_id, asked, question.cursor, snap.now)
            wanted = _Wanted(access, question, on.began_at, on.since, on.place)
        decided = self._decide(snap, wanted, is_counted=question.cursor is not None)
        permit = decided.decision
        if isinstance(permit, Deny):
            return DeniedPart(access, decided, permit)
        selected, following = self._select(snap, wanted, permit)
        above = heading(permit, decided.subject)
        body = bodies.page(above, selected.objects(), following)
        return self._ready(call, wanted, decided, permit, selected, body, None)

    def _decide(self, snap: Snapshot, wanted: _Wanted, *, is_counted: bool) -> Decided:
        access = wanted.access
        return decide_access(
            snap,
            self.basis,
            access,
            access.grant(),
            wanted.question,
            None,
            was_counted=is_counted,
        )

    def _gone(self, snap: Snapshot, wanted: _Wanted, permit: Permit) -> list[bytes]:
        if wanted.since is None:
            return []
        owner, recipient_id = wanted.access.owner, wanted.access.recipient_id
        return self.selector.gone(
            snap, owner, recipient_id, permit.selection, wanted.new(), _MOST_GONE
        )

    def _select(
        self, snap: Snapshot, wanted: _Wanted, permit: Permit
    ) -> tuple[Selected, str | None]:
        """Return what goes, and the cursor of what follows it."""
        access, question = wanted.access, wanted.question
        selected = self.selector.read(
            snap,
            access.owner,
            access.recipient_id,
            permit.selection,
            wanted.place,
            question.limit,
            wanted.new(),
        )
        if selected.following is None:
            return selected, None
        on = PartPlace(selected.following, wanted.began_at, wanted.since)
        key, asked = self.basis.cursor_key, question.digest()
        return selected, seal_part(key, access.consent_id, asked, on)

    def _ready(
        self,
        call: Call,
        wanted: _Wanted,
        decided: Decided,
        permit: Permit,
        selected: Selected,
        body: bytes,
        sweep: Sweep | None,
    ) -> ReadyPart:
        access, body_sha256 = wanted.access, digest(body)
        entry = Entry(
            type=EventType.DISCLOSURE_RELEASED,
            subject=access.owner,
            recipient=access.recipient_id,
            purpose=permit.purpose,
            categories=permit.selection.categories,
            count=selected.count,
            form=permit.selection.form.value,
            consent=(permit.consent_id, permit.consent_version),
            detail={
                **particulars(call, decided),
                "body_sha256": body_sha256.hex(),
                "decided_at": decided.at.isoformat(),
                "record_list_root": record_list_root(selected).hex(),
            },
        )
        return ReadyPart(
            access=access,
            decided=decided,
            permit=permit,
            entry=prepare(entry, self.ids, self.basis.pseudonyms),
            body=body,
            body_sha256=body_sha256,
            sweep_id=None if sweep is None else sweep.sweep_id,
            count=selected.count,
        )


def _is_broken(
    snap: Snapshot, access: OfferAccess, used: cohort.Use, since: datetime | None
) -> bool:
    """Say whether what was given up to a moment is not all that may be given now."""
    if since is None:
        return True
    if used.missed_at is not None and used.missed_at >= since:
        return True
    current = ledger.get(snap, access.owner, access.consent_id)
    return max(current.changed_at, access.joined_at) >= since - OVERLAP
