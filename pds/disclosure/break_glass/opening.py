"""Breaking the glass: decide, record, tell, release; in that order.

1. On a snapshot: the card, the recipient's side by the gates that every request passes
   (`consent.preflight`), the class of the recipient, how many of its openings wait for
   review. Whatever is against it is a denial in the person's log, and told nothing of.
2. The answer is made: the newest records of what the card opens, few of them.
3. In one transaction: the card still stands, the client's assertion is spent, the
   disclosure and what was opened are recorded, the person is told. Then it goes.

What an attacker would send: guessed numbers (256 bits), a card that was switched off
meanwhile (found again in the transaction, under the person's lock), the assertion
again (spent), one opening after another (five that wait for review stop a recipient,
and one that waited too long does), a reason of no words (refused).
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from audit import person
from audit.canonical import canonical
from audit.draft import Recorded
from audit.entry import Entry, PreparedEntry, prepare
from audit.leaf import EventType
from audit.work import Work
from consent import preflight, recipients
from consent.oauth import replay
from consent.oauth.replay import Mark
from consent.reasons import Reason
from consent.selection import Selection
from consent.terms import (
    ProvisionForm,
)
from pds.accounts import messages
from pds.accounts.in_use import require_in_use
from pds.accounts.message_kinds import MessageTopic
from pds.core.clock import Clock
from pds.core.database import Snapshot
from pds.core.errors import Forbidden, Invalid, NotFound
from pds.core.ids import Ids, RecipientId
from pds.core.vocabulary import DetailLevel, Sensitivity, recipient_classes
from pds.disclosure.break_glass import cards, reviews
from pds.disclosure.break_glass.cards import Card
from pds.disclosure.break_glass.supposing import PURPOSE, supposed
from pds.disclosure.call import Refused, Released
from pds.disclosure.decision import Basis
from pds.disclosure.errors import Replayed
from pds.disclosure.recording import receipt_of
from pds.disclosure.release import Store, Undelivered, commit
from pds.disclosure.selecting import Selected, Selector, record_list_root

FORM: Final = "break-glass"
"""How the data goes, as leaves name it."""
MOST_RECORDS: Final = 50
SHORTEST_REASON: Final = 10
LONGEST_TEXT: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A call of a clinician's software, whose client was authenticated.

    Attributes:
        recipient_id: the organisation of the client.
        client_id: the client.
        number: the number of the person's card.
        clinician: who opens it, by name.
        reason: why, in words.
        marks: the client's assertion, to be spent.
        address: network address of the caller.
    """

    recipient_id: RecipientId
    client_id: str
    number: str
    clinician: str
    reason: str
    marks: Sequence[Mark]
    address: str


