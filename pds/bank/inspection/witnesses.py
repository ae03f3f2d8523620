"""Witnesses: does each one of the policy keep up with the log?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from audit import cosignatures, store
from audit.errors import VerificationError
from pds.bank.inspection.finding import Check, Wrong
from pds.bank.witnessing import Contact, contacts
from pds.core.clock import Clock
from pds.core.settings import Settings

_PATIENCE = timedelta(hours=1)
_POLICY = "Correct the file that INFOBANK_WITNESS_POLICY names."
_ASK = "Look for 'witness failed' in the service's log; see docs/operations.md."


def checks(connection: Connection, settings: Settings, clock: Clock) -> Iterator[Check]:
    """Yield one question for each witness of the policy."""
    path = settings.witness_policy
    if path is None:
        yield Check("log.witnesses", lambda: "none is asked; docs/witness.md says why")
        return
    try:
        known = contacts(path)
    except (OSError, ValueError, VerificationError):
        yield Check("log.witnesses", partial(_malformed, path), _POLICY)
        return
    yield Check("log.witnesses", lambda: f"{len(known)} are asked")
    for each in known:
        look = partial(_witness, connection, each, clock.now())
        yield Check(f"witness.{each.name}", look, _ASK)


def _malformed(path: Path) -> str:
    raise Wrong(f"the policy {path.name} cannot be understood", _POLICY)


def _witness(connection: Connection, contact: Contact, now: datetime) -> str:
    published = store.latest_checkpoint(connection)
    newest = cosignatures.newest_of(connection, contact.key)
    size = 0 if newest is None else newest.size
    if published is None or size >= published.size:
        return f"cosigned all {size} published entries"
    waiting = store.checkpoints(connection, size, 1)[0]
    if now - waiting.published_at > _PATIENCE:
        since = waiting.published_at.isoformat(timespec="seconds")
        raise Wrong(f"cosigned {size} entries and nothing since {since}", _ASK)
    return f"cosigned {size} of {published.size} published entries"
