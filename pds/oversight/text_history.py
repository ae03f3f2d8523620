"""What a purpose or a category said over time, and what the board decided (D-08)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent import board, board_items
from consent.board import DecisionRecord
from consent.board_items import BoardItem, Change
from consent.board_vocabulary import CATEGORIES
from consent.facts import BoardSubjectKind
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.vocabulary.words import Words, read_words


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVersion:
    """One text of a purpose or a category.

    Attributes:
        no: 1 for the first text that was ever registered.
        registered_at: the day on which a release of the software brought it.
        is_live: whether this text is what the software uses now.
        words: name and explanation.
        changes: what differs from the text before it, place by place.
        decision: the last decision of the board about it; None before any.
    """

    no: int
    registered_at: datetime
    is_live: bool
    words: Words
    changes: tuple[Change, ...]
    decision: DecisionRecord | None


def of_purpose(snap: Snapshot, name: str) -> list[TextVersion]:
    """Return the texts of a purpose, newest first.

    Raises:
        NotFound: `vocabulary.unknown`; no text of this name was ever registered.
    """
    found = board_items.editions(snap, BoardSubjectKind.PURPOSE, name)
    return _told(snap, [(each, each.document) for each in found])


def of_category(snap: Snapshot, name: str) -> list[TextVersion]:
    """Return the texts of a category, newest first.

    Raises:
        NotFound: `vocabulary.unknown`; no text of this name was ever registered.
    """
    kind = BoardSubjectKind.VOCABULARY
    found = board_items.editions(snap, kind, CATEGORIES)
    return _told(snap, list(_parts(found, name)))


def _parts(
    found: Sequence[BoardItem], name: str
) -> Iterator[tuple[BoardItem, Mapping[str, Any]]]:
    """Yield each text of all categories that says something new of one of them."""
    last = None
    for item in found:
        part = next((x for x in item.document["categories"] if x["id"] == name), None)
        if part is not None and part != last:
            yield item, part
            last = part


def _told(
    snap: Snapshot, texts: Sequence[tuple[BoardItem, Mapping[str, Any]]]
) -> list[TextVersion]:
    if not texts:
        raise NotFound("vocabulary.unknown", "There is no such text.")
    live = max((n for n, (item, _) in enumerate(texts) if item.is_live), default=None)
    told = []
    for n, (item, document) in enumerate(texts):
        before = texts[n - 1][1] if n else None
        decisions = board.history(snap, item.kind, item.subject_id)
        version = TextVersion(
            no=n + 1,
            registered_at=item.registered_at,
            is_live=n == (len(texts) - 1 if live is None else live),
            words=read_words(document["words"]),
            changes=() if before is None else _changes(before, document),
            decision=decisions[0] if decisions else None,
        )
        told.append(version)
    return told[::-1]


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(board_items.changes(before, after))
