"""The ledger of requests for auditors: by pseudonym, times and outcome (C-05, A-12).

Nothing of what anybody wrote is in it. It is read by pages of the requests' ids, which
grow with time, so a page costs the same however long the ledger is.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, true

from audit.entry import Entry
from audit.leaf import EventType
from audit.pseudonyms import Pseudonyms
from audit.work import Work
from consent.policy import record_policy
from consent.receipt_record import rfc3339
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import uuid7
from pds.rights.desk import requests
from pds.rights.desk.requests import Request
from pds.rights.desk.tables import rights_request

COLUMNS: Final = (
    "request_id",
    "pseudonym",
    "kind",
    "channel",
    "agent_kind",
    "ground",
    "state",
    "source_answer",
    "outcome",
    "refusal",
    "received_at",
    "due_at",
    "forwarded_at",
    "answered_at",
    "closed_at",
    "is_overdue",
)
"""Columns of the file; times are RFC 3339 in UTC, and what is not there is empty."""
PAGE: Final = 50
MOST: Final = 2_000
"""Requests of one file, each of whose persons gets an entry."""
EXPORTED: Final = "right.exported"
"""The reason code of an auditor's look at the ledger."""
_c = rights_request.c


def page(snap: Snapshot, before: UUID | None, limit: int = PAGE) -> list[Request]:
    """Return requests, newest first, from the one before a request on."""
    which: ColumnElement[bool] = true() if before is None else _c.request_id < before
    return requests.listed(snap, which, _c.request_id.desc(), limit)


def take(
    work: Work,
    pseudonyms: Pseudonyms,
    since: datetime | None,
    until: datetime | None,
    *,
    actor: str,
) -> bytes:
    """Return the ledger of a period as CSV, once each look that it is was recorded.

    Args:
        work: the unit of work.
        pseudonyms: names persons for auditors.
        since: first moment; from the beginning if None.
        until: first moment that is too late; to the end if None.
        actor: who takes it.

    Raises:
        Invalid: `rights.period`; too many requests lie in it.
    """
    found = _between(work, since, until)
    rows = [_row(each, pseudonyms, work.now) for each in found]
    # Spreadsheets take UTF-8 for what it is only behind a byte order mark.
    content = "\ufeff".encode() + _lines([COLUMNS, *rows])
    about = f"sha256:{hashlib.sha256(content).hexdigest()}"
    record_policy(work, "rights.exported", actor=actor, about=about)
    for owner, count in Counter(each.owner for each in found).items():
        detail = {"actor": actor, "reasons": EXPORTED}
        kind = EventType.AUDITOR_VIEWED
        work.log.record(Entry(type=kind, subject=owner, count=count, detail=detail))
    return content


def _between(
    work: Work, since: datetime | None, until: datetime | None
) -> list[Request]:
    # An id begins with the moment of the request, so its index bounds the walk.
    bounds: list[ColumnElement[bool]] = [true()]
    if since is not None:
        bounds.append(_c.request_id >= uuid7(to_millis(since), bytes(10)))
    if until is not None:
        bounds.append(_c.request_id < uuid7(to_millis(until), bytes(10)))
    found = requests.listed(work, and_(*bounds), _c.request_id.desc(), MOST + 1)
    if len(found) > MOST:
        raise Invalid("rights.period", "Too many requests lie in this period.")
    return found


def _row(request: Request, pseudonyms: Pseudonyms, now: datetime) -> tuple[str, ...]:
    values = {
        "pseudonym": pseudonyms.of(request.owner),
        "is_overdue": str(request.is_overdue(now)).lower(),
    }
    own = (name for name in COLUMNS if name not in values)
    values |= {name: _cell(getattr(request, name)) for name in own}
    return tuple(values[name] for name in COLUMNS)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def _lines(rows: Sequence[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
