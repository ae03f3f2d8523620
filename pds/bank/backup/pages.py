"""Pages of a SQLite file: what changed between two states, and one state from many.

The form of a file of changes is in docs/formats/backup.md.
"""

import struct
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from pds.core.errors import Invalid

MAGIC: Final = b"infobank-pages/1\n"
_HEAD: Final = struct.Struct(">II")
_NUMBER: Final = struct.Struct(">I")
_SIZE_AT, _HUGE = 16, 65_536
_SIZES: Final = frozenset(1 << power for power in range(9, 17))
_MOST_OPEN: Final = 64
"""Files of a state that are open at once: steps may be thousands, and a process may
often have no more than 1,024."""


class Pages:
    """One state of a database file: a full copy under files of changes.

    Args:
        base: the full copy.
        changes: files of changes, oldest first.
    """

    def __init__(self, base: Path, changes: Sequence[Path]) -> None:
        self._files = _Files()
        self._places: dict[int, tuple[Path, int]] = {}
        self._base = base
        try:
            self.size = _page_size(self._files.opened(base))
            self.count = base.stat().st_size // self.size
            for path in changes:
                self._add(path)
        except BaseException:
            self._files.close()
            raise

    def __enter__(self) -> Self:
        """Let files be open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the files go."""
        self._files.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yield every page in order.

        Raises:
            Invalid: a page is missing.
        """
        for number in range(self.count):
            yield self.page(number)

    def page(self, number: int) -> bytes:
        """Return a page, the first being 0.

        Raises:
            Invalid: it is missing.
        """
        path, place = self._places.get(number, (self._base, number * self.size))
        file = self._files.opened(path)
        file.seek(place)
        found = file.read(self.size)
        if len(found) != self.size:
            raise Invalid("backup.changed", f"Page {number} is missing.")
        return found

    def _add(self, path: Path) -> None:
        """Lay a file of changes over what is there."""
        file = self._files.opened(path)
        head = file.read(len(MAGIC) + _HEAD.size)
        left = path.stat().st_size - len(head)
        each = _NUMBER.size + self.size
        if not head.startswith(MAGIC) or len(head) != len(MAGIC) + _HEAD.size:
            raise _changed(path)
        size, self.count = _HEAD.unpack_from(head, len(MAGIC))
        if size != self.size or left % each:
            raise _changed(path)
        for start in range(len(head), len(head) + left, each):
            file.seek(start)
            (number,) = _NUMBER.unpack(file.read(_NUMBER.size))
            self._places[number] = path, start + _NUMBER.size


class _Files:
    """Files to read from, of which only those used last are open."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, BinaryIO] = OrderedDict()

    def opened(self, path: Path) -> BinaryIO:
        """Return a file, at whatever place it was read last."""
        file = self._open.get(path)
        if file is None:
            file = self._open[path] = path.open("rb")
        self._open.move_to_end(path)
        if len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        return file

    def close(self) -> None:
        """Let all of them go."""
        while self._open:
            self._open.popitem()[1].close()


def write_changes(before: Pages, after: Path, out: BinaryIO) -> None:
    """Write the pages of a database file that are new since a state.

    Raises:
        Invalid: the two have pages of different sizes.
    """
    with Pages(after, ()) as now:
        if now.size != before.size:
            raise Invalid(
                "backup.page-size", "The size of pages changed; begin a new folder."
            )
        out.write(MAGIC + _HEAD.pack(now.size, now.count))
        for number, page in enumerate(now):
            if number >= before.count or page != before.page(number):
                out.write(_NUMBER.pack(number) + page)


def _page_size(file: BinaryIO) -> int:
    file.seek(_SIZE_AT)
    said = int.from_bytes(file.read(2))
    size = _HUGE if said == 1 else said
    if size not in _SIZES:
        raise Invalid("backup.changed", "The full copy is no SQLite database.")
    return size


def _changed(path: Path) -> Invalid:
    return Invalid("backup.changed", f"{path.name} is not a file of changes.")
