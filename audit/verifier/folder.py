"""Reading an export folder."""

from collections.abc import Iterator
from pathlib import Path

from audit.errors import VerificationError
from audit.tiles import decode_entries, tile_path, tiles
from audit.verifier.findings import BadEntry, Incomplete

_MAX_FILE = 1 << 25


class ExportFolder:
    """The files of an export.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def vkey(self) -> str:
        """Return the verifier key that the export itself names."""
        return self._text("vkey").strip()

    def checkpoint(self) -> str:
        """Return the latest signed checkpoint."""
        return self._text("checkpoint")

    def checkpoints(self) -> dict[str, str]:
        """Return every published checkpoint under its file's name."""
        folder = self._path / "checkpoints"
        if not folder.is_dir():
            return {}
        names = sorted(each.name for each in folder.iterdir())
        return {name: self._text(f"checkpoints/{name}") for name in names}

    def entries(self, size: int) -> Iterator[tuple[int, bytes]]:
        """Yield each leaf with its position."""
        for number, width in tiles(size):
            data = self._read(tile_path("entries", number, width))
            start = number * 256
            try:
                found = decode_entries(data, width)
            except VerificationError as error:
                raise BadEntry(start, str(error)) from None
            yield from enumerate(found, start)

    def hashes(self, level: int, number: int, width: int) -> bytes:
        """Return one tile of hashes."""
        return self._read(tile_path(str(level), number, width))

    def _text(self, name: str) -> str:
        try:
            return self._read(name).decode()
        except UnicodeDecodeError:
            raise VerificationError(f"{name} is not UTF-8.") from None

    def _read(self, name: str) -> bytes:
        path = self._path / name
        try:
            if path.stat().st_size > _MAX_FILE:
                raise VerificationError(f"{name} is too large.")
            return path.read_bytes()
        except OSError:
            raise Incomplete(f"{name} is missing or cannot be read.") from None
