"""A ZIP file as a stream, with a manifest of everything in it.

Nothing is written to a disk: what has been compressed is handed on at once.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from audit.canonical import canonical
from pds.core.clock import TOKYO

CHUNK: Final = 1 << 20
"""Bytes of a chunk of the stream; the last one is shorter."""
MANIFEST: Final = "manifest.json"
_LEVEL: Final = 3
"""Records are small and alike; higher levels cost much and gain little."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the archive."""

    path: str
    sha256: str
    size: int


class _Sink(io.RawIOBase):
    """Takes what the ZIP writer writes until somebody fetches it."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self.waiting += len(part)
        return len(part)

    def take(self, size: int) -> bytes:
        """Return up to so many of the bytes that wait."""
        joined = b"".join(self._parts)
        self._parts = [joined[size:]]
        self.waiting = len(self._parts[0])
        return joined[:size]


class ArchiveWriter:
    """Writes files into a ZIP stream and remembers their digests.

    Args:
        at: the moment that stands beside each file.
    """

    def __init__(self, at: datetime) -> None:
        self._sink = _Sink()
        self._zip = ZipFile(self._sink, "w", ZIP_DEFLATED, compresslevel=_LEVEL)
        self._time = at.astimezone(TOKYO).timetuple()[:6]
        self.files: list[Written] = []

    def add(self, path: str, parts: Iterable[bytes]) -> Iterator[bytes]:
        """Write one file; yield each chunk of the stream that is full."""
        info = ZipInfo(path, self._time)
        info.compress_type = ZIP_DEFLATED
        digest, size = sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as member:
            for part in parts:
                member.write(part)
                digest.update(part)
                size += len(part)
                while self._sink.waiting >= CHUNK:
                    yield self._sink.take(CHUNK)
        self.files.append(Written(path, digest.hexdigest(), size))

    def manifest(self) -> bytes:
        """Return the manifest of the files so far."""
        listed = sorted(self.files, key=lambda each: each.path)
        rows = [{"path": f.path, "sha256": f.sha256, "size": f.size} for f in listed]
        return canonical({"files": rows, "v": 1})

    def close(self) -> Iterator[bytes]:
        """End the file; yield what is left of the stream."""
        self._zip.close()
        while self._sink.waiting:
            yield self._sink.take(CHUNK)
