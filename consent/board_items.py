"""Things that the board decides on by their text: purposes, screens, rules, defaults.

Such a thing has no register of its own. Its definition, as canonical JSON, is hashed,
and the hash is part of the id that the board decides on. So a changed definition is
another thing, which no decision covers, without anybody having to raise a number; the
gate that asks needs the definition alone and no table. Every text that was ever live
is kept, which gives the editions of a thing and what changed between them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Row, insert, select, update

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent import board
from consent.board_tables import board_item
from consent.facts import BoardSubjectKind
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import NotFound

VERSION: Final = 1
"""Each text is an item of its own, so the board decides on its first version."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One text that needs a decision.

    Attributes:
        kind: what kind of thing it is.
        name: stable text id of the thing, the same in all its editions.
        title: what it is called, in `ja` and `en`.
        document: everything that the decision is about, as canonical JSON can say it.
    """

    kind: BoardSubjectKind
    name: str
    title: Mapping[str, str]
    document: Mapping[str, Any]

    @cached_property
    def written(self) -> bytes:
        """The document's canonical JSON, which is long for a screen."""
        return canonical(dict(self.document))

    @cached_property
    def subject_id(self) -> str:
        """The id that the board decides on: name and SHA-256 of the document."""
        digest = hashlib.sha256(self.written).hexdigest()
        return f"{self.name}@{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardItem:
    """One edition of a thing.

    Attributes:
        edition: 1 for the first text that was ever registered under the name.
        is_live: whether this text is what the software uses now.
    """

    kind: BoardSubjectKind
    subject_id: str
    name: str
    title: Mapping[str, str]
    document: Mapping[str, Any]
    edition: int
    is_live: bool
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One place in a document, as it was and as it is; empty where it is missing."""

    place: str
    before: str
    after: str


def register(work: Work, definition: Definition) -> str:
    """Enter one text, which is live from now on; return the id that is decided on.

    Earlier texts of the same name are live no more. The same text again changes
    nothing.
    """
    kind, name = definition.kind, definition.name
    known = {each.subject_id: each for each in editions(work, kind, name)}
    subject_id = definition.subject_id
    found = known.get(subject_id)
    if found is not None and found.is_live:
        return subject_id
    _retire(work, kind, name)
    if found is None:
        _add(work, definition, len(known) + 1)
    else:
        _set_live(work, kind, subject_id)
    record_policy(work, "board.item-registered", actor="bank", about=subject_id)
    return subject_id


def register_all(work: Work, definitions: Iterable[Definition]) -> None:
    """Enter all texts that the software uses; what it uses no more is live no more."""
    wanted = list(definitions)
    for definition in wanted:
        register(work, definition)
    names = {(each.kind, each.name) for each in wanted}
    kinds = {each.kind for each in wanted}
    for item in live(work):
        if item.kind in kinds and (item.kind, item.name) not in names:
            _retire(work, item.kind, item.name)


def lacking(snap: Snapshot, definitions: Iterable[Definition]) -> list[Definition]:
    """Return the definitions whose text is not registered as live."""
    there = {(item.kind, item.subject_id) for item in live(snap)}
    return [each for each in definitions if (each.kind, each.subject_id) not in there]


def require(snap: Snapshot, definition: Definition) -> None:
    """Refuse what the board has not approved in this very text (G-05).

    Raises:
        Conflict: `board.undecided`.
    """
    board.require(snap, definition.kind, definition.subject_id, VERSION)


def live(snap: Snapshot) -> list[BoardItem]:
    """Return every text that is live, by kind and name."""
    query = select(board_item).where(board_item.c.is_live)
    rows = snap.connection.execute(query.order_by(board_item.c.kind, board_item.c.name))
    return [_read(row) for row in rows]


def get(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> BoardItem:
    """Return one text; NotFound `board.nothing-to-decide` if it was never there."""
    query = select(board_item).where(
        board_item.c.kind == kind.value, board_item.c.subject_id == subject_id
    )
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("board.nothing-to-decide", "There is no such text.")
    return _read(row)


def editions(snap: Snapshot, kind: BoardSubjectKind, name: str) -> list[BoardItem]:
    """Return every text that a thing ever had, oldest first."""
    query = select(board_item).where(
        board_item.c.kind == kind.value, board_item.c.name == name
    )
    rows = snap.connection.execute(query.order_by(board_item.c.edition))
    return [_read(row) for row in rows]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what differs between two documents, place by place."""
    old, new = _flat(before), _flat(after)
    return [
        Change(place, old.get(place, ""), new.get(place, ""))
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    ]


def _flat(value: Any, place: str = "") -> dict[str, str]:
    if isinstance(value, Mapping):
        parts = [(str(name), part) for name, part in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(str(n), part) for n, part in enumerate(value, 1)]
    else:
        return {place: str(value)}
    found: dict[str, str] = {}
    for name, part in parts:
        found |= _flat(part, f"{place}.{name}" if place else name)
    return found


def _add(work: Work, definition: Definition, edition: int) -> None:
    row = {
        "kind": definition.kind.value,
        "subject_id": definition.subject_id,
        "name": definition.name,
        "edition": edition,
        "title_ja": definition.title["ja"],
        "title_en": definition.title["en"],
        "document": definition.written,
        "is_live": True,
        "registered_at": work.now,
    }
    work.connection.execute(insert(board_item).values(row))


def _retire(work: Work, kind: BoardSubjectKind, name: str) -> None:
    work.connection.execute(
        update(board_item)
        .where(board_item.c.kind == kind.value, board_item.c.name == name)
        .values(is_live=False)
    )


def _set_live(work: Work, kind: BoardSubjectKind, subject_id: str) -> None:
    work.connection.execute(
        update(board_item)
        .where(board_item.c.kind == kind.value, board_item.c.subject_id == subject_id)
        .values(is_live=True)
    )


def _read(row: Row[Any]) -> BoardItem:
    return BoardItem(
        kind=BoardSubjectKind(row.kind),
        subject_id=row.subject_id,
        name=row.name,
        title={"ja": row.title_ja, "en": row.title_en},
        document=parse_canonical(bytes(row.document)),
        edition=row.edition,
        is_live=row.is_live,
        registered_at=row.registered_at,
    )
