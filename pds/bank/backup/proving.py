"""Is the log of a restored copy the one whose checkpoints were published?

A checkpoint of no more entries than the copy has must be a root of the copy's tree. A
longer one says nothing of the copy by itself: the way from the copy's root to it is a
consistency proof, which the live database can give.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from sqlalchemy import Connection

from audit import store
from audit.checkpoint import Checkpoint, open_checkpoint, parse
from audit.errors import VerificationError
from audit.head import read_head
from audit.highwater import read_mark
from audit.merkle import verify_consistency
from audit.note import split_note
from pds.bank.errors import DRIVER_ERRORS
from pds.bank.inspection import database
from pds.bank.inspection.finding import Check, Wrong
from pds.bank.log_keys import load_signer
from pds.core.errors import BankError
from pds.core.settings import Settings

_EVIDENCE = "Stop the service, keep the database and this backup as evidence."
_MORE = "Drill while the database is there, or compare a checkpoint of before the copy."


@contextmanager
def live(settings: Settings) -> Iterator[Connection | None]:
    """Give the live database, to read; None where there is none to be read."""
    with ExitStack() as opened:
        yield _entered(opened, settings)


def _entered(opened: ExitStack, settings: Settings) -> Connection | None:
    try:
        connection = opened.enter_context(database.opened(settings))
        read_head(connection)
    except (*DRIVER_ERRORS, BankError, OSError):
        return None
    return connection


def checks(
    copy: Connection,
    present: Connection | None,
    settings: Settings,
    external: str | None,
) -> Iterator[Check]:
    """Yield the questions about the log of a copy.

    Args:
        copy: the restored database.
        present: the live one, if there is one.
        settings: of the installation.
        external: a signed checkpoint from elsewhere.
    """
    yield Check("drill.checkpoint", partial(_published, copy, present, settings))
    yield Check("drill.mark", partial(_mark, copy, present, settings))
    if external is not None:
        ask = partial(_hold, copy, present, settings, external)
        yield Check("drill.external", ask)


def _published(copy: Connection, present: Connection | None, settings: Settings) -> str:
    latest = store.latest_checkpoint(copy if present is None else present)
    if latest is None:
        return "none was published yet"
    return _hold(copy, present, settings, latest.note)


def _mark(copy: Connection, present: Connection | None, settings: Settings) -> str:
    mark = read_mark(settings.key_dir)
    if mark is None:
        raise Wrong("there is no high-water mark", "Put log-highwater.json back.")
    return _compare(copy, present, Checkpoint(mark.origin, mark.size, mark.root))


def _hold(
    copy: Connection, present: Connection | None, settings: Settings, note: str
) -> str:
    try:
        origin = parse(split_note(note)[0]).origin
        verifier = load_signer(settings, origin=origin).verifier
        signed, _note = open_checkpoint(note, [verifier])
    except VerificationError as error:
        raise Wrong(f"the checkpoint: {error}", _EVIDENCE) from None
    return _compare(copy, present, signed)


def _compare(copy: Connection, present: Connection | None, signed: Checkpoint) -> str:
    head = read_head(copy)
    if signed.size <= head.size:
        root = store.root_at(copy, signed.size)
        if root != signed.root:
            raise Wrong("the copy's log is not the one that was signed", _EVIDENCE)
        return f"holds what was signed at {signed.size}"
    if present is None or store.size(present) < signed.size:
        raise Wrong(
            f"{signed.size} entries were signed, the copy holds {head.size}; nothing"
            " here proves that they begin alike",
            _MORE,
        )
    proof = store.consistency_proof(present, head.size, signed.size)
    try:
        verify_consistency(head.size, signed.size, proof, head.root(), signed.root)
    except VerificationError:
        raise Wrong("the log does not begin with that of the copy", _EVIDENCE) from None
    return f"is the beginning of what was signed at {signed.size}"
