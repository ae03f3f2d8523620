"""Leaves that wait for the integrator, put there without the commit of an act."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from audit.draft import LeafDraft
from audit.tables import log_pending


def leave_waiting(connection: Connection, drafts: Sequence[LeafDraft]) -> None:
    """Put leaves where the integrator finds them once this is committed."""
    for each in drafts:
        row = insert(log_pending).values(
            id=each.id, sub=each.sub, prefix=each.prefix, suffix=each.suffix
        )
        connection.execute(row)
