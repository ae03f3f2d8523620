"""Pages of queues that staff work off, by the place at which each page ends."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from flask import request

from pds.core.errors import Invalid, NotFound
from pds.core.queue import Place

T = TypeVar("T")

PAGE: Final = 50
"""Things of one page."""


def place() -> Place | None:
    """Return after which place the page begins that was asked for; None at the start.

    Raises:
        NotFound: `queue.place`; the address is none of ours.
    """
    text = request.args.get("after", "")
    try:
        return Place.parse(text) if text else None
    except Invalid as error:
        raise NotFound(error.code, str(error)) from None


def following(
    found: Sequence[T], where: Callable[[T], tuple[datetime, UUID]]
) -> str | None:
    """Return the place for the next page if more was found than a page shows."""
    return Place(*where(found[PAGE - 1])).text() if len(found) > PAGE else None
