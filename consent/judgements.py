"""Keeps entrusted judgements: announced, objected to, carried out (D-06, D-11).

    announced ─objected (by the person)──► objected
        │
        └─time is over, judged again──► given, or lapsed
    told (to be asked, or refused: nothing follows)

A record is sealed under the account key and goes with it; one that became a consent
stands in the evidence of that consent besides, which is kept as long as the law asks.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import judgement_record as records
from consent import judgement_telling
from consent.judgement import JudgementOutcome
from consent.judgement_record import JudgementRecord
from consent.judgement_tables import judgement
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import ConsentId, OwnerId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LABEL: Final = b"sys.judgement"
"""Label of the envelopes; the object id is the judgement's."""
VERSION: Final = 1
"""Version that the envelopes are bound to; a record never changes."""
_c = judgement.c


class JudgementState(StrEnum):
    """What became of a judgement."""

    ANNOUNCED = "announced"
    OBJECTED = "objected"
    GIVEN = "given"
    LAPSED = "lapsed"
    TOLD = "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptJudgement:
    """A judgement without what it was made on.

    Attributes:
        set_version: version of the instructions that it was made on.
        terms_version: version of the mandate's terms that was accepted.
        consent_id: the request that announces it, or the consent that it became.
        follows: the announcement that this one carries out.
        due_at: when the time to object is over; None where nothing follows.
        counted_from: what `consent.objection_time` had counted when that time began;
            None until its next beat.
        hash: SHA-256 of the record.
    """

    owner: OwnerId
    judgement_id: UUID
    offer_id: UUID
    offer_version: int
    set_version: int
    terms_version: int
    outcome: JudgementOutcome
    state: JudgementState
    consent_id: ConsentId | None
    follows: UUID | None
    made_at: datetime
    due_at: datetime | None
    counted_from: int | None
    hash: bytes
    generation: int
    envelope: bytes

    @property
    def waits(self) -> bool:
        """Whether the person can object."""
        return self.state is JudgementState.ANNOUNCED


def keep(
    work: Work,
    owner: OwnerId,
    record: JudgementRecord,
    state: JudgementState,
    *,
    consent_id: ConsentId | None = None,
    follows: UUID | None = None,
    due_at: datetime | None = None,
) -> None:
    """Seal a record and write its hash into the person's log."""
    written = records.encode(record)
    digest = hashlib.sha256(written).digest()
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    sealed = work.keys.seal(
        work.connection, key, record.judgement_id, VERSION, LABEL, written
    )
    work.connection.execute(
        insert(judgement).values(
            owner_id=owner,
            judgement_id=record.judgement_id,
            offer_id=record.proposal.offer_id,
            offer_version=record.proposal.offer_version,
            set_version=record.facts.set_version,
            terms_version=record.facts.accepted_terms,
            outcome=record.judgement.outcome.value,
            state=state.value,
            consent_id=consent_id,
            follows=follows,
            made_at=work.now,
            due_at=due_at,
            hash=digest,
            generation=key.generation,
            envelope=sealed,
        )
    )
    _record(work, owner, record.judgement_id, digest, state, "bank")


def settle(
    work: Work, found: KeptJudgement, state: JudgementState, *, actor: str
) -> None:
    """Say what became of an announcement; exactly one answer wins.

    Raises:
        Conflict: `judgement.settled`; it was settled already.
    """
    done = work.connection.execute(
        update(judgement)
        .where(*_is(found), _c.state == JudgementState.ANNOUNCED.value)
        .values(state=state.value)
    )
    if not done.rowcount:
        raise Conflict("judgement.settled", "It is settled already.")
    _record(work, found.owner, found.judgement_id, found.hash, state, actor)
    judgement_telling.settled(work, found.owner, found.judgement_id, state.value)


def put_off(work: Work, found: KeptJudgement, until: datetime) -> None:
    """Try an announcement that could not be carried out again later."""
    work.connection.execute(update(judgement).where(*_is(found)).values(due_at=until))


def get(snap: Snapshot, owner: OwnerId, judgement_id: UUID) -> KeptJudgement:
    """Return a judgement; NotFound `judgement.unknown` if the person has no such."""
    found = _list(snap, _c.owner_id == owner, _c.judgement_id == judgement_id, limit=1)
    if not found:
        raise NotFound("judgement.unknown", "The person has no such judgement.")
    return found[0]


