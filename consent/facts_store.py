"""Reads the facts of a decision from one snapshot; the hot path of every disclosure.

Statements are prepared and values come as the driver knows them. What the engine gets
is complete or absent; nothing here decides.
"""

from dataclasses import replace
from typing import Any, Final

from consent import (
    board_facts,
    facts_queries,
    instruction_register,
    recipient_facts,
    text_facts,
)
from consent import content as sealed
from consent.content import EventContent
from consent.facts import (
    BoardFacts,
    ConsentFacts,
    Facts,
    GrantFacts,
    KeyFacts,
    PersonFacts,
)
from consent.fences import fences
from consent.instructions import StandingInstruction
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.states import ConsentState
from consent.texts import SAME_TEXTS, TextFacts
from pds.core.clock import from_millis, tokyo_day
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId
from pds.keys.classes import FIRST_FAMILY, KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

_LOST: Final = KeyFacts(consent_is_open=False)


def load(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    consent_id: ConsentId,
    *,
    grant: GrantFacts | None = None,
    profile: CertificationProfile = PROFILE_2_2,
) -> Facts:
    """Read everything that a decision about one consent rests on.

    Args:
        snap: one consistent state.
        keys: opens the consent's own key; a destroyed key is a fact, not an error.
        owner: the person.
        consent_id: one of the person's consents; an unknown one leaves its fact out.
        grant: the authorisation behind the request, read by the caller.
        profile: the certification profile in force.
    """
    place = {"owner": owner.bytes, "consent": consent_id.bytes}
    row = facts_queries.CONSENT.one(
        snap.connection, **place, on_day=tokyo_day(snap.now)
    )
    if row is None:
        return Facts(grant=grant, profile=profile)
    try:
        content = _open(snap, keys, owner, consent_id, row)
        instructions = _instructions(snap, keys, owner, row[9:12])
    except KeyUnavailable:
        return Facts(grant=grant, profile=profile, keys=_LOST)
    agreement = content.agreement
    facts = recipient_facts.surroundings(
        snap,
        row[4],
        contract_id=agreement.contract_id if agreement else None,
        provision=content.provision,
        agreed_at=agreement.given_at if agreement else None,
        profile=profile,
    )
    facts = replace(
        facts,
        board=(*facts.board, *_of_mandate(snap, owner, content)),
        consent=_consent(consent_id, row, content),
        grant=grant,
        person=_person(content),
        keys=KeyFacts(consent_is_open=True, destroyed_classes=_destroyed(snap, owner)),
        instructions=instructions,
        text=_text(snap, content),
    )
    return replace(facts, fences=fences(snap, owner, facts))


def _open(
    snap: Snapshot, keys: Keyring, owner: OwnerId, consent_id: ConsentId, row: Any
) -> EventContent:
    key = keys.open(snap.connection, owner, KeyClass.CONSENT, row[2])
    data = keys.unseal(key, bytes(row[6]), consent_id, row[1], sealed.LABEL)
    return sealed.decode(data)


def _of_mandate(
    snap: Snapshot, owner: OwnerId, content: EventContent
) -> tuple[BoardFacts, ...]:
    if content.agreement is None or content.agreement.mandate_id is None:
        return ()
    return board_facts.of_mandate(snap, owner)


def _instructions(
    snap: Snapshot, keys: Keyring, owner: OwnerId, row: Any
) -> tuple[StandingInstruction, ...]:
    if row[0] is None:
        return ()
    return instruction_register.opened(snap, keys, owner, tuple(row))


def _text(snap: Snapshot, content: EventContent) -> TextFacts:
    agreement, provision = content.agreement, content.provision
    if agreement is None or provision is None:
        return SAME_TEXTS  # Nobody has agreed, so there is nothing to hold it against.
    return text_facts.of_agreement(snap, agreement, provision)


def _consent(
    consent_id: ConsentId, row: Any, content: EventContent
) -> ConsentFacts | None:
    if content.provision is None:
        return None
    agreement = content.agreement
    return ConsentFacts(
        consent_id=consent_id,
        version=row[0],
        state=ConsentState(row[3]),
        recipient_id=row[4],
        terms=content.provision,
        given_at=agreement.given_at if agreement else content.at,
        expires_at=from_millis(row[5]),
        vocabulary=agreement.vocabulary if agreement else 0,
        offer_version=agreement.offer_version if agreement else 0,
        uses_today=row[7] or 0,
        was_used=bool(row[8]),
    )


def _person(content: EventContent) -> PersonFacts | None:
    if content.evidence is None:
        return None
    return PersonFacts(
        adult_from=content.evidence.adult_from,
        agent_until=content.evidence.agent_until,
    )


def _destroyed(snap: Snapshot, owner: OwnerId) -> frozenset[int]:
    rows = facts_queries.DESTROYED.all(
        snap.connection,
        owner=owner.bytes,
        first_family=FIRST_FAMILY,
    )
    return frozenset(int(row[0]) for row in rows)
