"""Who of the staff has opened which paper: nobody approves what they have not seen.

The look itself is an entry of the person's log (`staff:viewed`); whoever opens a paper
records both in one unit of work. The row here is what an approval asks for, since an
entry is sealed and cannot be asked.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select

from audit.work import Work
from pds.accounts.meeting import insertion
from pds.accounts.tables import paper_look
from pds.core.errors import Conflict
from pds.core.ids import AccountId, OwnerId

ONLY = 1
"""Number of the paper of whatever has only one."""
_c = paper_look.c


def note(
    work: Work, owner: OwnerId, object_id: UUID, by: AccountId, numbers: Iterable[int]
) -> None:
    """Note that a member of staff opened papers of a link, a report or a request."""
    for no in numbers:
        work.connection.execute(
            insertion(work.connection, paper_look)
            .values(owner_id=owner, object_id=object_id, no=no, staff_id=by)
            .on_conflict_do_nothing()
        )


def require(
    work: Work, owner: OwnerId, object_id: UUID, by: AccountId, numbers: Iterable[int]
) -> None:
    """Refuse what rests on papers that this member of staff has not opened.

    Raises:
        Conflict: `papers.not-seen`.
    """
    seen = work.connection.execute(
        select(_c.no).where(
            _c.owner_id == owner, _c.object_id == object_id, _c.staff_id == by
        )
    ).scalars()
    if set(numbers) - set(seen):
        raise Conflict("papers.not-seen", "A paper was not opened before.")


def forget(work: Work, owner: OwnerId, object_id: UUID | None = None) -> None:
    """Delete the looks at papers of one object, or at all of a person."""
    mine = [_c.owner_id == owner]
    if object_id is not None:
        mine.append(_c.object_id == object_id)
    work.connection.execute(delete(paper_look).where(*mine))
