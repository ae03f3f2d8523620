"""One rotation at a time, over all processes of a bank.

A token keeps two keys of one label, and a key server makes a version at each call: two
processes that rotate at once would end with two versions, or with a token that no
process can use any more.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep
from typing import Final

from sqlalchemy import make_url, text

from pds.bank.bank import Bank
from pds.bank.file_lock import FileLock
from pds.core.errors import Unavailable

_NUMBER: Final = 0x6B656B  # "kek"
"""Number of the advisory lock; it only has to be used for nothing else."""
_PATIENCE: Final = 30.0
"""Seconds; a token or a key server may take its time to make a key."""
_PAUSE: Final = 0.05
_TAKE: Final = text("SELECT pg_try_advisory_xact_lock(:number)")


@contextmanager
def held(bank: Bank) -> Iterator[None]:
    """Be the only one who makes versions: a file beside the data, or the server's lock.

    Whoever dies lets go of it.

    Raises:
        Unavailable: another process kept it for longer than half a minute.
    """
    if bank.settings.is_sqlite:
        with closing(_file(bank)) as lock, lock.held():
            yield
        return
    # The lock is the transaction's own; the snapshot is not read from.
    with bank.read() as view:
        deadline = bank.clock.monotonic() + _PATIENCE
        while not view.connection.execute(_TAKE, {"number": _NUMBER}).scalar():
            if bank.clock.monotonic() >= deadline:
                raise Unavailable("keys.rotating", "Another process makes a version.")
            sleep(_PAUSE)
        yield


def _file(bank: Bank) -> FileLock:
    path = Path(f"{make_url(bank.settings.database_url).database}.rotation.lock")
    return FileLock(path, patience=_PATIENCE, clock=bank.clock, pause=sleep)
