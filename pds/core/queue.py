"""Queues of what waits for somebody, oldest first, shown by pages.

A page begins after a place and not after a row, because whatever stood there may be
answered meanwhile. The place says no more than the row did that was shown.
"""

import re
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Column, ColumnElement, and_, or_

from pds.core.clock import from_millis, to_millis
from pds.core.errors import Invalid

_MILLIS = re.compile(r"[0-9]{1,14}\Z", re.ASCII)
"""Ends in the year 5138, far below what a moment can hold."""


class Place(NamedTuple):
    """Where something stands in a queue.

    Attributes:
        at: since when it waits.
        number: tells those of one moment apart.
    """

    at: datetime
    number: UUID

    def text(self) -> str:
        """Return it for an address."""
        return f"{to_millis(self.at)}.{self.number}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read it from an address.

        Raises:
            Invalid: `queue.place`; it is none of ours.
        """
        millis, _dot, number = text.partition(".")
        if not _MILLIS.match(millis):
            raise _unreadable()
        try:
            return cls(from_millis(int(millis)), UUID(number))
        except ValueError:
            raise _unreadable() from None


def _unreadable() -> Invalid:
    return Invalid("queue.place", "The place in the queue cannot be read.")


def is_after(
    place: Place | None, at: Column[Any], number: Column[Any]
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of what stands behind a place; none of the first page."""
    if place is None:
        return ()
    is_same = and_(at == place.at, number > place.number)
    # The first follows from the second, but it is this one that an index understands.
    return (at >= place.at, or_(at > place.at, is_same))