@dataclass(frozen=True)
class Glass:
    """The gate for emergencies.

    Attributes:
        store: snapshots and units of work.
        selector: reads the vault.
        ids: maker of ids and secrets.
        clock: the moment of the release.
        basis: what decisions rest on.
    """

    store: Store
    selector: Selector
    ids: Ids
    clock: Clock
    basis: Basis

    def open(self, alarm: Alarm) -> Released | Refused:
        """Open what the card opens, for review afterwards.

        Raises:
            Invalid: `glass.words`; clinician or reason are missing or malformed.
            NotFound: `glass.card`; the card is unknown or void.
            Replayed: `glass.replayed`; the assertion was used before.
            Unavailable: nothing went.
        """
        _check_words(alarm)
        access_id = self.ids.new()
        with self.store.read() as snap:
            card = cards.find(snap, self.basis.keys, alarm.number)
            if card is None:
                raise _void()
            against = self._against(snap, alarm, card)
            selected = self._selected(snap, alarm, card)
        if against:
            self.store.recorded(lambda work: self._deny(work, alarm, card, against))
            return Refused(against)
        body = _body(access_id, selected)
        entry = self._entry(alarm, card, access_id, selected, body)

        def act(work: Work) -> Recorded:
            self._still(work, alarm, card)
            reviews.keep(
                work,
                access_id,
                card.owner,
                alarm.recipient_id,
                clinician=alarm.clinician,
                reason=alarm.reason,
                count=selected.count,
            )
            _tell(work, alarm, card)
            return work.log.record(entry)

        owed = Undelivered(entry.id, card.owner, alarm.recipient_id, PURPOSE)
        try:
            outcome = commit(self.store, self.clock, act, None, owed)
        except Forbidden:
            raise _void() from None
        return Released(
            body, sha256(body).digest(), receipt_of(outcome, outcome.result)
        )

    def _against(self, snap: Snapshot, alarm: Alarm, card: Card) -> tuple[Reason, ...]:
        found = preflight.check(
            snap, alarm.recipient_id, supposed(snap, card), profile=self.basis.profile
        )
        # Life comes before what a certification profile leaves out (APPI 27(1)(ii));
        # the person chose these very kinds for this very case.
        reasons = {each for each in found.reasons if each not in _PROFILE}
        side = found.facts.recipient
        if side is None or side.recipient_class != recipient_classes.MEDICAL:
            reasons.add(Reason.GLASS_NOT_MEDICAL)
        if reviews.is_stopped(snap, alarm.recipient_id):
            reasons.add(Reason.GLASS_UNREVIEWED)
        return tuple(each for each in Reason if each in reasons)

    def _selected(self, snap: Snapshot, alarm: Alarm, card: Card) -> Selected:
        terms = supposed(snap, card)
        selection = Selection(
            categories=card.categories,
            first_day=terms.window.first,
            last_day=None,
            detail=DetailLevel.RECORD,
            form=ProvisionForm.COPY,
            question=None,
            purpose=PURPOSE,
            sensitivity=Sensitivity.SPECIAL_CARE,
        )
        return self.selector.read(
            snap, card.owner, alarm.recipient_id, selection, None, MOST_RECORDS
        )

    def _still(self, work: Work, alarm: Alarm, card: Card) -> None:
        """Check in the transaction that nothing changed; spend the assertion.

        Raises:
            NotFound: `glass.card`; the card is void meanwhile.
            Forbidden: the account is not in use, or the recipient's side changed.
            Replayed: `glass.replayed`.
        """
        require_in_use(work, card.owner)
        recipients.hold(work, alarm.recipient_id)
        again = cards.find(work, work.keys, alarm.number)
        if again is None or again.card_id != card.card_id:
            raise _void()
        if self._against(work, alarm, card):
            raise Forbidden("glass.changed", "The recipient's side changed.")
        _spend(work, alarm)

    def _deny(
        self, work: Work, alarm: Alarm, card: Card, reasons: tuple[Reason, ...]
    ) -> None:
        person.hold(work, card.owner)
        _spend(work, alarm)
        work.log.record(
            Entry(
                type=EventType.DISCLOSURE_DENIED,
                subject=card.owner,
                recipient=alarm.recipient_id,
                purpose=PURPOSE,
                count=1,
                form=FORM,
                detail={
                    "actor": alarm.client_id,
                    "addr": alarm.address,
                    "reasons": " ".join(reasons),
                },
            )
        )

    def _entry(
        self,
        alarm: Alarm,
        card: Card,
        access_id: UUID,
        selected: Selected,
        body: bytes,
    ) -> PreparedEntry:
        about = {"clinician": alarm.clinician, "emergency_access": str(access_id)}
        entry = Entry(
            type=EventType.DISCLOSURE_RELEASED,
            subject=card.owner,
            recipient=alarm.recipient_id,
            purpose=PURPOSE,
            categories=card.categories,
            count=selected.count,
            form=FORM,
            detail={
                "actor": alarm.client_id,
                "addr": alarm.address,
                "body_sha256": sha256(body).hexdigest(),
                "decided_at": self.clock.now().isoformat(),
                "object": canonical(about).decode(),
                "record_list_root": record_list_root(selected).hex(),
                "request_id": str(access_id),
            },
        )
        return prepare(entry, self.ids, self.basis.pseudonyms)


_PROFILE: Final = frozenset({Reason.PROFILE_SPECIAL_CARE})


def _body(access_id: UUID, selected: Selected) -> bytes:
    head = json.dumps({"v": 1, "emergency_access": str(access_id)})[:-1].encode()
    return head + b',"records":[' + selected.objects() + b"]}\n"


def _check_words(alarm: Alarm) -> None:
    for text, least in ((alarm.clinician, 2), (alarm.reason, SHORTEST_REASON)):
        plain = unicodedata.normalize("NFKC", text).strip()
        if not least <= len(plain) <= LONGEST_TEXT or not plain.isprintable():
            raise Invalid("glass.words", "Clinician or reason are missing.")


def _tell(work: Work, alarm: Alarm, card: Card) -> None:
    messages.tell(
        work,
        card.owner,
        MessageTopic.EMERGENCY_OPENED,
        facts={"recipient": alarm.recipient_id},
        link="/emergency",
    )


def _spend(work: Work, alarm: Alarm) -> None:
    if replay.spend_all(work, alarm.marks) is not None:
        raise Replayed("glass.replayed", "The assertion was used before.")


def _void() -> NotFound:
    return NotFound("glass.card", "The card is unknown or void.")
