"""Storing and undoing imports.

A plan of up to `CHUNK` records is stored in one unit of work: all of it or nothing. A
larger one takes several, so that no other writer waits long; each of its records is
whole at any time, each unit of work has its own leaf, and an import that does not come
to its end is taken back: at once when a unit of work fails, by `recover` when the
process died. A row in `intake_open` tells one that is under way from one that is done.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import delete, insert, select

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.intake.plan import ImportPlan, PlannedRecord
from pds.intake.results import ImportResult, result
from pds.intake.tables import intake_open
from pds.vault.records import Added
from pds.vault.service import Vault
from providers.records import Outcome

T = TypeVar("T")

CHUNK = 1000
"""Most records that one unit of work stores."""

ABANDONED_AFTER = timedelta(hours=1)
"""Age at which an import that is still open is taken to have been interrupted."""


class Writes(Protocol):
    """What runs acts in units of work: the bank."""

    def unit_of_work(self, act: Callable[[Work], T]) -> T:
        """Run an act in one transaction."""
        ...


def store(vault: Vault, work: Work, owner: OwnerId, plan: ImportPlan) -> ImportResult:
    """Store a whole plan in this unit of work.

    Duplicates are left out and counted; a file that was there already leaves nothing
    but the note that it came again. Use `run` for plans of unknown size.
    """
    import_id = work.ids.new()
    _begin(vault, work, owner, import_id, plan)
    added = _add(vault, work, owner, import_id, plan, plan.records)
    _keep_raw(vault, work, owner, import_id, plan, added)
    return result(plan, import_id, added)


def run(vault: Vault, bank: Writes, owner: OwnerId, plan: ImportPlan) -> ImportResult:
    """Store a plan of any size, in as many units of work as it needs.

    Raises:
        Unavailable: the store cannot commit now; what was stored is taken back.
    """
    if len(plan.records) <= CHUNK:
        return bank.unit_of_work(lambda work: store(vault, work, owner, plan))
    import_id = bank.unit_of_work(lambda work: _open(vault, work, owner, plan))
    try:
        added: list[Added] = []
        for start in range(0, len(plan.records), CHUNK):
            part = plan.records[start : start + CHUNK]
            added += bank.unit_of_work(
                partial(_part, vault, owner=owner, at=import_id, plan=plan, part=part)
            )
        bank.unit_of_work(
            partial(_close, vault, owner=owner, at=import_id, plan=plan, added=added)
        )
    except BaseException:
        bank.unit_of_work(lambda work: _take_back(vault, work, owner, import_id))
        raise
    return result(plan, import_id, added)


def undo(vault: Vault, work: Work, owner: OwnerId, import_id: UUID) -> int:
    """Take back an import: its records are buried, its raw original is dropped.

    Returns:
        How many records it took back.

    Raises:
        VaultNotFound: the owner has no such import, or it was undone before.
    """
    count = vault.undo(work, owner, import_id)
    _forget_open(work, owner, import_id)
    work.log.record(
        Entry(
            type=EventType.RECORD_WRITTEN,
            subject=owner,
            count=count,
            detail={"reasons": "undone", "request_id": str(import_id)},
        )
    )
    return count


def recover(vault: Vault, bank: Writes) -> int:
    """Take back imports that a dead process left open; return how many.

    For start-up and the worker. An import younger than `ABANDONED_AFTER` may still
    be under way in another process and is let be.
    """
    abandoned = bank.unit_of_work(_abandoned)
    for owner, import_id in abandoned:
        bank.unit_of_work(
            partial(_take_back, vault, owner=OwnerId(owner), import_id=import_id)
        )
    return len(abandoned)


def is_open(snap: Snapshot, owner: OwnerId, import_id: UUID) -> bool:
    """Say whether an import is still under way."""
    c = intake_open.c
    mine = select(c.import_id).where(c.owner_id == owner, c.import_id == import_id)
    return snap.connection.execute(mine).first() is not None


def _open(vault: Vault, work: Work, owner: OwnerId, plan: ImportPlan) -> UUID:
    import_id = work.ids.new()
    _begin(vault, work, owner, import_id, plan)
    work.connection.execute(
        insert(intake_open).values(
            owner_id=owner, import_id=import_id, started_at=work.now
        )
    )
    return import_id


def _part(
    vault: Vault,
    work: Work,
    *,
    owner: OwnerId,
    at: UUID,
    plan: ImportPlan,
    part: Sequence[PlannedRecord],
) -> list[Added]:
    return _add(vault, work, owner, at, plan, part)


def _close(
    vault: Vault,
    work: Work,
    *,
    owner: OwnerId,
    at: UUID,
    plan: ImportPlan,
    added: Sequence[Added],
) -> None:
    _keep_raw(vault, work, owner, at, plan, added)
    _forget_open(work, owner, at)


def _begin(
    vault: Vault, work: Work, owner: OwnerId, import_id: UUID, plan: ImportPlan
) -> None:
    vault.begin_import(
        work, owner, import_id, source_id=plan.source_id, media_type=plan.media_type
    )
    vault.add(work, owner, import_id, (), rejected=plan.count(Outcome.REJECTED))


def _add(
    vault: Vault,
    work: Work,
    owner: OwnerId,
    import_id: UUID,
    plan: ImportPlan,
    part: Sequence[PlannedRecord],
) -> list[Added]:
    """Store some records with their leaf; no leaf where nothing was new."""
    added = vault.add(work, owner, import_id, [one.draft for one in part])
    new = [p.draft for p, a in zip(part, added, strict=True) if a.record_id]
    if new:
        work.log.record(
            Entry(
                type=EventType.RECORD_WRITTEN,
                subject=owner,
                source=str(plan.source_id),
                categories=tuple(sorted({draft.category for draft in new})),
                count=len(new),
                detail={
                    "reasons": "imported",
                    "request_id": str(import_id),
                    "body_sha256": plan.digest,
                },
            )
        )
    return added


def _keep_raw(
    vault: Vault,
    work: Work,
    owner: OwnerId,
    import_id: UUID,
    plan: ImportPlan,
    added: Sequence[Added],
) -> None:
    """Keep the file itself, unless it may not be kept or brought nothing new."""
    if plan.keeps_raw and any(one.record_id for one in added):
        vault.put_raw(work, owner, import_id, plan.media_type, plan.content)


def _forget_open(work: Work, owner: OwnerId, import_id: UUID) -> None:
    c = intake_open.c
    work.connection.execute(
        delete(intake_open).where(c.owner_id == owner, c.import_id == import_id)
    )


def _take_back(vault: Vault, work: Work, owner: OwnerId, import_id: UUID) -> None:
    """Undo an import that did not come to its end, if it is still open."""
    if is_open(work, owner, import_id):
        undo(vault, work, owner, import_id)


def _abandoned(work: Work) -> list[tuple[UUID, UUID]]:
    c = intake_open.c
    old = select(c.owner_id, c.import_id).where(
        c.started_at <= work.now - ABANDONED_AFTER
    )
    return [(row.owner_id, row.import_id) for row in work.connection.execute(old)]
