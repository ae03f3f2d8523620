"""Erasures: does the ledger know every one, or could a copy bring somebody back?"""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import Connection, select

from pds.bank import erasure_ledger
from pds.bank.inspection.finding import Check, Wrong
from pds.core.settings import Settings
from pds.rights.tables import erasure

_RESTORE = (
    f"Put {erasure_ledger.FILE} back from a copy of the key folder. Restore no older"
    " copy of the database before."
)


def checks(connection: Connection, settings: Settings) -> Iterator[Check]:
    """Yield what there is to ask about erasures."""
    yield Check("erasures.ledger", partial(_noted, connection, settings), _RESTORE)


def _noted(connection: Connection, settings: Settings) -> str:
    noted = {each.certificate_id for each in erasure_ledger.read(settings.key_dir)}
    # An erasure under way writes its own line by and by.
    finished = select(erasure.c.certificate_id).where(erasure.c.owner_id.is_(None))
    found = {row.certificate_id for row in connection.execute(finished)}
    if missing := len(found - noted):
        raise Wrong(f"{missing} finished erasures are not in the ledger", _RESTORE)
    return f"{len(found)} finished erasures, all in the ledger"
