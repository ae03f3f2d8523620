"""Reads the facts of a decision from one snapshot; the hot path of every disclosure.

Statements are prepared and values come as the driver knows them. What the engine gets
is complete or absent; nothing here decides.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from consent import content as sealed
from consent import facts_queries, instruction_register, profile_list
from consent.content import EventContent
from consent.facts import (
    BoardFacts,
    BoardResult,
    BoardSubjectKind,
    CertificateFacts,
    ConsentFacts,
    ContractFacts,
    ContractState,
    Facts,
    GrantFacts,
    KeyFacts,
    OfferFacts,
    OfferState,
    PersonFacts,
    RecipientFacts,
    Standing,
)
from consent.fences import fences, subject_ids
from consent.instructions import StandingInstruction
from consent.modes import RecipientMode
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.states import ConsentState
from consent.tables import recipient_contract
from pds.core.clock import from_millis, tokyo_day
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId
from pds.core.vocabulary import questions
from pds.keys.classes import FIRST_FAMILY, KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

RECIPIENT_VERSION = 1
"""Recipients are decided on as such; they have no versions."""


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
        lost = KeyFacts(consent_is_open=False)
        return Facts(grant=grant, profile=profile, keys=lost)
    agreement, provision = content.agreement, content.provision
    facts = surroundings(
        snap,
        row[4],
        contract_id=agreement.contract_id if agreement else None,
        offer_id=provision.offer_id if provision else None,
        question=provision.question if provision else None,
        profile=profile,
    )
    facts = replace(
        facts,
        consent=_consent(consent_id, row, content),
        grant=grant,
        person=_person(content),
        keys=KeyFacts(consent_is_open=True, destroyed_classes=_destroyed(snap, owner)),
        instructions=instructions,
    )
    return replace(facts, fences=fences(snap, owner, facts))


def surroundings(
    snap: Snapshot,
    recipient_id: str,
    *,
    contract_id: UUID | None,
    offer_id: UUID | None,
    question: str | None = None,
    profile: CertificationProfile = PROFILE_2_2,
) -> Facts:
    """Read the facts about the recipient's side: all but consent, grant, person."""
    contract = _contract(snap, recipient_id, contract_id)
    found = _offer(snap, recipient_id, offer_id)
    versions = _live_versions(contract, offer_id, found, question)
    contract_id = contract.contract_id if contract else None
    subjects = subject_ids(recipient_id, contract_id, offer_id, question)
    return Facts(
        recipient=_recipient(snap, recipient_id),
        contract=contract,
        certificates=_certificates(snap, recipient_id),
        board=_board(snap, versions, subjects),
        offer=found,
        profile=profile_list.admitted(snap, profile),
    )


def _open(
    snap: Snapshot, keys: Keyring, owner: OwnerId, consent_id: ConsentId, row: Any
) -> EventContent:
    key = keys.open(snap.connection, owner, KeyClass.CONSENT, row[2])
    data = keys.unseal(key, bytes(row[6]), consent_id, row[1], sealed.LABEL)
    return sealed.decode(data)


def _instructions(
    snap: Snapshot, keys: Keyring, owner: OwnerId, row: Any
) -> tuple[StandingInstruction, ...]:
    if row[0] is None:
        return ()
    return instruction_register.opened(snap, keys, owner, tuple(row))


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


def _recipient(snap: Snapshot, recipient_id: str) -> RecipientFacts | None:
    row = facts_queries.RECIPIENT.one(snap.connection, recipient=recipient_id)
    if row is None:
        return None
    standing, recipient_class, mode, until = row
    return RecipientFacts(
        recipient_id=recipient_id,
        standing=Standing(standing),
        recipient_class=recipient_class,
        mode=RecipientMode(mode),
        cleared_until=None if until is None else from_millis(until),
    )


_COLUMNS = [column.name for column in recipient_contract.columns]


def _contract(
    snap: Snapshot, recipient_id: str, contract_id: UUID | None
) -> ContractFacts | None:
    if contract_id is None:
        return None
    found = facts_queries.CONTRACT.one(
        snap.connection, contract=contract_id.bytes, recipient=recipient_id
    )
    if found is None:
        return None
    row = dict(zip(_COLUMNS, found, strict=True))
    return ContractFacts(
        contract_id=contract_id,
        version=row["version"],
        state=ContractState(row["state"]),
        purposes=frozenset(_names(row["purposes"])),
        categories=_names(row["categories"]),
        countries=frozenset(_names(row["countries"])),
        valid_from=from_millis(row["valid_from"]),
        valid_until=from_millis(row["valid_until"]),
        retention_days=row["retention_days"],
        may_reprovide=bool(row["may_reprovide"]),
    )


@lru_cache(maxsize=1024)
def _names(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _offer(
    snap: Snapshot, recipient_id: str, offer_id: UUID | None
) -> OfferFacts | None:
    if offer_id is None:
        return None
    row = facts_queries.OFFER.one(
        snap.connection, offer=offer_id.bytes, recipient=recipient_id
    )
    if row is None:
        return None
    return OfferFacts(offer_id=offer_id, version=row[0], state=OfferState(row[1]))


def _certificates(snap: Snapshot, recipient_id: str) -> tuple[CertificateFacts, ...]:
    rows = facts_queries.CERTIFICATES.all(snap.connection, recipient=recipient_id)
    return tuple(
        CertificateFacts(
            kind=kind,
            valid_until=from_millis(until),
            processor_id=None if holder is None else UUID(bytes=bytes(holder)),
        )
        for kind, until, holder in rows
    )


def _live_versions(
    contract: ContractFacts | None,
    offer_id: UUID | None,
    found: OfferFacts | None,
    question: str | None,
) -> dict[BoardSubjectKind, int]:
    """What needs a decision: recipient and contract; offer and question if any."""
    versions = {BoardSubjectKind.RECIPIENT: RECIPIENT_VERSION}
    versions[BoardSubjectKind.CONTRACT] = contract.version if contract else 0
    if offer_id is not None:
        versions[BoardSubjectKind.OFFER] = found.version if found else 0
    if question is not None:
        asked = questions.ALL.get(question)
        versions[BoardSubjectKind.QUESTION] = asked.version if asked else 0
    return versions


def _board(
    snap: Snapshot, versions: Mapping[BoardSubjectKind, int], subjects: dict[str, str]
) -> tuple[BoardFacts, ...]:
    rows = facts_queries.BOARD.all(snap.connection, **subjects)
    decided = {BoardSubjectKind(row[0]): row[1:] for row in rows}
    return tuple(
        _decision(kind, version, decided.get(kind))
        for kind, version in versions.items()
    )


def _decision(kind: BoardSubjectKind, version: int, row: Any) -> BoardFacts:
    if row is None:
        return BoardFacts(kind=kind, version=version)
    decision_id, decided_version, result, valid_until = row
    return BoardFacts(
        kind=kind,
        version=version,
        decision_id=UUID(bytes=bytes(decision_id)),
        decided_version=decided_version,
        result=BoardResult(result),
        valid_until=from_millis(valid_until),
    )
