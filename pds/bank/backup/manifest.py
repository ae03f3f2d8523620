"""What a backup holds, as it says itself, and how that is held against a database."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from audit.head import read_head
from pds.bank import private_files
from pds.core.errors import Invalid

FILE: Final = "manifest.json"
FULL: Final = "infobank-backup/1"
STEP: Final = "infobank-backup-step/1"
DUMP: Final = "infobank-backup-postgres/1"
_FORMATS: Final = (FULL, STEP, DUMP)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds.

    Attributes:
        format: of a full copy, of a step after one, or of a dump of PostgreSQL.
        created_at: a moment right before the copy was begun, RFC 3339. Whatever was
            committed by then is in it; so may be what was committed until it began.
        sha256: digest of the database file, or of the dump, hex; of a step: of the
            database file that it leads to.
        bytes: its length.
        schema: step of its schema.
        origin: name of its log.
        size: entries of its log.
        root: root of its log, hex.
        keys: always `not included`.
    """

    format: str
    created_at: str
    sha256: str
    bytes: int
    schema: str
    origin: str
    size: int
    root: str
    keys: str = "not included"

    @property
    def moment(self) -> datetime:
        """When the copy was begun."""
        return datetime.fromisoformat(self.created_at)

    @classmethod
    def of(cls, kind: str, connection: Connection, file: Path, now: datetime) -> Self:
        """Describe a database and the file that holds it.

        Args:
            kind: the format.
            connection: on the database.
            file: the file that holds it.
            now: a moment before the copy was begun; it is cut, never rounded up, so
                that all that was committed by then is in the copy.
        """
        head = read_head(connection)
        return cls(
            format=kind,
            created_at=now.isoformat(timespec="milliseconds"),
            sha256=private_files.digest(file),
            bytes=file.stat().st_size,
            schema=_step(connection),
            origin=head.origin,
            size=head.size,
            root=head.root().hex(),
        )

    def check(self, connection: Connection) -> None:
        """Refuse a database that is not the one described.

        Raises:
            Invalid: `backup.changed`.
        """
        head = read_head(connection)
        found = (_step(connection), head.origin, head.size, head.root().hex())
        if found != (self.schema, self.origin, self.size, self.root):
            raise Invalid(
                "backup.changed", "The manifest does not describe its database."
            )

    def write(self, path: Path) -> None:
        """Write it beside what it describes."""
        private_files.write(path, json.dumps(asdict(self), indent=2) + "\n")


def read(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        Invalid: it is missing, unreadable, or of an unknown form.
    """
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**value)
        has_zone = manifest.moment.tzinfo is not None
    except (OSError, ValueError, TypeError, RecursionError):
        raise Invalid(
            "backup.no-manifest", f"{path.parent} holds no readable {path.name}."
        ) from None
    if manifest.format not in _FORMATS:
        raise Invalid("backup.format", "This program does not know the backup's form.")
    if not has_zone:
        raise Invalid("backup.no-manifest", f"{path.name} gives a time without a zone.")
    return manifest


def _step(connection: Connection) -> str:
    return str(MigrationContext.configure(connection).get_current_revision())
