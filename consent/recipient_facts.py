"""Reads the facts about a recipient's side: standing, papers, decisions, country.

The hot path of every disclosure reads them with the consent (`consent.facts_store`),
and `consent.preflight` before anybody is asked.
"""

import json
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from consent import board_facts, class_history, facts_queries, profile_list
from consent.board_facts import Rests
from consent.country_facts import CountryState, HandledAbroad
from consent.facts import (
    CertificateFacts,
    ContractFacts,
    ContractState,
    Facts,
    OfferFacts,
    OfferState,
    RecipientFacts,
    Standing,
)
from consent.modes import RecipientMode
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.tables import recipient_contract
from consent.terms import DataProvision
from pds.core.clock import from_millis
from pds.core.database import Snapshot
from pds.core.vocabulary.countries import HOME


def surroundings(
    snap: Snapshot,
    recipient_id: str,
    *,
    contract_id: UUID | None,
    provision: DataProvision | None,
    agreed_at: datetime | None = None,
    profile: CertificationProfile = PROFILE_2_2,
) -> Facts:
    """Read the facts about the recipient's side: all but consent, grant, person.

    `agreed_at` is when the person said yes; None if nobody has yet.
    """
    offer_id = provision.offer_id if provision else None
    contract = _contract(snap, recipient_id, contract_id)
    found = _offer(snap, recipient_id, offer_id)
    who = _recipient(snap, recipient_id)
    rests = Rests(
        recipient_id=recipient_id,
        recipient_version=who.class_no if who else 1,
        contract=contract,
        offer=found,
        provision=provision,
        agreed_at=agreed_at,
    )
    return Facts(
        recipient=who,
        contract=contract,
        certificates=_certificates(snap, recipient_id),
        board=board_facts.of_provision(snap, rests),
        offer=found,
        country=_country(snap, recipient_id, provision.country if provision else HOME),
        profile=profile_list.admitted(snap, profile),
    )


def _recipient(snap: Snapshot, recipient_id: str) -> RecipientFacts | None:
    rows = facts_queries.RECIPIENT.run(
        snap.connection, recipient=recipient_id
    ).fetchall()
    if not rows:
        return None
    standing, recipient_class, class_no, mode, until, country, *_processor = rows[0]
    return RecipientFacts(
        recipient_id=recipient_id,
        standing=Standing(standing),
        recipient_class=recipient_class,
        class_no=class_no,
        past_classes=class_history.past(snap, recipient_id, class_no),
        mode=RecipientMode(mode),
        country=country,
        handled_abroad=tuple(
            [HandledAbroad(row[6], _categories(row[7])) for row in rows if row[6]]
        ),
        cleared_until=None if until is None else from_millis(until),
        is_in_default=bool(rows[0][8]),
    )


@lru_cache(maxsize=256)
def _categories(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _country(snap: Snapshot, recipient_id: str, country: str) -> CountryState | None:
    if country == HOME:
        return None
    row = facts_queries.COUNTRY.one(
        snap.connection, recipient=recipient_id, country=country
    )
    if row is None:
        return None
    return CountryState(country, from_millis(row[0]))


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
            categories=() if handled is None else _names(handled),
        )
        for kind, until, holder, handled in rows
    )
