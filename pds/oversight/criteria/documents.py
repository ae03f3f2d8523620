"""Documents that show a criterion to be met: kept, replaced, opened (E-10).

They are the bank's own and sealed under its account key, with the label
`sys.criterion` (docs/formats/criteria.md). Rows are only added; the newest document of
a criterion counts until its day. Each act and each look is an entry of the log.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, insert, select

from audit.work import Work
from consent.policy import record_policy
from consent.vetting.papers import refuse_numbers
from pds.accounts import papers
from pds.accounts.papers import Paper
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import BANK
from pds.core.rules import rule_values
from pds.oversight.criteria import criterion
from pds.oversight.criteria.finding import Status
from pds.oversight.criteria.tables import criterion_document

LABEL: Final = b"sys.criterion"
CERTIFICATION: Final = "E-07"
"""The criterion whose document is the certificate of the service itself."""
REMIND: Final = timedelta(days=60)
"""How long before its end staff are reminded of a document."""
LONGEST: Final = 200
"""Characters of a title, and of who answers for it."""
_MOST: Final = 2_000
_TERM: Final = timedelta(days=366 * rule_values.settled("certification.term"))
"""How long a certification lasts at most; the last day counts in full."""

_c = criterion_document.c
_SHOWN: Final = tuple(
    column for column in _c if column.name not in ("owner_id", "generation", "envelope")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A document that somebody brings.

    Attributes:
        criterion_id: of the item that it shows.
        title: what it is; part of the evidence, so no secret.
        keeper: role or person who answers for it.
        valid_until: first moment at which it counts no more.
        paper: the document itself.
    """

    criterion_id: str
    title: str
    keeper: str
    valid_until: datetime
    paper: Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is known of a document without opening it; `digest` is of the clear."""

    document_id: UUID
    criterion_id: str
    title: str
    keeper: str
    media_type: str
    size: int
    digest: bytes
    valid_until: datetime
    kept_at: datetime
    kept_by: str

    def is_due(self, now: datetime) -> bool:
        """Say whether it ends soon or has ended."""
        return now >= self.valid_until - REMIND


def keep(work: Work, wish: Wish, *, actor: str) -> UUID:
    """Seal and keep a document; it replaces the last one of its criterion.

    Raises:
        NotFound: `criterion.unknown`; no document belongs to it.
        Invalid: `criterion.title`, `criterion.keeper` or `criterion.valid_until`; or
            `papers.number`, a My Number or a card number stands in the words.
    """
    item = criterion.CURRENT.all.get(wish.criterion_id)
    if item is None or not item.needs_document:
        raise NotFound("criterion.unknown", "No document belongs to this criterion.")
    _check(wish, work.now)
    document_id = work.ids.new()
    sealed = papers.seal(work, BANK, document_id, LABEL, wish.paper)
    work.connection.execute(
        insert(criterion_document).values(
            owner_id=BANK,
            document_id=document_id,
            criterion_id=wish.criterion_id,
            title=wish.title,
            keeper=wish.keeper,
            media_type=wish.paper.media_type,
            size=len(wish.paper.content),
            digest=hashlib.sha256(wish.paper.content).digest(),
            valid_until=wish.valid_until,
            kept_at=work.now,
            kept_by=actor,
            generation=sealed["proof_generation"],
            envelope=sealed["proof"],
        )
    )
    _record(work, "criterion-document.kept", document_id, actor)
    return document_id


def look(work: Work, document_id: UUID, *, actor: str) -> Paper:
    """Open a document for staff or an auditor; the look is recorded.

    Raises:
        NotFound: `papers.unknown`.
    """
    query = select(_c.media_type, _c.generation, _c.envelope).where(
        _c.owner_id == BANK, _c.document_id == document_id
    )
    row = work.connection.execute(query).first()
    if row is None:
        raise NotFound("papers.unknown", "There is no such document.")
    _record(work, "criterion-document.opened", document_id, actor)
    kept = (row.media_type, row.generation, bytes(row.envelope))
    return papers.unseal(work, BANK, document_id, LABEL, kept)


def latest(snap: Snapshot) -> Mapping[str, Document]:
    """Return the document that counts of each criterion that has one."""
    query = select(*_SHOWN).order_by(_c.kept_at.desc(), _c.document_id.desc())
    found: dict[str, Document] = {}
    for each in _read(snap, query.limit(_MOST)):
        found.setdefault(each.criterion_id, each)
    return found


def certification(snap: Snapshot) -> Document | None:
    """Return the certificate of the service while it is in date, else None (E-07).

    Its title is the kind and number of the certification.
    """
    newest = next(iter(history(snap, CERTIFICATION)), None)
    return newest if newest is not None and snap.now < newest.valid_until else None


def history(snap: Snapshot, criterion_id: str) -> list[Document]:
    """Return every document of a criterion, newest first."""
    query = select(*_SHOWN).where(_c.criterion_id == criterion_id)
    return _read(
        snap, query.order_by(_c.kept_at.desc(), _c.document_id.desc()).limit(_MOST)
    )


def status(found: Document | None, now: datetime) -> Status:
    """Return how a document stands: missing, in date, or past its day."""
    if found is None:
        return Status.OPEN
    return Status.MET if now < found.valid_until else Status.RED


def _check(wish: Wish, now: datetime) -> None:
    for name, text in (("title", wish.title), ("keeper", wish.keeper)):
        if not text.strip() or len(text) > LONGEST:
            raise Invalid(f"criterion.{name}", "The text is missing or too long.")
        refuse_numbers(text)
    if wish.criterion_id == CERTIFICATION and wish.valid_until > now + _TERM:
        raise Invalid("criterion.valid_until", "No certification lasts so long.")
    if wish.valid_until <= now:
        raise Invalid("criterion.valid_until", "The day is past.")


def _read(snap: Snapshot, query: Select[Any]) -> list[Document]:
    return [_document(row) for row in snap.connection.execute(query)]


def _document(row: Row[Any]) -> Document:
    values = dict(row._mapping)  # noqa: SLF001 - public in spite of its name
    return Document(**{**values, "digest": bytes(values["digest"])})


def _record(work: Work, action: str, document_id: UUID, actor: str) -> None:
    record_policy(work, action, actor=actor, about=str(document_id))
