"""Disclosures that may be in the log and did not leave: kept until the log says so.

States: kept as a file → settled (the log says "not released", or never said
"released") and the file is gone. The files lie in the folder of the data, since the
database is what just failed; they name the person by id and hold nothing of the data
(`docs/formats/log.md` section 11).

Settling holds the person first. The doubtful transaction had the same row since its
first statement, so when it is ours that transaction is over, however long the server
was at it: its leaf is found now, or never will be. The entry that tells of it has the
id that the file names, so that two processes, or one whose own commit is in doubt,
write it once.

Failures: the file cannot be written (then it is remembered until the process ends); the
database stays away (the chore asks again); a file that cannot be understood stays and
is complained of in the operator's log. A process that is killed
between the commit and the file leaves a leaf without a release, as on SQLite; never a
release without a leaf.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import structlog

from audit import pending, person
from audit.entry import prepare
from audit.work import Work
from pds.bank import private_files
from pds.core.errors import BankError
from pds.core.ids import OwnerId
from pds.core.logging import describe
from pds.disclosure.release import Undelivered

if TYPE_CHECKING:
    from pds.bank.bank import Bank

FOLDER: Final = "undelivered"
_VERSION: Final = 1

_STRANGE: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What reading a file raises that nobody here has written."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is owed to the log.

    Attributes:
        what: the disclosure.
        note_id: id of the entry that will say that it did not go.
    """

    what: Undelivered
    note_id: UUID


class UndeliveredFolder:
    """The folder of one installation; several processes may use it at once."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER
        # Those that the folder did not take.
        self._remembered: dict[UUID, Kept] = {}

    def add(self, bank: "Bank", what: Undelivered) -> None:
        """Keep it, and settle it at once if that can be done now."""
        kept = Kept(what, bank.ids.new())
        self.keep(kept)
        with suppress(BankError):
            self.settle(bank, kept)

    def keep(self, kept: Kept) -> None:
        """Keep it; it is on the disk when this returns, unless that failed too."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            private_files.write(self._path(kept), _written(kept))
        except OSError as error:
            self._remembered[kept.what.leaf_id] = kept
            log.warning("undelivered not kept", **describe(error))

    def kept(self) -> list[Kept]:
        """Return all that is kept here, oldest first; what is malformed is left out."""
        read = [_read(path) for path in self._files()]
        return [*(each for each in read if each), *self._remembered.values()]

    def strange(self) -> list[str]:
        """Return the names of files that cannot be understood."""
        return [path.name for path in self._files() if not _is_understood(path)]

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("[!.]*.json"))

    def settle(self, bank: "Bank", kept: Kept) -> None:
        """Have the log tell of it if it has to, and let it go.

        Raises:
            BankError: that cannot be done now.
        """
        note = prepare(kept.what.entry(), bank.ids, bank.pseudonyms, kept.note_id)

        def act(work: Work) -> None:
            person.hold(work, kept.what.owner)
            is_released = pending.is_committed(work.connection, kept.what.leaf_id.bytes)
            if is_released and not pending.is_committed(work.connection, note.id.bytes):
                work.log.record(note)

        bank.recorded(act, owed=True)
        self._remembered.pop(kept.what.leaf_id, None)
        if self._folder.is_dir():
            self._path(kept).unlink(missing_ok=True)

    def _path(self, kept: Kept) -> Path:
        return self._folder / f"{kept.what.leaf_id}.json"


def settle_all(bank: "Bank") -> None:
    """Settle what is kept; what cannot be told yet stays."""
    for kept in bank.undelivered.kept():
        try:
            bank.undelivered.settle(bank, kept)
        except BankError as error:
            log.warning("undelivered not told yet", **describe(error))


def _written(kept: Kept) -> str:
    what = kept.what
    return json.dumps(
        {
            "v": _VERSION,
            "leaf": str(what.leaf_id),
            "note": str(kept.note_id),
            "owner": str(what.owner),
            "rcp": what.recipient_id,
            "pur": what.purpose,
        }
    )


def _read(path: Path) -> Kept | None:
    try:
        return _parsed(json.loads(path.read_bytes()))
    except FileNotFoundError:
        # Another process was faster.
        return None
    except _STRANGE:
        log.warning("undelivered file cannot be read", kind=path.name)
        return None


def _is_understood(path: Path) -> bool:
    try:
        _parsed(json.loads(path.read_bytes()))
    except FileNotFoundError:
        # It was settled a moment ago.
        return True
    except _STRANGE:
        return False
    return True


def _parsed(said: Any) -> Kept:
    if said["v"] != _VERSION:
        raise ValueError("Another version.")
    what = Undelivered(
        UUID(said["leaf"]), OwnerId(UUID(said["owner"])), said["rcp"], said["pur"]
    )
    return Kept(what, UUID(said["note"]))
