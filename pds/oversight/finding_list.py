"""The list of findings among receipts that were sent back, for pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from pds.core.database import Snapshot
from pds.oversight.receipt_finding import Mismatch
from pds.oversight.tables import sent_receipt

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One receipt that did not hold when it came.

    Attributes:
        no: its number among all that was sent back.
        at: when it came.
        recipient_id: who sent it.
        finding: what is wrong.
        digest: names it in the log; hexadecimal.
    """

    no: int
    at: datetime
    recipient_id: str
    finding: Mismatch
    digest: str


@dataclass(frozen=True, slots=True)
class FindingPage:
    """Some findings, newest first.

    Attributes:
        findings: the findings.
        following: what the next page is before; None on the last one.
    """

    findings: list[Finding]
    following: int | None


def page(snap: Snapshot, before: int | None = None) -> FindingPage:
    """Return the newest findings, or those before a number."""
    kept = sent_receipt.c
    query = select(kept.no, kept.at, kept.recipient_id, kept.finding, kept.digest)
    query = query.where(kept.finding != "")
    if before is not None:
        query = query.where(kept.no < before)
    rows = snap.connection.execute(query.order_by(kept.no.desc()).limit(PAGE + 1))
    found = [
        Finding(no, at, recipient, Mismatch(finding), bytes(digest).hex())
        for no, at, recipient, finding, digest in rows
    ]
    shown = found[:PAGE]
    return FindingPage(shown, shown[-1].no if len(found) > PAGE else None)


def count(snap: Snapshot) -> int:
    """Return how many receipts were sent back, good ones included."""
    query = select(func.count()).select_from(sent_receipt)
    return int(snap.connection.execute(query).scalar_one())
