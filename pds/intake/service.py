"""Storing and undoing imports.

A plan of up to `CHUNK` records is stored in one unit of work: all of it or nothing. A
larger one takes several, so that no other writer waits long. Its records are hidden
from every reader until the last unit of work, which reveals all of them with one
statement and writes the one leaf. An import that does not come to its end deletes what
nobody has seen: at once when a unit of work fails, by `recover` when the process died.
A row in `intake_open` tells one that is under way from one that is done.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import delete, insert, select

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts.agents import care
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.intake.plan import ImportPlan
from pds.intake.results import ImportResult, result
from pds.intake.tables import intake_open
from pds.vault.records import Added, RecordDraft
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
    added = vault.add(work, owner, import_id, [p.draft for p in plan.records])
    _note(work, owner, import_id, plan, added)
    _keep_raw(vault, work, owner, import_id, plan, added)
    return result(plan, import_id, added)


def run(vault: Vault, bank: Writes, owner: OwnerId, plan: ImportPlan) -> ImportResult:
    """Store a plan of any size, in as many units of work as it needs.

    Raises:
        Forbidden: `accounts.guardian-needed`; the person is too young, without agent.
        Unavailable: the store cannot commit now; nothing of it was ever to be seen.
    """
    if len(plan.records) <= CHUNK:
        return bank.unit_of_work(lambda work: store(vault, work, owner, plan))
    import_id = bank.unit_of_work(lambda work: _open(vault, work, owner, plan))
    try:
        added = _store_hidden(vault, bank, owner, import_id, plan)
        added = bank.unit_of_work(
            partial(_close, vault, owner=owner, at=import_id, plan=plan, added=added)
        )
    except BaseException:
        bank.unit_of_work(lambda work: _discard(vault, work, owner, import_id))
        raise
    return result(plan, import_id, added)


def undo(vault: Vault, work: Work, owner: OwnerId, import_id: UUID) -> int:
    """Take back an import: its records are buried, its raw original is dropped.

    A disclosure that read them and has not yet committed must begin again, so the
    person's fence is bumped.

    Returns:
        How many records it took back.

    Raises:
        VaultNotFound: the owner has no such import, or it was undone before.
    """
    person.bump_fence(work, owner)
    count = vault.undo(work, owner, import_id)
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
    """Delete what a dead process left hidden; return how many imports it was.

    For start-up and the worker. An import younger than `ABANDONED_AFTER` may still
    be under way in another process and is let be.
    """
    abandoned = bank.unit_of_work(_abandoned)
    for owner, import_id in abandoned:
        bank.unit_of_work(
            partial(_discard, vault, owner=OwnerId(owner), import_id=import_id)
        )
    return len(abandoned)


def forget(work: Work, owner: OwnerId) -> None:
    """Forget imports of a person that are under way, for erasure; none can go on."""
    work.connection.execute(delete(intake_open).where(intake_open.c.owner_id == owner))


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


def _store_hidden(
    vault: Vault, bank: Writes, owner: OwnerId, import_id: UUID, plan: ImportPlan
) -> list[Added]:
    """Store the records in parts; a record twice in the file is a duplicate."""
    first: dict[bytes, RecordDraft] = {}
    for planned in plan.records:
        first.setdefault(planned.draft.dedupe, planned.draft)
    drafts, added = list(first.values()), list[Added]()
    for start in range(0, len(drafts), CHUNK):
        part = drafts[start : start + CHUNK]
        added += bank.unit_of_work(
            partial(_part, vault, owner=owner, import_id=import_id, part=part)
        )
    ids = {draft.dedupe: one for draft, one in zip(drafts, added, strict=True)}
    return [ids.pop(p.draft.dedupe, Added(None)) for p in plan.records]


def _part(
    vault: Vault,
    work: Work,
    *,
    owner: OwnerId,
    import_id: UUID,
    part: Sequence[RecordDraft],
) -> list[Added]:
    return vault.add(work, owner, import_id, part, hidden=True)


def _close(
    vault: Vault,
    work: Work,
    *,
    owner: OwnerId,
    at: UUID,
    plan: ImportPlan,
    added: Sequence[Added],
) -> list[Added]:
    """Reveal the import; what came meanwhile by another import is a duplicate."""
    late = vault.reveal(work, owner, at)
    left = [Added(None) if one.record_id in late else one for one in added]
    _note(work, owner, at, plan, left)
    _keep_raw(vault, work, owner, at, plan, left)
    _forget_open(work, owner, at)
    return left


def _begin(
    vault: Vault, work: Work, owner: OwnerId, import_id: UUID, plan: ImportPlan
) -> None:
    care.require_guardian(work, work.keys, owner)
    vault.begin_import(
        work, owner, import_id, source_id=plan.source_id, media_type=plan.media_type
    )
    vault.add(work, owner, import_id, (), rejected=plan.count(Outcome.REJECTED))


def _note(
    work: Work,
    owner: OwnerId,
    import_id: UUID,
    plan: ImportPlan,
    added: Sequence[Added],
) -> None:
    """Write the leaf of an import; none where nothing was new."""
    new = [p.draft for p, a in zip(plan.records, added, strict=True) if a.record_id]
    if not new:
        return
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


def _discard(vault: Vault, work: Work, owner: OwnerId, import_id: UUID) -> None:
    """Delete an import that did not come to its end, if it is still open."""
    if is_open(work, owner, import_id):
        vault.discard(work, owner, import_id)
        _forget_open(work, owner, import_id)


def _abandoned(work: Work) -> list[tuple[UUID, UUID]]:
    c = intake_open.c
    old = select(c.owner_id, c.import_id).where(
        c.started_at <= work.now - ABANDONED_AFTER
    )
    return [(row.owner_id, row.import_id) for row in work.connection.execute(old)]
