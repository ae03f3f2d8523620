"""The terms of the mandate (委任, D-01): versions with text, hash and notice ahead.

A version is drafted by the operator, decided by the ethics board, then published with
the day from which it is in force; later versions are published `notice_days` before
(C-11, N-13). Its bytes never change, so an acceptance points at exactly what was read::

    drafted ─the board approves─► drafted ─published─► waits ─its day comes─► in force

A text is plain lines; a line that begins with `# ` is a heading. Both languages say the
same and have the same number of headings.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent import board, rounds
from consent.facts import BoardSubjectKind
from consent.mandate_tables import mandate_terms
from consent.policy import record_policy
from pds.core.clock import TOKYO, start_of
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.vocabulary.words import LANGUAGES

LONGEST: Final = 40_000
"""Characters of a text in one language."""
_HEADING: Final = "# "
_VERSION: Final = 1
_c = mandate_terms.c


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, paragraph by paragraph."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateText:
    """What a version says, by language.

    Attributes:
        text: the whole text in `ja` and `en`.
        changes: what is different from the version before; empty for the first.
    """

    text: Mapping[str, str]
    changes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateTerms:
    """One version of the terms.

    Attributes:
        hash: SHA-256 of the canonical bytes, 32 bytes.
        published_at: when persons were told; None for a draft.
        in_force_at: first moment of the day from which it holds; None for a draft.
    """

    version: int
    said: MandateText
    hash: bytes
    drafted_at: datetime
    published_at: datetime | None
    in_force_at: datetime | None

    def is_in_force(self, now: datetime) -> bool:
        """Say whether its day has come."""
        return self.in_force_at is not None and now >= self.in_force_at

    def sections(self, language: str) -> list[Section]:
        """Return the text in `ja` or `en`, section by section."""
        return _sections(self.said.text[language])


def suggested() -> MandateText:
    """Return the text that an operator may begin with (N-14)."""
    read = files("consent").joinpath("mandate.json").read_text(encoding="utf-8")
    return MandateText(text=json.loads(read), changes=dict.fromkeys(LANGUAGES, ""))


def draft(work: Work, said: MandateText, *, actor: str) -> int:
    """Enter the next version and return its number; nobody is told of it yet.

    Raises:
        Invalid: `mandate.text` (empty, too long, no headings, or languages that differ
            in their number), or `mandate.changes` (a later version says what changes).
        Conflict: `mandate.waiting`; the last version is not in force yet.
    """
    last = newest(work)
    if last is not None and not last.is_in_force(work.now):
        raise Conflict("mandate.waiting", "The last version is not in force yet.")
    version = 1 if last is None else last.version + 1
    _check(said, is_first=last is None)
    body = encode(version, said)
    work.connection.execute(
        insert(mandate_terms).values(
            version=version,
            body=body,
            hash=hashlib.sha256(body).digest(),
            drafted_by=actor,
            drafted_at=work.now,
        )
    )
    record_policy(work, "mandate-terms.drafted", actor=actor, about=str(version))
    return version


def encode(version: int, said: MandateText) -> bytes:
    """Return the canonical bytes of a version, which never change."""
    return canonical(
        {
            "v": _VERSION,
            "type": "mandate_terms",
            "version": version,
            "text": dict(said.text),
            "changes": dict(said.changes),
        }
    )


def publish(
    work: Work, version: int, in_force_on: date, *, notice_days: int, actor: str
) -> None:
    """Tell persons of a version, and from which day it is in force.

    Args:
        work: the unit of work.
        version: a draft that the board has approved.
        in_force_on: the day, in Asia/Tokyo.
        notice_days: least days between today and the day, for later versions.
        actor: who publishes it.

    Raises:
        NotFound: `mandate.unknown`.
        Conflict: `mandate.published` already, or `board.undecided`.
        Invalid: `mandate.in-force-on`; the day is past or too near.
    """
    found = get(work, version)
    if found.published_at is not None:
        raise Conflict("mandate.published", "The version is published already.")
    board.require(work, BoardSubjectKind.MANDATE_TERMS, str(version), version)
    today = work.now.astimezone(TOKYO).date()
    least = today + timedelta(days=0 if version == 1 else notice_days)
    if in_force_on < least:
        raise Invalid("mandate.in-force-on", "The day is too near.")
    begins = start_of(in_force_on)
    work.connection.execute(
        update(mandate_terms)
        .where(_c.version == version)
        .values(published_at=work.now, in_force_at=max(begins, work.now))
    )
    record_policy(work, "mandate-terms.published", actor=actor, about=str(version))
    rounds.of_terms(work, begins)


def drop(work: Work, version: int, *, actor: str) -> None:
    """Take back a draft that was never published, such as one the board rejected.

    Raises:
        NotFound: `mandate.unknown`.
        Conflict: `mandate.published`.
    """
    if get(work, version).published_at is not None:
        raise Conflict("mandate.published", "The version is published already.")
    work.connection.execute(delete(mandate_terms).where(_c.version == version))
    record_policy(work, "mandate-terms.dropped", actor=actor, about=str(version))


def get(snap: Snapshot, version: int) -> MandateTerms:
    """Return a version; NotFound `mandate.unknown` if there is none."""
    row = snap.connection.execute(
        select(mandate_terms).where(_c.version == version)
    ).first()
    if row is None:
        raise NotFound("mandate.unknown", "There is no such version of the terms.")
    return _read(row)


def every(snap: Snapshot) -> list[MandateTerms]:
    """Return all versions, drafts too, newest first."""
    query = select(mandate_terms).order_by(_c.version.desc())
    return [_read(row) for row in snap.connection.execute(query).all()]


def open_versions(snap: Snapshot) -> list[MandateTerms]:
    """Return what the board looks at: what is in force or may come into force."""
    present = in_force(snap)
    least = present.version if present else 1
    return [each for each in every(snap) if each.version >= least]


def newest(snap: Snapshot) -> MandateTerms | None:
    """Return the newest version, which may be a draft."""
    last = select(func.max(_c.version)).scalar_subquery()
    row = snap.connection.execute(
        select(mandate_terms).where(_c.version == last)
    ).first()
    return None if row is None else _read(row)


def in_force(snap: Snapshot) -> MandateTerms | None:
    """Return the version that is in force now, if there is one."""
    return _last(snap, _c.in_force_at <= snap.now)


def coming(snap: Snapshot) -> MandateTerms | None:
    """Return the published version whose day is still to come, if there is one."""
    return _last(snap, _c.in_force_at > snap.now)


def is_approved(snap: Snapshot, version: int) -> bool:
    """Say whether the board's decision about a version is in force now (G-05)."""
    decided = board.current(
        snap, BoardSubjectKind.MANDATE_TERMS, str(version), version=version
    )
    return board.is_in_force(decided, snap.now)


