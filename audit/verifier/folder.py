"""Reading an export folder, whatever it holds."""

import stat
from collections.abc import Iterator
from pathlib import Path

from audit.errors import VerificationError
from audit.tiles import WIDTH, tile_path, tiles
from audit.verifier.findings import Incomplete, Missing

_ENTRIES = "tile/entries"
_MAX_FILE = 1 << 25
_LENGTH = 2
_OF_DESKTOP = frozenset({"Thumbs.db", "desktop.ini"})


class ExportFolder:
    """The files of an export.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def vkey(self) -> str:
        """Return the verifier keys that the export itself names, one a line."""
        return self.text("vkey").strip()

    def checkpoint(self) -> str:
        """Return the latest signed checkpoint."""
        return self.text("checkpoint")

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, none if there is no such folder.

        What programs put there to show folders to people is no part of an export.
        """
        path = self._path / folder
        try:
            found = sorted(each.name for each in path.iterdir())
            return [each for each in found if not is_of_desktop(each)]
        except FileNotFoundError:
            return []
        except OSError:
            raise Incomplete(f"{folder} cannot be listed.") from None

    def entry_tiles(self, size: int) -> Iterator[tuple[int, list[bytes], str]]:
        """Yield the position of each tile's first leaf, its leaves, and a complaint.

        The complaint is about the leaf after those; it is empty when all are there. A
        tile that is taken out of an export is a complaint like a leaf cut out of one.

        Raises:
            Incomplete: no entries are there at all, or a tile cannot be read.
        """
        for number, width in tiles(size):
            name = tile_path("entries", number, width)
            try:
                data = self.read(name)
            except Missing:
                if not self.names(_ENTRIES):
                    raise
                yield number * WIDTH, [], f"It was signed, and {name} is missing."
                return
            yield number * WIDTH, *_split(data, width)

    def hashes(self, level: int, number: int, width: int) -> bytes:
        """Return one tile of hashes."""
        return self.read(tile_path(str(level), number, width))

    def text(self, name: str) -> str:
        """Return a file as text.

        Raises:
            VerificationError: it is not UTF-8, or too large.
            Incomplete: it is missing or no file.
        """
        try:
            return self.read(name).decode()
        except UnicodeDecodeError:
            raise VerificationError(f"{name} is not UTF-8.") from None

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            VerificationError: it is too large.
            Incomplete: it is missing or no file.
        """
        return read_file(self._path / name, name)


def is_of_desktop(name: str) -> bool:
    """Say whether a file is one that a desktop leaves behind where somebody looked."""
    return name.startswith(".") or name in _OF_DESKTOP


def read_file(path: Path, name: str) -> bytes:
    """Return the bytes of a file that somebody else may have put there.

    Raises:
        VerificationError: it is too large.
        Missing: it is not there, or is no file.
        Incomplete: it cannot be read.
    """
    try:
        found = path.stat()
        # Anything else might never end: a pipe, a device.
        if not stat.S_ISREG(found.st_mode):
            raise Missing(f"{name} is not a file.")
        if found.st_size > _MAX_FILE:
            raise VerificationError(f"{name} is too large.")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise Missing(f"{name} is missing or cannot be read.") from None
    except (OSError, ValueError):
        raise Incomplete(f"{name} is missing or cannot be read.") from None


def _split(data: bytes, width: int) -> tuple[list[bytes], str]:
    entries: list[bytes] = []
    at = 0
    while len(entries) < width:
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start])
        if at > len(data):
            return entries, "The entry tile is cut off here."
        entries.append(data[start:at])
    extra = "The entry tile holds more entries than it should."
    return entries, extra if at != len(data) else ""
