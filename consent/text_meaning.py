"""What a changed text means: the same as one before, or something else (D-08).

The board says it with the approval. Where it does not, a changed text means something
else, and whoever agreed to the one before is asked anew. Where it does, with its
reasons, the text takes over the meaning of the one before, and consents go on. A later
decision about the same text says it again, one way or the other.

The categories are one text for the board; each of them has a meaning of its own, so
that a change of one stops no consent to another.
"""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select

from audit.work import Work
from consent import board, board_items, live_texts
from consent.board_decision import Decision
from consent.board_items import BoardItem
from consent.board_vocabulary import CATEGORIES
from consent.facts import BoardResult, BoardSubjectKind
from consent.text_tables import text_meaning
from consent.texts import sha256_of
from pds.core.database import Snapshot
from pds.core.errors import Invalid

_c = text_meaning.c
_APPROVING = (BoardResult.APPROVED, BoardResult.APPROVED_WITH_CONDITIONS)
Text = tuple[BoardSubjectKind, str, str]
"""Kind, name and SHA-256; the kind of a category is that of the vocabulary."""


def has_meaning(kind: BoardSubjectKind, name: str) -> bool:
    """Say whether consents name such a text: a purpose, or the categories."""
    is_purpose = kind is BoardSubjectKind.PURPOSE
    return is_purpose or (kind, name) == (BoardSubjectKind.VOCABULARY, CATEGORIES)


def before(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> BoardItem | None:
    """Return the text that was approved last before this one; None if there is none.

    What the board never approved was agreed to by nobody.
    """
    name = subject_id.rpartition("@")[0]
    if not has_meaning(kind, name):
        return None
    approved = [
        (record.decided_at, record.decision_id.bytes, item)
        for item in board_items.editions(snap, kind, name)
        if item.subject_id != subject_id
        for record in board.history(snap, kind, item.subject_id)
        if record.decision.result in _APPROVING
    ]
    return max(approved, key=lambda each: each[:2])[2] if approved else None


def said(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> str:
    """Return why consents go on, as the newest approval of a text says; else nothing.

    A stop or a rejection says nothing about the meaning. What was said of a text that
    is no more the one before is not said of the one that is.
    """
    known = before(snap, kind, subject_id)
    past = board.history(snap, kind, subject_id)
    last = next((x.decision for x in past if x.decision.result in _APPROVING), None)
    if last is None or known is None or last.continues != known.subject_id:
        return ""
    return last.continues_because


def check(snap: Snapshot, decision: Decision) -> None:
    """Refuse a decision that lets consents go on under what cannot carry them.

    Raises:
        Invalid: `board.continues`; it is no approval, gives no reason, or names a text
            that was not approved before this one.
    """
    if not decision.continues:
        if decision.continues_because:
            raise Invalid("board.continues", "It says why, and not that.")
        return
    known = before(snap, decision.kind, decision.subject_id)
    is_named = known is not None and known.subject_id == decision.continues
    is_given = decision.result in _APPROVING and decision.continues_because.strip()
    if not is_named or not is_given:
        raise Invalid("board.continues", "Consents cannot go on under this.")


def settle(work: Work, decision: Decision, decision_id: UUID) -> None:
    """Write down what the texts of an approval mean from now on."""
    if decision.result not in _APPROVING:
        return
    for text, old in list(_changed(work, decision)):
        kind, name, sha256 = text
        work.connection.execute(delete(text_meaning).where(*_is(text)))
        if not decision.continues:
            # Nor does it mean any more what a later one was found to mean with it.
            followers = (_c.kind == kind.value, _c.name == name, _c.meaning == sha256)
            work.connection.execute(delete(text_meaning).where(*followers))
        else:
            row = {
                "kind": kind.value,
                "name": name,
                "sha256": sha256,
                "meaning": meaning(work, (kind, name, old)),
                "decision_id": decision_id,
            }
            work.connection.execute(insert(text_meaning).values(row))


def meaning(snap: Snapshot, text: Text) -> str:
    """Return the SHA-256 of the first text that means what a text means."""
    found = snap.connection.execute(select(_c.meaning).where(*_is(text))).scalar()
    return text[2] if found is None else str(found)


def _changed(snap: Snapshot, decision: Decision) -> Iterator[tuple[Text, str]]:
    """Yield each text of a decision that is another than before, with that one."""
    kind, subject_id = decision.kind, decision.subject_id
    old = before(snap, kind, subject_id)
    if old is None:
        return
    if kind is BoardSubjectKind.PURPOSE:
        yield (kind, old.name, sha256_of(subject_id)), sha256_of(old.subject_id)
        return
    new = board_items.get(snap, kind, subject_id)
    now = live_texts.of_categories(subject_id, new.document)
    past = live_texts.of_categories(old.subject_id, old.document)
    for name, sha256 in now.items():
        if name in past and past[name] != sha256:
            yield (kind, name, sha256), past[name]


def _is(text: Text) -> tuple[ColumnElement[bool], ...]:
    kind, name, sha256 = text
    return (_c.kind == kind.value, _c.name == name, _c.sha256 == sha256)