class Change(StrEnum):
    """What became of a line between two versions."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


def difference(before: str, after: str) -> list[tuple[Change, str]]:
    """Compare two texts line by line, removed lines before those in their place."""
    old, new = _lines(before), _lines(after)
    found: list[tuple[Change, str]] = []
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag == "equal":
            found.extend((Change.SAME, line) for line in old[a_from:a_to])
            continue
        found.extend((Change.REMOVED, line) for line in old[a_from:a_to])
        found.extend((Change.ADDED, line) for line in new[b_from:b_to])
    return found


def _last(snap: Snapshot, which: Any) -> MandateTerms | None:
    row = snap.connection.execute(
        select(mandate_terms).where(which).order_by(_c.version.desc()).limit(1)
    ).first()
    return None if row is None else _read(row)


def _check(said: MandateText, *, is_first: bool) -> None:
    texts = [said.text[language] for language in LANGUAGES]
    if not all(0 < len(text.strip()) <= LONGEST for text in texts):
        raise Invalid("mandate.text", "The text is empty or too long.")
    if len({len(_sections(text)) for text in texts}) != 1 or not all(
        text.startswith(_HEADING) for text in texts
    ):
        raise Invalid("mandate.text", "The languages differ in their headings.")
    changes = [said.changes[language].strip() for language in LANGUAGES]
    if not is_first and not all(0 < len(text) <= LONGEST for text in changes):
        raise Invalid("mandate.changes", "A later version says what changes.")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _sections(text: str) -> list[Section]:
    found: list[tuple[str, list[str]]] = []
    for line in _lines(text):
        if line.startswith(_HEADING):
            found.append((line.removeprefix(_HEADING).strip(), []))
        elif found:
            found[-1][1].append(line)
    return [Section(heading, tuple(lines)) for heading, lines in found]


def _read(row: Row[Any]) -> MandateTerms:
    body = bytes(row.body)
    read = parse_canonical(body)
    return MandateTerms(
        version=row.version,
        said=MandateText(text=read["text"], changes=read["changes"]),
        hash=bytes(row.hash),
        drafted_at=row.drafted_at,
        published_at=row.published_at,
        in_force_at=row.in_force_at,
    )
