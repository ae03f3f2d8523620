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
from audit.witness.decision import Seen

STATE_FILE = "witness.db"
_PATIENCE = 10.0
_MOST_REFUSED = 10_000
_TABLES = (
    """CREATE TABLE IF NOT EXISTS seen (
        origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
        note TEXT NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS refused (
        origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
        note TEXT NOT NULL, time INTEGER NOT NULL,
        PRIMARY KEY (origin, size, root)) STRICT""",
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
        self, checkpoint: Checkpoint, cosign: Callable[[Seen], tuple[str, str]]
    ) -> str:
        """Replace what was seen of a log, if the caller agrees; return its answer.

        Args:
            checkpoint: the new one.
            cosign: is told what was seen last, raises to refuse, and returns the
                note to remember and the answer.

        Raises:
            Exception: whatever the caller raised; nothing was changed.
        """
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                note, answer = cosign(self._seen(checkpoint.origin))
                self._database.execute(
                    "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)",
                    (checkpoint.origin, checkpoint.size, checkpoint.root, note),
                )
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        return answer

    def refuse(self, checkpoint: Checkpoint, note: str, time: int) -> None:
        """Keep a signed checkpoint that does not continue what was seen (evidence)."""
        with self._lock:
            self._database.execute(
                "INSERT OR IGNORE INTO refused SELECT ?, ?, ?, ?, ?"
                " WHERE (SELECT count(*) FROM refused WHERE origin = ?) < ?",
                (
                    checkpoint.origin,
                    checkpoint.size,
                    checkpoint.root,
                    note,
                    time,
                    checkpoint.origin,
                    _MOST_REFUSED,
                ),
            )

    def note(self, origin: str) -> str | None:
        """Return the newest cosigned checkpoint of a log."""
        return self._one("SELECT note FROM seen WHERE origin = ?", (origin,))

    def refused(self, origin: str) -> list[str]:
        """Return the checkpoints of a log that were refused, oldest first."""
        with self._lock:
            query = "SELECT note FROM refused WHERE origin = ? ORDER BY time, size"
            return [row[0] for row in self._database.execute(query, (origin,))]

    def _one(self, query: str, values: tuple[str, ...]) -> str | None:
        with self._lock, closing(self._database.execute(query, values)) as rows:
            found = rows.fetchone()
        return None if found is None else str(found[0])

    def _seen(self, origin: str) -> Seen:
        query = "SELECT size, root FROM seen WHERE origin = ?"
        row = self._database.execute(query, (origin,)).fetchone()
        return Seen() if row is None else Seen(row[0], bytes(row[1]))