def every(snap: Snapshot, owner: OwnerId, *, limit: int = 200) -> list[KeptJudgement]:
    """Return a person's judgements, newest first."""
    return _list(snap, _c.owner_id == owner, limit=limit)


def ids(snap: Snapshot, owner: OwnerId) -> list[UUID]:
    """Return the ids of all of a person's judgements, oldest first."""
    query = select(_c.judgement_id).where(_c.owner_id == owner)
    return list(snap.connection.execute(query.order_by(_c.judgement_id)).scalars())


def waiting(snap: Snapshot, owner: OwnerId) -> list[KeptJudgement]:
    """Return what the person can still object to, newest first."""
    state = _c.state == JudgementState.ANNOUNCED.value
    return _list(snap, _c.owner_id == owner, state, limit=200)


def last(snap: Snapshot, owner: OwnerId, offer_id: UUID) -> KeptJudgement | None:
    """Return the newest judgement of an offer for a person."""
    found = _list(snap, _c.owner_id == owner, _c.offer_id == offer_id, limit=1)
    return found[0] if found else None


def opened(snap: Snapshot, keys: Keyring, found: KeptJudgement) -> JudgementRecord:
    """Open the record of a judgement.

    Raises:
        KeyUnavailable: the account was erased.
    """
    return records.decode(written(snap, keys, found))


def written(snap: Snapshot, keys: Keyring, found: KeptJudgement) -> bytes:
    """Return the canonical bytes of a record.

    Raises:
        KeyUnavailable: the account was erased.
    """
    key = keys.open(snap.connection, found.owner, KeyClass.ACCOUNT, found.generation)
    return keys.unseal(key, found.envelope, found.judgement_id, VERSION, LABEL)


def holds(snap: Snapshot, keys: Keyring, found: KeptJudgement) -> bool:
    """Judge again; say whether hash, columns and outcome come out the same (D-06).

    Raises:
        KeyUnavailable: the account was erased.
    """
    data = written(snap, keys, found)
    record = records.decode(data)
    return (
        hashlib.sha256(data).digest() == found.hash
        and record.judgement_id == found.judgement_id
        and record.judgement.outcome is found.outcome
        and record.proposal.offer_id == found.offer_id
        and records.again(record)
    )


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's judgements, for erasure."""
    work.connection.execute(delete(judgement).where(_c.owner_id == owner))


def _record(
    work: Work,
    owner: OwnerId,
    judgement_id: UUID,
    digest: bytes,
    state: JudgementState,
    actor: str,
) -> None:
    named = {"judgement": str(judgement_id), "sha256": digest.hex()}
    detail = {
        "actor": actor,
        "object": canonical(named).decode(),
        "reasons": f"judgement.{state.value}",
    }
    work.log.record(Entry(type=EventType.POLICY_EVENT, subject=owner, detail=detail))


def _is(found: KeptJudgement) -> tuple[ColumnElement[bool], ...]:
    return (_c.owner_id == found.owner, _c.judgement_id == found.judgement_id)


def _list(
    snap: Snapshot, *which: ColumnElement[bool], limit: int
) -> list[KeptJudgement]:
    query = (
        select(judgement).where(*which).order_by(_c.judgement_id.desc()).limit(limit)
    )
    return [read(row) for row in snap.connection.execute(query)]


def read(row: Row[Any]) -> KeptJudgement:
    """Return what a row of the table says."""
    return KeptJudgement(
        owner=OwnerId(row.owner_id),
        judgement_id=row.judgement_id,
        offer_id=row.offer_id,
        offer_version=row.offer_version,
        set_version=row.set_version,
        terms_version=row.terms_version,
        outcome=JudgementOutcome(row.outcome),
        state=JudgementState(row.state),
        consent_id=None if row.consent_id is None else ConsentId(row.consent_id),
        follows=row.follows,
        made_at=row.made_at,
        due_at=row.due_at,
        counted_from=row.counted_from,
        hash=bytes(row.hash),
        generation=row.generation,
        envelope=bytes(row.envelope),
    )
