"""Papers about recipients: evidence, scans of contracts, attestations.

They are the bank's own and sealed under its account key, with the label
`sys.recipient` (docs/formats/recipients.md). Text is searched for My Number and card
numbers; what stands inside a PDF or a picture cannot be read here.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select

from audit.work import Work
from consent.policy import record_policy
from consent.vetting.tables import recipient_paper
from pds.accounts import papers
from pds.accounts.papers import Paper
from pds.core import check_digits
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import BANK, RecipientId

LABEL: Final = b"sys.recipient"
LARGEST: Final = papers.LARGEST
"""Bytes of a paper."""

_TEXT: Final = "text/plain"
_paper = recipient_paper.c


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPaper:
    """What is known of a paper without opening it.

    Attributes:
        digest: SHA-256 of its bytes.
    """

    paper_id: UUID
    recipient_id: RecipientId
    media_type: str
    size: int
    digest: bytes
    kept_at: datetime


def read(content: bytes) -> Paper:
    """Look at what was brought: PDF, PNG, JPEG, or text in UTF-8.

    Raises:
        Invalid: `papers.form`; it is none of these, or larger than 5 MB.
            `papers.number`; a text holds a My Number or a card number.
    """
    try:
        return papers.read(content)
    except Invalid:
        text = _text(content)
    if text is None:
        raise Invalid("papers.form", "The paper is no PDF, PNG, JPEG or text of 5 MB.")
    refuse_numbers(text)
    return Paper(_TEXT, content)


def refuse_numbers(text: str) -> None:
    """Refuse a text that holds a My Number or a card number.

    Raises:
        Invalid: `papers.number`.
    """
    for run in check_digits.digit_runs(text):
        if check_digits.is_my_number(run) or check_digits.is_card_number(run):
            raise Invalid("papers.number", "The text holds a number that is refused.")


def keep(work: Work, recipient_id: RecipientId, paper: Paper) -> UUID:
    """Seal and keep a paper; return its id. Whoever asks for it records the act."""
    paper_id = work.ids.new()
    sealed = papers.seal(work, BANK, paper_id, LABEL, paper)
    work.connection.execute(
        insert(recipient_paper).values(
            recipient_id=recipient_id,
            paper_id=paper_id,
            media_type=paper.media_type,
            size=len(paper.content),
            digest=hashlib.sha256(paper.content).digest(),
            owner_id=BANK,
            generation=sealed["proof_generation"],
            envelope=sealed["proof"],
            kept_at=work.now,
        )
    )
    return paper_id


def get(snap: Snapshot, recipient_id: RecipientId, paper_id: UUID) -> KeptPaper:
    """Return what is known of a paper; NotFound `papers.unknown` if there is none."""
    found = of_recipient(snap, recipient_id).get(paper_id)
    if found is None:
        raise NotFound("papers.unknown", "There is no such paper.")
    return found


def of_recipient(snap: Snapshot, recipient_id: RecipientId) -> dict[UUID, KeptPaper]:
    """Return all papers about a recipient by their id, without opening them."""
    query = select(
        _paper.paper_id,
        _paper.recipient_id,
        _paper.media_type,
        _paper.size,
        _paper.digest,
        _paper.kept_at,
    ).where(_paper.recipient_id == recipient_id)
    rows = snap.connection.execute(query).mappings()
    return {
        row["paper_id"]: KeptPaper(**{**row, "digest": bytes(row["digest"])})
        for row in rows
    }


def look(work: Work, recipient_id: RecipientId, paper_id: UUID, *, actor: str) -> Paper:
    """Open a paper for one of the staff; the look is recorded.

    Raises:
        NotFound: `papers.unknown`.
    """
    query = select(_paper.media_type, _paper.generation, _paper.envelope).where(
        _paper.recipient_id == recipient_id, _paper.paper_id == paper_id
    )
    row = work.connection.execute(query).first()
    if row is None:
        raise NotFound("papers.unknown", "There is no such paper.")
    kept = (row.media_type, row.generation, bytes(row.envelope))
    record_policy(
        work,
        "paper.opened",
        actor=actor,
        recipient_id=recipient_id,
        about=str(paper_id),
    )
    return papers.unseal(work, BANK, paper_id, LABEL, kept)


def _text(content: bytes) -> str | None:
    """Return the text if it is one that can be read."""
    if not content or len(content) > LARGEST or b"\x00" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
