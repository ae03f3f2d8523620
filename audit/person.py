"""The state that the log keeps for each subject: generation, counter, fence.

Every withdrawal, pause, token revocation, erasure, correction and key destruction
bumps the fence; a disclosure that was decided under an older fence does not commit.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)

from audit.entry import Entry
from audit.leaf import EventType
from audit.tables import person_state
from pds.core.database import Prepared, Snapshot, is_sqlite
from pds.core.errors import Conflict, NotFound
from pds.core.ids import OwnerId

if TYPE_CHECKING:
    from audit.work import Work


@dataclass(frozen=True, slots=True)
class PersonState:
    """Where the log stands for a subject.

    Attributes:
        gen: generation of the audit key in use.
        n: number of entries in this generation.
        fence: number of acts so far that forbid what was decided before them.
    """

    gen: int
    n: int
    fence: int


_COLUMNS = (person_state.c.gen, person_state.c.n, person_state.c.fence)
_OWNER = person_state.c.owner_id == bindparam("owner")
_READ = Prepared(select(*_COLUMNS).where(_OWNER))
_HOLD = Prepared(
    update(person_state).where(_OWNER).values(n=person_state.c.n).returning(*_COLUMNS)
)
_TAKE = Prepared(
    update(person_state)
    .where(_OWNER)
    .values(n=person_state.c.n + literal_column("1"))
    .returning(*_COLUMNS)
)
_BUMP = Prepared(
    update(person_state)
    .where(_OWNER)
    .values(fence=person_state.c.fence + literal_column("1"))
    .returning(*_COLUMNS)
)
COUNTED = Prepared(
    update(person_state)
    .where(_OWNER, person_state.c.gen == bindparam("old_gen"))
    .values(n=bindparam("new_n"))
)
"""Sets the count of a subject's entries in one generation: new n, owner, gen."""
_TURN = Prepared(
    update(person_state)
    .where(_OWNER)
    .values(gen=bindparam("new_gen"), n=bindparam("new_n"))
    .returning(*_COLUMNS)
)


def state(snap: Snapshot, owner: OwnerId) -> PersonState:
    """Return the state of a subject.

    Raises:
        NotFound: the subject was never opened.
    """
    return _found(_READ.one(snap.connection, owner=owner.bytes))


def hold(work: "Work", owner: OwnerId) -> None:
    """Keep others from changing the state of a subject until this work ends.

    The first statement of a disclosing transaction: on PostgreSQL it locks the row,
    so that what is read afterwards cannot be withdrawn meanwhile. On SQLite the one
    writer needs no lock.

    Raises:
        NotFound: the subject was never opened (PostgreSQL; elsewhere its first entry
            finds that out).
    """
    if not is_sqlite(work.connection):
        _found(_HOLD.one(work.connection, owner=owner.bytes))


def bump_fence(work: "Work", owner: OwnerId) -> int:
    """Forbid what was decided before this moment; return the new fence.

    Raises:
        NotFound: the subject was never opened.
    """
    return _found(_BUMP.one(work.connection, owner=owner.bytes)).fence


def open_subject(work: "Work", owner: OwnerId) -> None:
    """Begin the log of a subject: its first audit key, its state, its first leaf.

    Raises:
        Conflict: the subject is open already.
    """
    if _READ.one(work.connection, owner=owner.bytes) is not None:
        raise Conflict("log.subject-open", "The subject is open already.")
    key = work.log.new_key(owner)
    work.connection.execute(
        insert(person_state).values(owner_id=owner, gen=key.generation, n=0, fence=0)
    )
    work.log.record(Entry(type=EventType.SUBJECT_OPENED, subject=owner))


def take(connection: Connection, owner: OwnerId) -> PersonState:
    """Count one more entry of a subject; return the state after it.

    Raises:
        NotFound: the subject was never opened.
    """
    return _found(_TAKE.one(connection, owner=owner.bytes))


def turn(connection: Connection, owner: OwnerId, gen: int, n: int) -> None:
    """Move a subject to a new generation of its audit key."""
    _found(_TURN.one(connection, owner=owner.bytes, new_gen=gen, new_n=n))


def _found(row: Any) -> PersonState:
    if row is None:
        raise NotFound("log.subject-unknown", "The log has no such subject.")
    return PersonState(*row)
