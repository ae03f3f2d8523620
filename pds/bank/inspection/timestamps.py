"""Third-party time: does the authority keep up with the log?"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from audit import store, timestamps
from audit.authority import load_authority
from audit.errors import VerificationError
from pds.bank.inspection.finding import Check, Wrong
from pds.core.clock import Clock
from pds.core.settings import Settings

_PATIENCE = timedelta(hours=1)
_ASK = "Try `infobank audit timestamp`, which says why; see docs/operations.md."
_PEM = "Correct the file that INFOBANK_TIMESTAMP_CERTIFICATE names."


def checks(connection: Connection, settings: Settings, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about time stamps."""
    if settings.timestamp_url is None:
        yield Check("log.time", lambda: "no authority is asked; docs/trust.md says why")
        return
    yield Check("log.authority", partial(_certificates, settings), _PEM)
    yield Check("log.time", partial(_newest, connection, settings, clock), _ASK)


def _certificates(settings: Settings) -> str:
    if settings.timestamp_certificate is None:
        raise Wrong("there is no certificate to believe it by", _PEM)
    try:
        load_authority(settings.timestamp_certificate)
    except VerificationError as error:
        raise Wrong(str(error), _PEM) from None
    return f"is believed by {settings.timestamp_certificate.name}"


def _newest(connection: Connection, settings: Settings, clock: Clock) -> str:
    newest = timestamps.newest(connection)
    size = -1 if newest is None else newest.size
    waiting = store.checkpoints(connection, size, 1)
    due = waiting[0].published_at if waiting else None
    if newest is None:
        said = "no time stamp was got yet"
    else:
        said = f"{size} entries existed at {newest.at.isoformat(timespec='seconds')}"
        every = timedelta(seconds=settings.timestamp_every)
        due = max(due, newest.at + every) if due else None
    if due is not None and clock.now() - due > _PATIENCE:
        raise Wrong(f"{said}; the next one is overdue", _ASK)
    return said
