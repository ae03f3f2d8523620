"""Transparency reports as they were published: signed once, kept, checked anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import insert, select

from audit import store
from audit.canonical import canonical, parse_canonical
from audit.errors import VerificationError
from audit.work import Work
from consent.policy import record_policy
from pds.bank.transparency import report
from pds.core.clock import TOKYO, from_millis, month_after
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.crypto.statement import StatementKey, open_statement
from pds.oversight.log_search import readable
from pds.oversight.public_tables import transparency_report

TYP: Final = "transparency-report+jwt"
_c = transparency_report.c


@dataclass(frozen=True, slots=True)
class Checked:
    """What counting anew has found.

    Attributes:
        body: what the report says.
        differing: sections that are counted otherwise today; none if it holds.
    """

    body: Mapping[str, Any]
    differing: list[str]


def find(snap: Snapshot, first: date) -> str:
    """Return the signed report of a month.

    Raises:
        NotFound: `report.unknown`; none was made.
    """
    query = select(_c.statement).where(_c.month == number(first))
    found: str | None = snap.connection.scalar(query)
    if found is None:
        raise NotFound("report.unknown", "There is no report of this month.")
    return found


def months(snap: Snapshot) -> list[date]:
    """Return the months that have a report, newest first."""
    query = select(_c.month).order_by(_c.month.desc())
    return [date(each // 100, each % 100, 1) for each in snap.connection.scalars(query)]


def missing(snap: Snapshot, last: date) -> list[date]:
    """Return the months from the first entry of the log on that lack a report."""
    begun = _begun(snap)
    if begun is None:
        return []
    made, found, each = set(months(snap)), list[date](), begun
    while each <= last:
        if each not in made:
            found.append(each)
        each = month_after(each)
    return found


def keep(work: Work, first: date, body: Mapping[str, Any], key: StatementKey) -> bool:
    """Sign and keep the report of a month; once, False if it is there."""
    if first in months(work):
        return False
    statement = key.sign(TYP, canonical(body))
    row = {"month": number(first), "statement": statement, "made_at": work.now}
    work.connection.execute(insert(transparency_report).values(**row))
    record_policy(work, "report.published", actor="bank", about=f"{first:%Y-%m}")
    return True


def read(statement: str, public: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a signed report says.

    Raises:
        Invalid: `report.invalid`; it is not a report that this key has signed.
    """
    try:
        body = parse_canonical(open_statement(statement, TYP, public))
        is_known = (body["v"], body["type"]) == (report.VERSION, report.TYPE)
    except (Invalid, VerificationError, KeyError, TypeError):
        is_known = False
    if not is_known:
        raise Invalid("report.invalid", "This is no report of this bank.")
    return dict(body)


def check(snap: Snapshot, statement: str, public: Mapping[str, Any]) -> Checked:
    """Count anew what a report says.

    Raises:
        Invalid: `report.invalid`.
    """
    body = read(statement, public)
    first = date.fromisoformat(f"{body['month']}-01")
    anew = report.compose(snap, first, body["k"], body["recipient_classes"])
    return Checked(body, report.differing(body, anew))


def number(first: date) -> int:
    """Return a month as a number: 202611 for November 2026."""
    return first.year * 100 + first.month


def _begun(snap: Snapshot) -> date | None:
    for each in store.leaves(snap.connection, 0, 1):
        leaf = readable(each)
        if leaf:
            at = from_millis(int(leaf["t"])).astimezone(TOKYO).date()
            return at.replace(day=1)
    return None
