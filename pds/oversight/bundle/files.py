"""Writes the files of a bundle into a folder; memory holds one line at a time."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from audit.canonical import canonical

_Row = dict[str, Any]


class Files:
    """The folder of a bundle that is being made.

    Args:
        folder: an empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, path: str, data: bytes) -> None:
        """Write a file."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def put_json(self, path: str, value: Any) -> None:
        """Write a value for people and programs, with sorted keys."""
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
        self.put(path, text.encode() + b"\n")

    def put_lines(self, path: str, rows: Iterable[_Row]) -> None:
        """Write one canonical JSON object a line, as they come."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            for row in rows:
                file.write(canonical(row) + b"\n")

    def listed(self) -> dict[str, tuple[int, str]]:
        """Return size and SHA-256 in hex of every file, by path."""
        found: dict[str, tuple[int, str]] = {}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    digest = file_digest(file, "sha256").hexdigest()
                name = path.relative_to(self.folder).as_posix()
                found[name] = (path.stat().st_size, digest)
        return found


def rfc3339(moment: datetime) -> str:
    """Write a moment in UTC with milliseconds."""
    written = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")
