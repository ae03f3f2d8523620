"""Entrusted judgements of everybody, for whoever checks them (D-06)."""

from uuid import UUID

from sqlalchemy import select

from consent import judgements
from consent.judgement_tables import judgement
from consent.judgements import KeptJudgement
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId

_c = judgement.c


def newest(snap: Snapshot, *, limit: int) -> list[KeptJudgement]:
    """Return judgements, newest first."""
    query = select(judgement).order_by(_c.judgement_id.desc()).limit(limit)
    return [judgements.read(row) for row in snap.connection.execute(query)]


def find(snap: Snapshot, judgement_id: UUID) -> KeptJudgement:
    """Return a judgement; NotFound `judgement.unknown` if there is none."""
    query = select(judgement).where(_c.judgement_id == judgement_id)
    row = snap.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("judgement.unknown", "There is no such judgement.")
    return judgements.read(row)


def after(
    snap: Snapshot, place: tuple[bytes, bytes], *, limit: int
) -> list[KeptJudgement]:
    """Return judgements of everybody by owner and id, behind a place; for checks."""
    owner, judgement_id = (OwnerId(UUID(bytes=place[0])), UUID(bytes=place[1]))
    query = (
        select(judgement)
        .where(
            (_c.owner_id > owner)
            | ((_c.owner_id == owner) & (_c.judgement_id > judgement_id))
        )
        .order_by(_c.owner_id, _c.judgement_id)
        .limit(limit)
    )
    return [judgements.read(row) for row in snap.connection.execute(query)]
