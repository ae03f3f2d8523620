"""What a writing service is given: one transaction and everything it may use in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from audit.recorder import Recorder
from pds.core.ids import Ids
from pds.keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work, built and committed by the bank alone.

    Attributes:
        connection: the connection of the transaction.
        now: the moment of the act, aware, in UTC.
        ids: maker of ids and secrets.
        keys: the keyring.
        log: the recorder of this act.
    """

    connection: Connection
    now: datetime
    ids: Ids
    keys: Keyring
    log: Recorder
