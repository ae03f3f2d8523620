"""The ledger of erasures, beside the log's key and outside the data and its backups.

A copy of the database that is put back knows nothing of what was erased since. The
ledger does, without saying who it was; see `docs/formats/erasure.md` section 2.
"""

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from audit.canonical import canonical
from pds.core.clock import to_millis
from pds.core.errors import Unavailable
from pds.core.ids import OwnerId

FILE: Final = "erasures.jsonl"
_PREFIX: Final = b"ib1/erased\0"


@dataclass(frozen=True, slots=True)
class Line:
    """One erased account."""

    mark: bytes
    certificate_id: UUID


def mark(owner: OwnerId) -> bytes:
    """Return by what an owner is recognised in the ledger; 32 bytes."""
    return sha256(_PREFIX + owner.bytes).digest()


def write(folder: Path, owner: OwnerId, certificate_id: UUID, at: datetime) -> None:
    """Add a line, unless it is there; it is on the disk when this returns.

    A last line that a kill or a full disk left torn is cut: this call had not returned
    for it, so its erasure is not finished and writes it again.

    Raises:
        Unavailable: `erasure.ledger`; the file is there but cannot be understood.
        OSError: the disk is full, or away.
    """
    said = {
        "certificate": str(certificate_id),
        "erased_at": to_millis(at),
        "mark": mark(owner).hex(),
    }
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    with os.fdopen(os.open(folder / FILE, flags, 0o600), "a+b") as file:
        # Another process may write its own line now.
        fcntl.flock(file, fcntl.LOCK_EX)
        _mend(file)
        if all(line.certificate_id != certificate_id for line in read(folder)):
            file.write(canonical(said) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _keep_name(folder)


def _mend(file: BinaryIO) -> None:
    """End the last line, or cut it where only a part of it was written."""
    file.seek(0)
    whole, _end, tail = file.read().rpartition(b"\n")
    if not tail:
        return
    try:
        _line(tail.decode("ascii"))
    except (ValueError, KeyError, TypeError, RecursionError):
        file.truncate(len(whole) + len(_end))
    else:
        file.write(b"\n")
        file.flush()


def _keep_name(folder: Path) -> None:
    """Put the folder on the disk, too, or a new file could be lost with its name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder: Path) -> list[Line]:
    """Return every line.

    Raises:
        Unavailable: `erasure.ledger`; the file is there but cannot be understood.
    """
    try:
        text = (folder / FILE).read_text(encoding="ascii")
        return [_line(line) for line in text.splitlines()]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unavailable(
            "erasure.ledger", f"The ledger of erasures, {FILE}, cannot be read."
        ) from None


def _line(text: str) -> Line:
    value = json.loads(text)
    found = Line(bytes.fromhex(value["mark"]), UUID(value["certificate"]))
    if len(found.mark) != sha256().digest_size:
        raise ValueError("A mark has 32 bytes.")
    return found
