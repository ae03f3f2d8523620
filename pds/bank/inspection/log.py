"""The log: does it continue what was signed, do its hashes hold, does it grow?"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from audit import known_time, pending, store
from audit.checkpoint import open_checkpoint
from audit.head import Head, read_head
from audit.highwater import LogRolledBack, Mark, check_mark, read_mark
from audit.merkle import Frontier, leaf_hash
from audit.sequencer import MAX_CLOCK_LAG
from pds.bank.inspection.finding import Check, Wrong
from pds.bank.log_keys import load_signer
from pds.core.clock import Clock, from_millis, to_millis
from pds.core.database import is_sqlite
from pds.core.settings import Settings

_SAMPLE = 256
_PAGE = 1_000
_STUCK_SECONDS = 10
_RECOVER = (
    "Restore a newer copy of the database. If there is none, read 'After a loss' in"
    " docs/operations.md."
)
_TAMPERED = "Stop the service, keep the files as evidence, restore a backup."
_CLOCK = "Set the clock (NTP) and start again; the log never goes back in time."
_VOUCH = (
    "Nothing ends with its time meanwhile. If the clock is right, run `infobank audit"
    " retire --clock-is-right` with the reason; if not, stop the service and set it."
)


def kept_mark(folder: Path) -> Callable[[], Mark | None]:
    """Read the high-water mark now, to be asked for it later.

    It is read before the database is opened: the service moves it on meanwhile, and
    a later mark would speak of entries that the snapshot does not hold yet.
    """
    try:
        mark = read_mark(folder)
    except LogRolledBack as error:
        refused = error

        def refuse() -> Mark | None:
            raise refused

        return refuse
    return lambda: mark


def checks(
    connection: Connection,
    settings: Settings,
    clock: Clock,
    mark: Callable[[], Mark | None],
    *,
    full: bool,
) -> Iterator[Check]:
    """Yield the questions about the log."""
    yield Check("clock", lambda: _clock(connection, clock), _CLOCK)
    yield Check("clock.ahead", lambda: _ahead(connection, clock.now()), _CLOCK)
    yield Check("log.mark", lambda: _mark(connection, settings, mark()), _RECOVER)
    yield Check("log.head", lambda: _head(connection), _TAMPERED)
    yield Check("log.checkpoint", lambda: _checkpoint(connection, settings), _TAMPERED)
    if full:
        yield Check("log.leaves", lambda: _every_leaf(connection), _TAMPERED)
    else:
        yield Check("log.leaves", lambda: _last_leaves(connection), _TAMPERED)
    yield Check("log.pending", lambda: _pending(connection, clock.now()))


def _clock(connection: Connection, clock: Clock) -> str:
    now, head = to_millis(clock.now()), read_head(connection)
    if now + MAX_CLOCK_LAG < head.last_t:
        last = from_millis(head.last_t).isoformat(timespec="seconds")
        raise Wrong(f"the clock is behind the last entry of {last}", _CLOCK)
    if is_sqlite(connection):
        return "not behind the log"
    seconds = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))
    skew = now - int(float(seconds.scalar_one()) * 1000)
    if abs(skew) > MAX_CLOCK_LAG:
        raise Wrong(f"{skew / 1000:.0f} s apart from the database server", _CLOCK)
    return "not behind the log, and with the database server"


def _ahead(connection: Connection, now: datetime) -> str:
    newest = known_time.known(connection)
    if newest is None:
        raise Wrong("no moment is known to have come", _VOUCH)
    if now - newest > known_time.STEP:
        said = f"{(now - newest).days} days ahead of {newest.isoformat()}"
        raise Wrong(f"{said}, the newest moment that is known", _VOUCH)
    return "not far ahead of what is known"


def _mark(connection: Connection, settings: Settings, mark: Mark | None) -> str:
    head = read_head(connection)
    if head.origin != settings.log_origin:
        raise Wrong(
            f"the database holds the log {head.origin}",
            f"Set INFOBANK_LOG_ORIGIN={head.origin}, or another database.",
        )
    if mark is None:
        raise Wrong(
            "there is no high-water mark",
            "Put log-highwater.json back; without it a rollback is not noticed.",
        )
    if mark.size > head.size:
        raise Wrong(
            f"{mark.size} entries were signed, the database holds {head.size}",
            _RECOVER,
        )
    check_mark(connection, head, mark)
    return f"{head.size} entries continue the {mark.size} of the mark"


def _head(connection: Connection) -> str:
    head = read_head(connection)
    if store.root_at(connection, head.size) != head.root():
        raise Wrong("the head is not the root of the stored tree", _TAMPERED)
    if store.leaves(connection, head.size, 1):
        raise Wrong("entries lie behind the head", _TAMPERED)
    return f"the stored tree has the root of its head at {head.size}"


def _checkpoint(connection: Connection, settings: Settings) -> str:
    head, latest = read_head(connection), store.latest_checkpoint(connection)
    if latest is None:
        return "none was published yet"
    verifier = load_signer(settings, origin=head.origin).verifier
    signed, _note = open_checkpoint(latest.note, [verifier])
    if signed.size > head.size:
        raise Wrong("a checkpoint is larger than the log", _RECOVER)
    if store.root_at(connection, signed.size) != signed.root:
        raise Wrong("the log is not the one that was signed", _TAMPERED)
    return f"signed and matched at {signed.size}"


def _last_leaves(connection: Connection) -> str:
    size = read_head(connection).size
    start = max(0, size - _SAMPLE)
    found = store.leaves(connection, start, _SAMPLE)
    hashes = store.nodes(connection, [(0, each.index) for each in found])
    for each in found:
        if hashes.get((0, each.index)) != leaf_hash(each.leaf):
            raise Wrong(f"entry {each.index} is not the one that was hashed", _TAMPERED)
    if len(found) != size - start:
        raise Wrong("entries are missing", _TAMPERED)
    return f"the last {len(found)} hash to what is stored; --full checks all"


def _every_leaf(connection: Connection) -> str:
    head, tree = read_head(connection), Frontier()
    while page := store.leaves(connection, tree.size, _PAGE):
        for each in page:
            if each.index != tree.size:
                raise Wrong(f"entry {tree.size} is missing", _TAMPERED)
            tree.append(leaf_hash(each.leaf))
    _compare(head, tree)
    return f"all {head.size} hash to the signed root"


def _compare(head: Head, tree: Frontier) -> None:
    if (tree.size, tree.root()) != (head.size, head.root()):
        raise Wrong("the entries do not hash to the root of the head", _TAMPERED)


def _pending(connection: Connection, now: datetime) -> str:
    waiting, oldest = pending.waiting(connection)
    if oldest is not None and (now - oldest).total_seconds() > _STUCK_SECONDS:
        raise Wrong(
            f"{waiting} entries have waited since {oldest.isoformat()}",
            "Start a server process; its integrator moves them into the log.",
        )
    return f"{waiting} wait for their place"
