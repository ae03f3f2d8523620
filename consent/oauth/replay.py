"""Spending a one-time mark: an assertion's or a proof's `jti`, once, on all workers.

One row per mark in a shared table; two who spend the same mark at once meet at the
primary key. A row lives until the thing it stands for could no longer be accepted.
The keys' bytes are fixed in `docs/formats/oauth.md` section 4.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, exists, insert
from sqlalchemy.dialects import postgresql, sqlite

from audit.work import Work
from consent.oauth.tables import replay
from pds.core.clock import to_millis
from pds.core.database import Prepared, is_sqlite
from pds.core.unwritten import Unwritten


class MarkKind(StrEnum):
    """What a mark stands for."""

    ASSERTION = "assertion"
    PROOF = "proof"
    VIEW = "view"


@dataclass(frozen=True)
class Mark:
    """Something that may be presented once.

    Attributes:
        kind: what it stands for, so that a refusal can say which was presented again.
        key: 32 bytes that name it.
        expires_at: when what it stands for is refused for its age anyway.
    """

    kind: MarkKind
    key: bytes
    expires_at: datetime


def proof_mark(thumbprint: bytes, jti: str, expires_at: datetime) -> Mark:
    """Return the mark of a DPoP proof: SHA-256(jkt ‖ 0x00 ‖ jti)."""
    key = hashlib.sha256(thumbprint + b"\0" + jti.encode()).digest()
    return Mark(MarkKind.PROOF, key, expires_at)


def assertion_mark(client_id: str, jti: str, expires_at: datetime) -> Mark:
    """Return the mark of a client assertion, apart from all proofs' marks."""
    named = b"client_assertion\0" + client_id.encode() + b"\0" + jti.encode()
    return Mark(MarkKind.ASSERTION, hashlib.sha256(named).digest(), expires_at)


def view_mark(link_hash: bytes, expires_at: datetime) -> Mark:
    """Return the mark of a link that opens once, apart from all others' marks."""
    key = hashlib.sha256(b"view_link\0" + link_hash).digest()
    return Mark(MarkKind.VIEW, key, expires_at)


def _insert(dialect: Any) -> Prepared:
    return Prepared(
        dialect.insert(replay)
        .values(key=bindparam("key"), expires_at=bindparam("expires_at"))
        .on_conflict_do_nothing(index_elements=[replay.c.key])
    )


_SQLITE, _POSTGRESQL = _insert(sqlite), _insert(postgresql)


KEEP = Prepared(
    insert(replay).values(key=bindparam("key"), expires_at=bindparam("expires_at"))
)
"""Keeps a mark that is known not to have been spent: key, end."""
IS_SPENT = exists().where(replay.c.key == bindparam("mark"))
"""Whether a mark was spent, for statements that read it beside other things."""


def spend_later(unwritten: Unwritten, mark: Mark) -> None:
    """Spend a mark together with those of others; `is_spent` was asked before."""
    unwritten.put(KEEP, mark.key, (mark.key, to_millis(mark.expires_at)))


def is_spent(unwritten: Unwritten, mark: Mark, *, kept: bool) -> bool:
    """Say whether a mark was spent, by the database or by what waits to be written.

    Args:
        unwritten: rows of this transaction that wait.
        mark: the mark.
        kept: what `IS_SPENT` said.
    """
    return kept or unwritten.get(KEEP, mark.key) is not None


def spend(work: Work, mark: Mark) -> bool:
    """Spend a mark in this unit of work; False says that it was spent before."""
    prepared = _SQLITE if is_sqlite(work.connection) else _POSTGRESQL
    cursor = prepared.run(
        work.connection, key=mark.key, expires_at=to_millis(mark.expires_at)
    )
    return bool(cursor.rowcount == 1)


def spend_all(work: Work, marks: Iterable[Mark]) -> Mark | None:
    """Spend all marks; return the first that was spent before, None if none was."""
    spent_before = [mark for mark in marks if not spend(work, mark)]
    return spent_before[0] if spent_before else None
