"""What a witness remembers: one SQLite file, written through before any answer.

A witness that forgets may cosign two histories, so each change is one transaction that
reads, decides and writes, and it is on the disk before it returns.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock

from audit.checkpoint import Checkpoint
from audit.witness.decision import Refused, Seen

STATE_FILE = "witness.db"
_PATIENCE = 10.0
_MOST_REFUSED = 10_000
"""Refused checkpoints of one log that are kept; the oldest goes for the next."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS seen (
        origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
        note TEXT NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS refused (
        origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
        note TEXT NOT NULL, time INTEGER NOT NULL,
        PRIMARY KEY (origin, size, root)) STRICT""",
    """CREATE TABLE IF NOT EXISTS fork (
        origin TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL,
        cosigned TEXT NOT NULL, time INTEGER NOT NULL,
        PRIMARY KEY (origin, size)) STRICT""",
)


class WitnessState:
    """The newest cosigned checkpoint of each log, and the ones that were refused.

    Args:
        folder: where the file lies; made when absent.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        self._database = sqlite3.connect(
            folder / STATE_FILE,
            timeout=_PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        # EXTRA also writes the folder through when the journal is removed; with less,
        # a loss of power could bring back what was replaced.
        self._database.execute("PRAGMA journal_mode = DELETE")
        self._database.execute("PRAGMA synchronous = EXTRA")
        for statement in _TABLES:
            self._database.execute(statement)

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._database.close()

    def advance(
        self,
        checkpoint: Checkpoint,
        note: str,
        time: int,
        cosign: Callable[[Seen], tuple[str, str]],
    ) -> str:
        """Replace what was seen of a log, if the caller agrees; return its answer.

        Args:
            checkpoint: the new one.
            note: the same as it was signed, to be kept if it is refused.
            time: the present moment, in seconds.
            cosign: is told what was seen last, raises to refuse, and returns the
                note to remember and the answer.

        Raises:
            Exception: whatever the caller raised; what was seen is as before.
        """
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                answer = self._advance(checkpoint, note, time, cosign)
                self._database.execute("COMMIT")
            except BaseException as error:
                if self._database.in_transaction:
                    is_kept = isinstance(error, Refused)
                    self._database.execute("COMMIT" if is_kept else "ROLLBACK")
                raise
        return answer

    def _advance(
        self,
        checkpoint: Checkpoint,
        note: str,
        time: int,
        cosign: Callable[[Seen], tuple[str, str]],
    ) -> str:
        place = (checkpoint.origin, checkpoint.size, checkpoint.root)
        try:
            cosigned, answer = cosign(self._seen(checkpoint.origin))
        except Refused as refused:
            if refused.is_evidence:
                self._keep(checkpoint, note, time)
            raise
        run = self._database.execute
        run("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", (*place, cosigned))
        # Whoever sent it with a false proof has shown nothing against the log.
        run("DELETE FROM refused WHERE origin = ? AND size = ? AND root = ?", place)
        return answer

    def _keep(self, checkpoint: Checkpoint, note: str, time: int) -> None:
        origin, size, root = checkpoint.origin, checkpoint.size, checkpoint.root
        seen = self._seen(origin)
        if (seen.size, seen.root) == (size, root):
            return
        run = self._database.execute
        values = (origin, size, root, note, time)
        run("INSERT OR IGNORE INTO refused VALUES (?, ?, ?, ?, ?)", values)
        run(
            "DELETE FROM refused WHERE rowid IN (SELECT rowid FROM refused"
            " WHERE origin = ? ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            (origin, _MOST_REFUSED),
        )
        if seen.size == size:
            # Both are signed by the log: together they need no other proof.
            run(
                "INSERT OR IGNORE INTO fork SELECT ?, ?, ?, note, ? FROM seen"
                " WHERE origin = ?",
                (origin, size, note, time, origin),
            )

    def note(self, origin: str) -> str | None:
        """Return the newest cosigned checkpoint of a log."""
        return self._one("SELECT note FROM seen WHERE origin = ?", (origin,))

    def refused(self, origin: str) -> list[str]:
        """Return the checkpoints of a log that were refused, oldest first."""
        with self._lock:
            query = "SELECT note FROM refused WHERE origin = ? ORDER BY time, size"
            return [row[0] for row in self._database.execute(query, (origin,))]

    def forks(self, origin: str) -> list[tuple[str, str]]:
        """Return pairs of checkpoints of one size that a log has signed: refused, seen.

        They prove that it lied, and are kept for good.
        """
        with self._lock:
            query = "SELECT note, cosigned FROM fork WHERE origin = ? ORDER BY size"
            return list(self._database.execute(query, (origin,)))

    def _one(self, query: str, values: tuple[str, ...]) -> str | None:
        with self._lock, closing(self._database.execute(query, values)) as rows:
            found = rows.fetchone()
        return None if found is None else str(found[0])

    def _seen(self, origin: str) -> Seen:
        query = "SELECT size, root FROM seen WHERE origin = ?"
        row = self._database.execute(query, (origin,)).fetchone()
        return Seen() if row is None else Seen(row[0], bytes(row[1]))
