"""Data sets from order to deletion.

States: ordered → making (one process has it until its lease ends) → ready → deleted; or
failed. A set is made only under a decision of the ethics board about it that is in
force. A process that dies leaves a lease that ends; the next begins from the start with
a new attempt, and who lost its lease writes nothing more. An order that five attempts
did not bring to an end is given up. What an attempt knew of who is who was in its
memory alone.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, insert, select, update

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import board
from consent.facts import BoardSubjectKind
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.vocabulary import dataset_rules
from pds.datasets import chunks, orders
from pds.datasets.orders import DataSet, Order
from pds.datasets.tables import DataSetFailure, DataSetState, data_set

LEASE: Final = timedelta(minutes=5)
"""How long a process may be silent before another takes its place."""
MOST_ATTEMPTS: Final = 5
"""How many leases may end without a result before an order is given up."""
LOST: Final = "data-set.lost"
"""Code of the error that says that another process has taken over."""
BOARD_VERSION: Final = 1
"""An order never changes, so the board decides on its first version."""
_set = data_set.c


def order(work: Work, wish: Order, *, floor: int, actor: str) -> UUID:
    """Order a set; it is made once the board has approved it. Return its id.

    Args:
        work: the unit of work.
        wish: what is to be made.
        floor: least `k` of this installation.
        actor: the member of staff.

    Raises:
        Invalid: `data-set.k`, `data-set.purpose`, `data-set.period`.
    """
    rules = dataset_rules.CURRENT
    orders.check(wish, rules, floor=floor, now=work.now)
    data_set_id = work.ids.new()
    work.connection.execute(
        insert(data_set).values(
            data_set_id=data_set_id,
            kind=wish.kind.value,
            state=DataSetState.ORDERED,
            purpose_ja=wish.purpose_ja,
            purpose_en=wish.purpose_en,
            first_month=wish.first_month,
            last_month=wish.last_month,
            k=wish.k,
            rules=rules.version,
            rows=0,
            chunks=0,
            size=0,
            attempt=0,
            ordered_at=work.now,
            due_at=work.now,
        )
    )
    record(work, data_set_id, "data-set.ordered", actor)
    return data_set_id


def claim(work: Work) -> DataSet | None:
    """Take the oldest approved order, or one whose lease is over; None if none.

    What an earlier attempt left is deleted. What was tried often enough fails.
    """
    waiting = (DataSetState.ORDERED.value, DataSetState.MAKING.value)
    query = (
        select(data_set)
        .where(_set.state.in_(waiting), _set.due_at <= work.now)
        .order_by(_set.data_set_id)
        .with_for_update(skip_locked=True)
    )
    for row in work.connection.execute(query).all():
        found = orders.of_row(row)
        if found.attempt >= MOST_ATTEMPTS:
            fail(work, found, DataSetFailure.ATTEMPTS)
        elif is_approved(work, found.data_set_id):
            return _begun(work, found)
    return None


def _begun(work: Work, found: DataSet) -> DataSet:
    chunks.drop(work, found.data_set_id)
    _change(
        work,
        _is(found),
        state=DataSetState.MAKING,
        chunks=0,
        size=0,
        attempt=found.attempt + 1,
        due_at=work.now + LEASE,
    )
    return get(work, found.data_set_id)


def renew(work: Work, making: DataSet) -> None:
    """Renew the lease.

    Raises:
        Conflict: `data-set.lost`; another process has taken over.
    """
    if not _change(work, _has(making), due_at=work.now + LEASE):
        raise _lost()


def add_chunk(work: Work, making: DataSet, no: int, chunk: bytes) -> None:
    """Keep the next chunk, sealed, and renew the lease.

    Raises:
        Conflict: `data-set.lost`; another process has taken over.
    """
    done = _change(
        work,
        and_(_has(making), _set.chunks == no - 1),
        chunks=no,
        size=_set.size + len(chunk),
        due_at=work.now + LEASE,
    )
    if not done:
        raise _lost()
    chunks.add(work, making.data_set_id, no, chunk)


def complete(
    work: Work, making: DataSet, *, rows: int, digest: bytes, left_out: tuple[int, int]
) -> None:
    """Let the operator have a set from now on.

    Args:
        work: the unit of work.
        making: the set, with its lease.
        rows: how many rows it has.
        digest: SHA-256 of the file.
        left_out: how many records and how many persons could not be read.

    Raises:
        Conflict: `data-set.lost`; another process has taken over.
    """
    keep = timedelta(days=making.rules.kinds[making.order.kind].keep_days)
    done = _change(
        work,
        _has(making),
        state=DataSetState.READY,
        rows=rows,
        digest=digest,
        made_at=work.now,
        due_at=work.now + keep,
        left_out_records=left_out[0],
        left_out_persons=left_out[1],
    )
    if not done:
        raise _lost()
    record(work, making.data_set_id, "data-set.made", "bank", digest)


def fail(work: Work, making: DataSet, why: DataSetFailure) -> None:
    """Give a set up and say why; what there is of it is deleted."""
    if _change(work, _has(making), state=DataSetState.FAILED, failure=why):
        chunks.destroy(work, making.data_set_id)
        record(work, making.data_set_id, "data-set.failed", "bank")


def remove(work: Work, data_set_id: UUID, *, actor: str) -> None:
    """Delete what is in a set and destroy its key (APPI 41(5)).

    Raises:
        NotFound: `data-set.unknown`.
        Conflict: `data-set.not-ready`; there is nothing to delete.
    """
    found = ready(work, data_set_id)
    _change(work, _is(found), state=DataSetState.DELETED)
    chunks.destroy(work, data_set_id)
    record(work, data_set_id, "data-set.deleted", actor)


def expire(work: Work) -> int:
    """Delete the sets whose time is over; return how many."""
    query = (
        select(_set.data_set_id)
        .where(_set.state == DataSetState.READY.value, _set.due_at <= work.now)
        .limit(20)
    )
    due = work.connection.execute(query).scalars().all()
    for data_set_id in due:
        remove(work, data_set_id, actor="bank")
    return len(due)


def every(snap: Snapshot) -> list[DataSet]:
    """Return the sets, newest first."""
    query = select(data_set).order_by(_set.data_set_id.desc()).limit(500)
    return [orders.of_row(row) for row in snap.connection.execute(query)]


def get(snap: Snapshot, data_set_id: UUID) -> DataSet:
    """Return a set.

    Raises:
        NotFound: `data-set.unknown`.
    """
    query = select(data_set).where(_set.data_set_id == data_set_id)
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("data-set.unknown", "There is no such data set.")
    return orders.of_row(row)


def ready(snap: Snapshot, data_set_id: UUID) -> DataSet:
    """Return a set whose file is there.

    Raises:
        NotFound: `data-set.unknown`.
        Conflict: `data-set.not-ready`.
    """
    found = get(snap, data_set_id)
    if found.state is not DataSetState.READY:
        raise Conflict("data-set.not-ready", "The set is not ready, or not any more.")
    return found


def is_approved(snap: Snapshot, data_set_id: UUID) -> bool:
    """Say whether a decision of the board lets the set be made and published now."""
    decided = board.current(
        snap, BoardSubjectKind.DATA_SET, str(data_set_id), version=BOARD_VERSION
    )
    return board.is_in_force(decided, snap.now)


def record(
    work: Work, data_set_id: UUID, action: str, actor: str, digest: bytes | None = None
) -> None:
    """Record an act about a set: `policy:event` of the bank."""
    detail = {"actor": actor, "object": str(data_set_id), "reasons": action}
    if digest is not None:
        detail["body_sha256"] = digest.hex()
    work.log.record(Entry(type=EventType.POLICY_EVENT, detail=detail))


def _lost() -> Conflict:
    return Conflict(LOST, "Another process makes this set.")


def _is(found: DataSet) -> ColumnElement[bool]:
    return _set.data_set_id == found.data_set_id


def _has(making: DataSet) -> ColumnElement[bool]:
    return and_(
        _is(making),
        _set.state == DataSetState.MAKING.value,
        _set.attempt == making.attempt,
    )


def _change(work: Work, which: ColumnElement[bool], **values: Any) -> int:
    return work.connection.execute(
        update(data_set).where(which).values(**values)
    ).rowcount
