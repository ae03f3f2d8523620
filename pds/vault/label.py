"""The label that binds a record's clear columns to its sealed bytes.

Built again from the columns at each reading, so a record whose category, schema, days,
sensitivity or source was changed in the table does not open.
"""

from collections.abc import Callable
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception is spelled so

from pds.crypto.errors import EnvelopeError

_PLACE = ">16sQH"
_COLUMNS = "HiiB16s"

Tail = Callable[..., bytes]


class Labels:
    """Builds the tails of additional data: object, version and label in one packing."""

    def __init__(self) -> None:
        self._structs: dict[str, tuple[Tail, int, bytes]] = {}

    def tail(
        self,
        record_id: bytes,
        version: int,
        category: str,
        schema: int,
        first_day: int,
        last_day: int,
        sensitivity: int,
        source_id: bytes,
    ) -> bytes:
        """Return record_id ‖ u64 version ‖ u16 length ‖ label.

        Raises:
            EnvelopeError: a column holds what no sealed record has.
        """
        try:
            pack, size, name = self._structs.get(category) or self._known(category)
            return pack(
                record_id,
                version,
                size,
                name,
                schema,
                first_day,
                last_day,
                sensitivity,
                source_id,
            )
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
        return self.tail(
            bytes(16), 1, category, schema, first_day, last_day, sensitivity, source_id
        )[Struct(_PLACE).size :]

    def _known(self, category: str) -> tuple[Tail, int, bytes]:
        name = category.encode("ascii") + b"\0"
        packer = Struct(f"{_PLACE}{len(name)}s{_COLUMNS}")
        found = packer.pack, packer.size - Struct(_PLACE).size, name
        self._structs[category] = found
        return found
