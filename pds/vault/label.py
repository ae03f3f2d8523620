"""The label that binds a record's clear columns to its sealed bytes.

Built again from the columns at each reading, so a record whose category, schema, days,
sensitivity or source was changed in the table does not open.
"""

from collections.abc import Callable, Sequence
from itertools import repeat
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception is spelled so

from pds.crypto.errors import EnvelopeError

_PLACE = ">16sQH"
_PLACE_SIZE = Struct(_PLACE).size
_COLUMNS = "HiiB16s"

_Known = tuple[Callable[..., bytes], int, bytes]
"""What packs the tails of a category, the length of its labels, its name."""


class Labels:
    """Builds the tails of additional data: object, version and label in one packing."""

    def __init__(self) -> None:
        self._structs: dict[str, _Known] = {}

    def tails(self, category: str, *columns: Sequence[object]) -> list[bytes]:
        """Return the tails of many records of one category.

        Args:
            category: of all of them.
            columns: record ids, versions, schemas, first days, last days,
                sensitivities and source ids, each a sequence of equal length.

        Raises:
            EnvelopeError: a column holds what no sealed record has.
        """
        ids, versions, *rest = columns
        try:
            pack, size, name = self._structs.get(category) or self._known(category)
            return list(map(pack, ids, versions, repeat(size), repeat(name), *rest))
        except (StructError, UnicodeEncodeError):
            raise EnvelopeError from None

    def label(
        self,
        category: str,
        schema: int,
        first_day: int,
        last_day: int,
        sensitivity: int,
        source_id: bytes,
    ) -> bytes:
        """Return the label alone, for sealing."""
        columns = (bytes(16), 1, schema, first_day, last_day, sensitivity, source_id)
        tails = self.tails(category, *([each] for each in columns))
        return tails[0][_PLACE_SIZE:]

    def _known(self, category: str) -> _Known:
        name = category.encode("ascii") + b"\0"
        packer = Struct(f"{_PLACE}{len(name)}s{_COLUMNS}")
        found = packer.pack, packer.size - _PLACE_SIZE, name
        self._structs[category] = found
        return found
