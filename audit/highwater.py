"""The high-water mark: how far the log had grown, kept beside the log's key.

It lies outside the data and its backups, so that a restored older database, or one
with its tail cut off, is noticed at the next start even when nobody outside holds a
receipt. It is written after a commit, at most once a second by its caller.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from audit.errors import VerificationError
from audit.head import Head
from audit.merkle import HASH_SIZE
from audit.store import root_at
from pds.core.errors import Unavailable

FILE = "log-highwater.json"


class LogRolledBack(Unavailable):
    """The database is shorter than, or another than, what was signed before."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The largest tree that this installation is known to have signed.

    Attributes:
        origin: name of the log.
        size: number of leaves.
        root: root of the tree, 32 bytes.
    """

    origin: str
    size: int
    root: bytes


def read_mark(folder: Path) -> Mark | None:
    """Return the mark, or None when there is none yet.

    Raises:
        LogRolledBack: the file is there but cannot be understood.
    """
    try:
        data = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None
    try:
        value = json.loads(data)
        size, root = value["size"], bytes.fromhex(value["root"])
        if type(size) is int and size >= 0 and len(root) == HASH_SIZE:
            return Mark(str(value["origin"]), size, root)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise LogRolledBack("log.mark-malformed", "The high-water mark cannot be read.")


def write_mark(folder: Path, mark: Mark) -> None:
    """Replace the mark in one step; it is on disk when this returns."""
    value = {"origin": mark.origin, "size": mark.size, "root": mark.root.hex()}
    fresh = folder / f"{FILE}.new"
    with fresh.open("w") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / FILE)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def raise_mark(folder: Path, mark: Mark) -> None:
    """Replace the mark, unless it is of the same log and as high already.

    Of several processes the one that stops last may have signed long before another.
    Call it where only one of them can, inside the transaction that publishes.
    """
    with suppress(LogRolledBack):
        present = read_mark(folder)
        if present is not None and _covers(present, mark):
            return
    write_mark(folder, mark)


def _covers(present: Mark, other: Mark) -> bool:
    return present.origin == other.origin and present.size >= other.size


def check_head(connection: Connection, head: Head) -> None:
    """Refuse a head that is not that of the stored tree.

    What were appended to it would be signed, and could not be told from a log that
    had rewritten itself.

    Raises:
        LogRolledBack: it is another one.
    """
    try:
        is_right = head.root() == root_at(connection, head.size)
    except VerificationError:
        is_right = False
    if not is_right:
        raise LogRolledBack(
            "log.inconsistent", "The head of the log is not that of its entries."
        )


def check_mark(connection: Connection, head: Head, mark: Mark | None) -> None:
    """Refuse a database that does not continue what the mark remembers.

    Raises:
        LogRolledBack: another origin, fewer leaves, or another tree at that size.
    """
    if mark is None:
        return
    if mark.origin != head.origin:
        raise LogRolledBack("log.other-origin", "The database holds another log.")
    if mark.size > head.size:
        raise LogRolledBack(
            "log.shorter",
            f"The database holds {head.size} entries of the log, {mark.size} were"
            " signed. Restore a newer copy; if there is none, see 'After a loss' in"
            " docs/operations.md.",
        )
    try:
        root = root_at(connection, mark.size)
    except VerificationError:
        root = b""
    if root != mark.root:
        raise LogRolledBack("log.inconsistent", "The database holds another tree.")
