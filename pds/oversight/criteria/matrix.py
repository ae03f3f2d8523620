"""The matrix itself: each criterion with its live evidence, document and status."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.oversight.bundle.files import rfc3339
from pds.oversight.criteria import documents
from pds.oversight.criteria.criterion import CURRENT, Criteria, Criterion, CriterionKind
from pds.oversight.criteria.documents import Document
from pds.oversight.criteria.finding import Evidence, Status, worst

Looks = Mapping[str, Callable[[Snapshot], Evidence]]
"""Functions that find evidence, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One criterion as it stands; `evidence` and `document` as far as it has them."""

    criterion: Criterion
    evidence: Evidence | None
    document: Document | None
    status: Status


def lines(snap: Snapshot, looks: Looks, criteria: Criteria = CURRENT) -> list[Line]:
    """Return every line; each function looks once, however many lines rest on it."""
    wanted = {e.evidence for e in criteria.all.values() if e.evidence is not None}
    seen = {name: looks[name](snap) for name in sorted(wanted)}
    kept = documents.latest(snap)
    return [
        _line(each, seen.get(each.evidence or ""), kept.get(each.id), snap.now)
        for each in criteria.all.values()
    ]


def line(snap: Snapshot, looks: Looks, criterion_id: str) -> Line:
    """Return one line.

    Raises:
        NotFound: `criterion.unknown`.
    """
    found = CURRENT.all.get(criterion_id)
    if found is None:
        raise NotFound("criterion.unknown", "There is no such criterion.")
    seen = None if found.evidence is None else looks[found.evidence](snap)
    kept = next(iter(documents.history(snap, criterion_id)), None)
    return _line(found, seen, kept, snap.now)


def tally(found: Iterable[Line]) -> Counter[Status]:
    """Count lines by status."""
    return Counter(each.status for each in found)


def written(each: Line) -> dict[str, Any]:
    """Return a line as JSON has it; a moment is RFC 3339 in UTC."""
    item, paper = each.criterion, each.document
    row: dict[str, Any] = {
        "id": item.id,
        "kind": item.kind.value,
        "status": each.status.value,
        "wording": {"tag": item.tag.value, "is_verified": item.is_verified},
        "words": dict(item.words),
        "control": list(item.control),
    }
    if item.why:
        row["why"] = dict(item.why)
    if each.evidence is not None:
        row["evidence"] = {
            "function": item.evidence,
            "status": each.evidence.status.value,
            "figures": {f.name: _plain(f.value) for f in each.evidence.figures},
        }
    if paper is not None:
        row["document"] = {
            "document_id": str(paper.document_id),
            "title": paper.title,
            "keeper": paper.keeper,
            "sha256": paper.digest.hex(),
            "valid_until": rfc3339(paper.valid_until),
        }
    return row


_COLUMNS = (
    "id",
    "status",
    "kind",
    "tag",
    "ja",
    "en",
    "control",
    "evidence",
    "figures",
    "document",
    "sha256",
    "keeper",
    "valid_until",
)


def as_csv(found: Iterable[Line]) -> bytes:
    """Return the matrix as CSV in UTF-8 with a mark at its beginning."""
    out = io.StringIO(newline="")
    out.write("\ufeff")
    table = csv.writer(out)
    table.writerow(_COLUMNS)
    table.writerows(map(_cells, found))
    return out.getvalue().encode()


def _cells(each: Line) -> tuple[str, ...]:
    item, paper = each.criterion, each.document
    figures = each.evidence.figures if each.evidence else ()
    about = (
        (paper.title, paper.digest.hex(), paper.keeper, rfc3339(paper.valid_until))
        if paper
        else ("", "", "", "")
    )
    return tuple(
        map(
            _harmless,
            (
                item.id,
                each.status.value,
                item.kind.value,
                item.tag.value,
                item.words["ja"],
                item.words["en"],
                " ".join(item.control),
                item.evidence or "",
                " ".join(f"{f.name}={_plain(f.value)}" for f in figures),
                *about,
            ),
        )
    )


def _harmless(text: str) -> str:
    # A spreadsheet would run what begins like this.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _line(
    item: Criterion,
    seen: Evidence | None,
    paper: Document | None,
    now: datetime,
) -> Line:
    return Line(
        criterion=item,
        evidence=seen,
        document=paper if item.needs_document else None,
        status=_status(item, seen, paper, now),
    )


def _status(
    item: Criterion, seen: Evidence | None, paper: Document | None, now: datetime
) -> Status:
    if item.kind is CriterionKind.NOT_APPLICABLE:
        return Status.NOT_APPLICABLE
    if item.kind is CriterionKind.NOT_BUILT:
        return Status.NOT_BUILT
    found = [] if seen is None else [seen.status]
    if item.needs_document:
        found.append(documents.status(paper, now))
    return worst(found)


def _plain(value: int | datetime | str | None) -> int | str:
    if isinstance(value, datetime):
        return rfc3339(value)
    return "" if value is None else value
